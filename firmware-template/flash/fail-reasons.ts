/**
 * What DAPLink wrote into FAIL.TXT, as a cause, in plain words, with what to do about it.
 *
 *   error: The transfer timed out.
 *   type: transient, user
 *
 * The file's own types decide; a text that nobody here knows is shown as it is. Builds before types were written have
 * but the text, whose types are taken from the table. Source: DAPLink, source/daplink/error.c (texts and types, also of
 * its earlier versions) and source/daplink/drag-n-drop/vfs_user.c (the file). Reading the file is in drive/details.ts.
 */
import type { Fail, FailType } from '../drive/details.ts';
import type { Cause } from './causes.ts';
import { FlashFailure } from './failure.ts';

/** Takes out what must not reach a terminal. */
type Printable = (text: string) => string;

/** A FAIL.TXT as the failure that it means; `transient` may be tried again. */
export function failureOf(fail: Fail, printable: Printable): FlashFailure {
  const { means, fix, types } = reasonOf(fail.error);
  const cause = causeOf(fail.error, fail.types.length > 0 ? fail.types : types);
  const said = fail.error === '' ? 'nothing' : printable(fail.error).slice(0, MOST_SHOWN);
  return new FlashFailure(
    cause,
    `the board refused: ${means ?? MEANINGS[cause]}. It says: ${said}`,
    fix ?? FIXES[cause],
  );
}

/** The cause of a text with these types. */
function causeOf(text: string, types: readonly FailType[]): FailCause {
  if (/security bits|would lock/i.test(text)) return 'would-lock';
  if (types.includes('transient')) return 'transient';
  if (types.includes('user')) return 'file-refused';
  if (types.includes('target')) return 'target';
  return 'interface';
}

/** What is known of a text; nothing but guesses of one that is not in the table. */
function reasonOf(text: string): { means?: string; fix?: string; types: readonly FailType[] } {
  return REASONS.find(({ texts }) => texts.some((known) => normal(known) === normal(text))) ?? { types: [] };
}

/** Versions differ in blanks and full stops. */
function normal(text: string): string {
  return text
    .slice(0, MOST_SHOWN)
    .toLowerCase()
    .replaceAll(/\s+/g, ' ')
    .replace(/[\s.]+$/, '')
    .trim();
}

/** A FAIL.TXT is one sector of 512 bytes. */
const MOST_SHOWN = 512;

type FailCause = Extract<Cause, 'would-lock' | 'transient' | 'file-refused' | 'target' | 'interface'>;

const MEANINGS: Readonly<Record<FailCause, string>> = {
  'would-lock': 'the image would lock the chip',
  transient: 'the transfer went wrong',
  'file-refused': 'it finds fault with the file',
  target: 'it cannot program the chip',
  interface: 'its debug firmware failed',
};

const BUILD_AGAIN = 'Build the image for the target K64F (see BUILD.md), and look into it with `mts firmware inspect`.';
const PLUG_AGAIN = 'Pull the USB plug, wait a few seconds, plug it in again, and flash once more.';
const UPDATE = `${PLUG_AGAIN} If that stays so, put DAPLink onto the board anew: see https://daplink.io.`;
const CHECK_CHIP =
  'Take off shields and debug probes, see that the jumpers are as they came, pull the plug, plug it in again, and ' +
  'flash once more. If that stays so, the chip may be locked: hold RESET and copy an empty file ERASE.ACT to the drive.';
const OTHER_PORT =
  'Flash once more, from another USB port, without a hub between, and with nothing else writing to the drive.';

const FIXES: Readonly<Record<FailCause, string>> = {
  'would-lock': BUILD_AGAIN,
  transient: OTHER_PORT,
  'file-refused': BUILD_AGAIN,
  target: CHECK_CHIP,
  interface: UPDATE,
};

interface Reason {
  readonly texts: readonly string[];
  readonly types: readonly FailType[];
  readonly means: string;
  readonly fix: string;
}

