/** Reads a secret of one line from a file that nobody else may read: a secret does not belong on a command line. */
import { open } from 'node:fs/promises';
import { OutsideError, UsageError } from '../cloud/protocol/errors.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
}

const MOST_BYTES = 4_096;
const BY_OTHERS = 0o077;

/**
 * The one line in the file that `option` names. UsageError with `example` if it holds another number of lines, control
 * characters, or others may read it; OutsideError FILE if it cannot be read. What it holds is never told.
 */
export async function readPrivateLine(option: string, path: string, example: string): Promise<string> {
  const [line = '', ...more] = (await read(option, path, example)).split(/\r?\n/).filter((one) => one !== '');
  if (more.length > 0 || !/^\P{Cc}+$/u.test(line)) throw new UsageError(`${option} does not hold one line`, example);
  return line;
}

/** The one login in the file, `user:password`; a colon in the password stays (RFC 7617 §2). Rejects as readPrivateLine does. */
export async function readPrivateLogin(option: string, path: string, example: string): Promise<Login> {
  const [, user, password] = /^([^:]+):(.+)$/.exec(await readPrivateLine(option, path, example)) ?? [];
  if (user === undefined || password === undefined) throw new UsageError(`${option} does not hold one login`, example);
  return { user, password };
}

async function read(option: string, path: string, example: string): Promise<string> {
  try {
    await using file = await open(path);
    const about = await file.stat();
    if (about.isFile() && process.platform !== 'win32' && (about.mode & BY_OTHERS) !== 0) {
      throw new UsageError(`others on this machine may read the file of ${option}`, example);
    }
    if (about.size > MOST_BYTES) return '';
    return await file.readFile('utf8');
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const why = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    // An easy slip is the secret itself in place of the file: it is not repeated.
    throw new OutsideError('FILE', `the file of ${option} cannot be read: ${why}`, example, { cause });
  }
}
