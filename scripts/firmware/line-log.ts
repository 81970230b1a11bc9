/** A file that lines are written to the end of, one by one: what stands in it is whole whenever the program ends. */
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { OutsideError } from '../../cloud/protocol/errors.ts';

export interface LineLog {
  /** OutsideError FILE if it cannot be written any more. */
  readonly write: (line: string) => void;
  readonly close: () => void;
}

const OWNER_ALONE = 0o600;
const APPEND = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (constants.O_NONBLOCK ?? 0);

/** Opens it, or makes it for its owner alone to read. OutsideError FILE if that cannot be. */
export function openLog(path: string): LineLog {
  let file: number;
  try {
    file = openSync(path, APPEND, OWNER_ALONE);
  } catch (cause) {
    throw refused(path, cause);
  }
  if (!fstatSync(file).isFile()) {
    closeSync(file);
    throw refused(path, { code: 'it is no file' });
  }
  return {
    // At once: a serial line brings at most some 11 KB a second, and a crash is when its last lines are wanted.
    write: (line) => {
      try {
        writeSync(file, line);
      } catch (cause) {
        throw refused(path, cause);
      }
    },
    close: () => closeSync(file),
  };
}

function refused(path: string, cause: unknown): OutsideError {
  const { code } = cause as { readonly code?: string };
  const fix = 'Give --log a file that you may write to, on a disk with room.';
  return new OutsideError('FILE', `the log ${path} cannot be written: ${code ?? 'unknown'}`, fix, { cause });
}
