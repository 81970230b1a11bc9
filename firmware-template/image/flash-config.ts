/**
 * The flash configuration field at 0x400 of an image: 16 bytes that decide whether the chip can be programmed again.
 *
 *   0x400 backdoor key, 8 | 0x408 FPROT, 4 | 0x40C FSEC | 0x40D FOPT | 0x40E FEPROT | 0x40F FDPROT
 *   FSEC: KEYEN 7-6 | MEEN 5-4 | FSLACC 3-2 | SEC 1-0
 *
 * mbed OS builds all of it 0xFF but FSEC, which is 0xFE. Source: K64 Sub-Family Reference Manual, chapter 29 (FTFE);
 * DAPLink, source/family/freescale/target_reset_Kseries.c (what it refuses).
 */
import { COPY_AGAIN, type ImageFinding } from './finding.ts';
import { ERASED, FLASH_CONFIG, hex, SECURITY_AT } from './k64f.ts';

export interface FlashConfig {
  /** All 16 bytes, hexadecimal; what the image does not hold is erased flash. */
  readonly bytes: string;
  readonly fsec: number;
  /** What FSEC means, one phrase for each of its four parts. */
  readonly words: readonly string[];
}

/** What the chip would read there after the image was programmed. */
export function readFlashConfig(image: Uint8Array): FlashConfig {
  const bytes = fieldOf(image);
  const fsec = bytes[SECURITY_AT - FLASH_CONFIG.at]!;
  return { bytes: Buffer.from(bytes).toString('hex').toUpperCase(), fsec, words: fsecWords(fsec) };
}

/** What FSEC means: `not secured`, `mass erase enabled`, and so on. */
export function fsecWords(fsec: number): readonly string[] {
  const access = (fsec & 0x0c) === 0 || (fsec & 0x0c) === 0x0c;
  return [
    isSecured(fsec) ? 'secured' : 'not secured',
    isEraseDisabled(fsec) ? 'mass erase disabled' : 'mass erase enabled',
    access ? 'factory access granted' : 'factory access denied',
    isBackdoorOpen(fsec) ? 'backdoor key enabled' : 'backdoor key disabled',
  ];
}

/** Whether it would lock the chip: an image that ends before it leaves it erased, which does. */
export function checkLock(image: Uint8Array): readonly ImageFinding[] {
  const { fsec, words } = readFlashConfig(image);
  if (!isSecured(fsec) && !isEraseDisabled(fsec)) return [];
  const isMissing = image.length <= SECURITY_AT;
  const where = isMissing ? 'it ends before the byte at 0x40C, which stays erased' : 'its byte at 0x40C';
  return [
    {
      code: 'WOULD_LOCK',
      level: 'lock',
      message: `it would lock the chip: ${where} (FSEC ${hex(fsec, 2)}: ${words.slice(0, 2).join(', ')})`,
      consequence: isEraseDisabled(fsec)
        ? 'Nobody could ever erase or program the chip again. DAPLink refuses it, but only after it has erased the chip.'
        : 'The chip stays locked until all of it is erased. DAPLink refuses it, but only after it has erased the chip.',
      fix: `${isMissing ? COPY_AGAIN : 'Take another image.'} One that mbed OS builds for the K64F has 0xFE there.`,
    },
  ];
}

/** What else of it is not as mbed OS builds it. */
export function checkFlashConfig(image: Uint8Array): readonly ImageFinding[] {
  const field = fieldOf(image);
  const findings: ImageFinding[] = [];
  const { fsec, words } = readFlashConfig(image);
  if (fsec !== AS_BUILT && checkLock(image).length === 0) {
    const message = `its FSEC at 0x40C is ${hex(fsec, 2)}, not 0xFE: ${words.join(', ')}`;
    findings.push({ code: 'ODD_FSEC', level: 'error', message, consequence: NOT_BY_MBED, fix: COPY_AGAIN });
  }
  if (field.subarray(8, 12).some((byte) => byte !== ERASED)) {
    const message = 'its FPROT at 0x408 protects parts of the flash, as mbed OS does not';
    findings.push({ code: 'ODD_FPROT', level: 'error', message, consequence: CANNOT_REPROGRAM, fix: COPY_AGAIN });
  }
  const odd = OTHERS.filter(([, from, to]) => field.subarray(from, to).some((byte) => byte !== ERASED));
  if (odd.length > 0) {
    const message = `its ${odd.map(([name]) => name).join(', ')} at 0x400 to 0x40F is not 0xFF, as mbed OS leaves it`;
    findings.push({ code: 'ODD_CONFIG', level: 'warning', message, consequence: NOT_BY_MBED, fix: COPY_AGAIN });
  }
  return findings;
}

const AS_BUILT = 0xfe;
const OTHERS = [
  ['backdoor key', 0, 8],
  ['FOPT', 13, 14],
  ['FEPROT', 14, 15],
  ['FDPROT', 15, 16],
] as const;
const NOT_BY_MBED = 'It was not built as mbed OS builds for the K64F, or is damaged.';
const CANNOT_REPROGRAM = 'The next image could not be flashed before all of the chip was erased.';

function fieldOf(image: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(FLASH_CONFIG.bytes).fill(ERASED);
  bytes.set(image.subarray(FLASH_CONFIG.at, FLASH_CONFIG.at + FLASH_CONFIG.bytes));
  return bytes;
}

/** SEC is 10 where it is not: all else is secured, 11 of erased flash too. */
function isSecured(fsec: number): boolean {
  return (fsec & 0x03) !== 0x02;
}

function isEraseDisabled(fsec: number): boolean {
  return (fsec & 0x30) === 0x20;
}

function isBackdoorOpen(fsec: number): boolean {
  return (fsec & 0xc0) === 0x80;
}