const REASONS: readonly Reason[] = [
  {
    texts: ['The interface firmware ABORTED programming. Image is trying to set security bits'],
    types: ['user'],
    means: 'the image would lock the chip: the byte at 0x40C says so',
    fix: BUILD_AGAIN,
  },
  {
    texts: ['File sent out of order by PC. Target might not be programmed correctly.'],
    types: ['transient'],
    means: 'this machine wrote the blocks of the file out of order, or something else wrote to the drive meanwhile',
    fix: 'Close file managers, wait ten seconds after plugging in, and flash once more; on Linux mount the drive with `sync`.',
  },
  {
    texts: ['The transfer timed out.'],
    types: ['user', 'transient'],
    means: 'the file did not come to an end that makes sense, or is no program for this chip',
    fix: `${OTHER_PORT} If it is always so: ${BUILD_AGAIN[0]?.toLowerCase()}${BUILD_AGAIN.slice(1)}`,
  },
  {
    texts: ['An error occurred during the transfer', 'Possible mismatch between file size and size programmed'],
    types: ['transient'],
    means: 'the file did not arrive whole',
    fix: OTHER_PORT,
  },
  {
    texts: [
      'The hex file cannot be decoded. Checksum calculation failure occurred.',
      'The hex file cannot be decoded. Parser logic failure occurred.',
      'The hex file cannot be programmed. Logic failure occurred.',
    ],
    types: ['user', 'transient'],
    means: 'the .hex did not arrive as it was, or is damaged',
    fix: 'Flash the .bin of the same build in its place.',
  },
  {
    texts: [
      "The hex file you dropped isn't compatible with this mode or device. Are you in MAINTENANCE mode? See HELP FAQ.HTM",
      'The hex file offset load address is not correct.',
      'The starting address for the bootloader update is wrong.',
      'The starting address for the interface update is wrong.',
      'The application image is not compatible with the target.',
    ],
    types: ['user'],
    means: 'the file is for another place in memory, another board, or the debug firmware',
    fix: BUILD_AGAIN,
  },
  {
    texts: ['The application file format is unknown and cannot be parsed and/or processed.'],
    types: ['user'],
    means: 'it does not know the format of the file',
    fix: BUILD_AGAIN,
  },
  {
    texts: ['The binary file is too large.'],
    types: ['user'],
    means: 'the image is larger than the chip',
    fix: BUILD_AGAIN,
  },
  {
    texts: [
      'The interface firmware FAILED to reset/halt the target MCU',
      'The interface firmware FAILED to download the flash programming algorithms to the target MCU',
      'The interface firmware FAILED to download the flash data contents to be programmed',
      'The interface firmware FAILED to initialize the target MCU',
      'The interface firmware FAILED to uninitialize the target MCU',
    ],
    types: ['target'],
    means: 'it cannot reach the chip that it is to program',
    fix: CHECK_CHIP,
  },
  {
    texts: ['The interface firmware FAILED to unlock the target for programming'],
    types: ['target'],
    means: 'the chip is locked, and it could not unlock it',
    fix: 'Hold RESET, copy an empty file ERASE.ACT to the drive, let go, and flash once more.',
  },
  {
    texts: [
      'Flash algorithm erase sector command FAILURE',
      'Flash algorithm erase all command FAILURE',
      'Flash algorithm write command FAILURE',
      'Flash algorithm write verify command FAILURE',
      'Flash program address and data buffer unaligned',
    ],
    types: ['target'],
    means: 'the chip did not take what was written into its flash',
    fix: CHECK_CHIP,
  },
  {
    texts: ['The flash algo missing for a region'],
    types: ['target'],
    means: 'the image has parts where this chip has no flash',
    fix: BUILD_AGAIN,
  },
  {
    texts: [
      'An error has occurred',
      'An internal error has occurred',
      'End of stream has been reached',
      'End of stream is unknown',
    ],
    types: ['internal'],
    means: 'its debug firmware has a fault of its own',
    fix: UPDATE,
  },
  {
    texts: [
      'In application programming initialization failed.',
      'In application programming uninit failed.',
      'In application programming write failed.',
      'In application programming sector erase failed.',
      'In application programming mass erase failed.',
      'In application programming aborted due to an out of bounds address.',
      'In application programming not supported on this device.',
      'In application programming failed because the update sent was incomplete.',
      'The bootloader CRC did not pass.',
    ],
    types: ['interface'],
    means: 'it took the file for an update of its debug firmware, which went wrong',
    fix: UPDATE,
  },
];
