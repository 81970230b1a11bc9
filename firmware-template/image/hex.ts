/**
 * Intel HEX to the bytes at their addresses (Intel, Hexadecimal Object File Format Specification, revision A, 1988).
 *
 *   :LL AAAA TT data… CC    LL bytes of data for address AAAA, type TT, checksum CC
 *   00 data | 01 end | 02 segment base, times 16 | 03 start CS:IP | 04 linear base, times 65,536 | 05 start EIP
 *
 * Stricter than the format where DAPLink is (source/daplink/drag-n-drop/intelhex.c, flash_manager.c): at most 32 bytes
 * a record, and addresses only ascend. Nothing is programmed in a gap: it reads as erased flash.
 */
import { MtsError } from '../../cloud/protocol/errors.ts';
import { BUILD_AGAIN, COPY_AGAIN } from './finding.ts';
import { ERASED, FLASH_BYTES, hex } from './k64f.ts';

export interface HexReading {
  /** From address 0 on; where the file is damaged, what came before. */
  readonly image: Uint8Array;
  readonly damage: HexDamage | undefined;
  /** Bytes between its first and its last for which it has no record. */
  readonly gapBytes: number;
}

/** Why DAPLink could not decode a file, or not program it. */
export class HexDamage extends MtsError {
  /** What DAPLink would do with it. */
  readonly consequence: string;

  constructor(message: string, consequence: string, fix: string) {
    super('HEX_FORMAT', message, fix);
    this.consequence = consequence;
  }
}

const MOST_RECORD_CHARACTERS = 1 + 2 * (5 + 255);
const MOST_DATA = 32;

/** Whether DAPLink would read a file as Intel HEX, whatever its name. */
export function isHex(file: Uint8Array): boolean {
  return file[0] === 0x3a;
}

/** What would be programmed, and the first line that is wrong. */
export function readHex(file: Uint8Array): HexReading {
  const flash: Flash = {
    bytes: new Uint8Array(FLASH_BYTES).fill(ERASED),
    base: 0,
    baseType: undefined,
    end: 0,
    gapBytes: 0,
  };
  let damage: HexDamage | undefined;
  try {
    readRecords(Buffer.from(file.buffer, file.byteOffset, file.byteLength).toString('latin1'), flash);
  } catch (error) {
    if (!(error instanceof HexDamage)) throw error;
    damage = error;
  }
  return { image: flash.bytes.subarray(0, flash.end), damage, gapBytes: flash.gapBytes };
}

/** What was programmed so far, and where the next record counts from. */
interface Flash {
  readonly bytes: Uint8Array;
  base: number;
  /** The type of record that said so. */
  baseType: number | undefined;
  end: number;
  gapBytes: number;
}

const SKIPS = 'DAPLink would pass over it, and leave out what it holds.';
const WAITS = 'DAPLink would wait for the rest: "The transfer timed out."';
const CHECKSUM =
  'DAPLink would most likely say: "The hex file cannot be decoded. Checksum calculation failure occurred."';
const OVERRUNS = `DAPLink has room for ${MOST_DATA} bytes a record, and would overrun it.`;
const OUT_OF_ORDER = 'DAPLink programs in ascending order only: "An internal error has occurred".';
const AMBIGUOUS = 'Tools differ in where they would put it.';
const MAKE_AGAIN = 'Give the .bin, or make the .hex again with `objcopy -O ihex`.';
const NO_FLASH = 'DAPLink would fail at it, with the chip erased.';

function readRecords(text: string, flash: Flash): void {
  let line = 0;
  for (let at = 0; at < text.length; ) {
    line += 1;
    const { content, next } = lineAt(text, at);
    at = next;
    if (content === '') continue;
    const { address, type, data } = readRecord(content, line);
    if (type === 0) place(flash, address, data, line);
    else if (type === 1) {
      checkEnd(data, text.slice(at), line);
      return;
    } else if (type === 2 || type === 4) setBase(flash, type, data, line);
    else if (type !== 3 && type !== 5) throw bad(line, `has type ${type}, which Intel HEX does not have`, SKIPS);
  }
  throw bad(line, 'is the last, and no record says that the file ends: it is cut off', WAITS);
}

interface HexRecord {
  readonly address: number;
  readonly type: number;
  readonly data: Uint8Array;
}

function lineAt(text: string, at: number): { content: string; next: number } {
  const feed = text.indexOf('\n', at);
  const end = feed === -1 ? text.length : feed;
  const content = text.slice(at, end > at && text[end - 1] === '\r' ? end - 1 : end);
  return { content, next: end + 1 };
}

function readRecord(content: string, line: number): HexRecord {
  if (content.length > MOST_RECORD_CHARACTERS) throw bad(line, `has ${content.length} characters`, CHECKSUM);
  if (!/^:(?:[0-9A-Fa-f]{2}){5,}$/.test(content)) throw bad(line, 'is no record of Intel HEX', CHECKSUM);
  const bytes = Buffer.from(content.slice(1), 'hex');
  const [length = 0, high = 0, low = 0, type = 0] = bytes;
  if (bytes.length !== length + 5) {
    throw bad(line, `says that it has ${length} bytes, and has ${bytes.length - 5}`, CHECKSUM);
  }
  if (bytes.reduce((sum, byte) => (sum + byte) & 0xff, 0) !== 0) {
    throw bad(line, 'is damaged: its checksum does not agree', CHECKSUM);
  }
  if (length > MOST_DATA) throw bad(line, `has ${length} bytes of data`, OVERRUNS, MAKE_AGAIN);
  return { address: (high << 8) | low, type, data: bytes.subarray(4, 4 + length) };
}

/** Copies the data to its place. */
function place(flash: Flash, address: number, data: Uint8Array, line: number): void {
  if (data.length === 0) return;
  const from = flash.base + address;
  const to = from + data.length;
  if (address + data.length > 0x10000) throw bad(line, 'runs over the end of its segment', OUT_OF_ORDER, MAKE_AGAIN);
  if (to > FLASH_BYTES) throw bad(line, `is for ${hex(from)}, where a K64F has no flash`, NO_FLASH, BUILD_AGAIN);
  if (from < flash.end) {
    const before = `below ${hex(flash.end)}, which was reached before`;
    throw bad(line, `is for ${hex(from)}, ${before}`, OUT_OF_ORDER, MAKE_AGAIN);
  }
  flash.gapBytes += from - flash.end;
  flash.bytes.set(data, from);
  flash.end = to;
}

function setBase(flash: Flash, type: 2 | 4, data: Uint8Array, line: number): void {
  if (data.length !== 2) throw bad(line, `is a base address of ${data.length} bytes, not of 2`, NO_FLASH);
  const value = (data[0]! << 8) | data[1]!;
  if (value !== 0) {
    // Some tools add one to the other, DAPLink and others have the last one count.
    if (type !== (flash.baseType ?? type))
      throw bad(line, 'mixes segments with linear addresses', AMBIGUOUS, MAKE_AGAIN);
    flash.baseType = type;
  }
  flash.base = type === 2 ? value * 0x10 : value * 0x10000;
}

function checkEnd(data: Uint8Array, rest: string, line: number): void {
  if (data.length > 0) throw bad(line, 'says that the file ends, with data in it', SKIPS);
  if (/[^\r\n]/.test(rest)) throw bad(line, 'says that the file ends, but more follows', SKIPS);
}

function bad(line: number, what: string, consequence: string, fix = COPY_AGAIN): HexDamage {
  return new HexDamage(`its line ${line} ${what}`, consequence, fix);
}
