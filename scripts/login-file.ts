/** Reads what boards log in to a broker with, from its file: a secret does not belong on a command line. */
import { readFile } from 'node:fs/promises';
import { OutsideError, UsageError } from '../cloud/protocol/errors.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
}

const EXAMPLE = 'Write one line like `boards:5f1c…` in it: user, colon, password.';

/** The one login in the file, `user:password`; a colon in the password stays. What the file holds is never told. */
export async function readLogin(path: string): Promise<Login> {
  const lines = (await read(path)).split(/\r?\n/).filter((line) => line !== '');
  const [, user, password] = /^([^:\p{Cc}]+):(\P{Cc}+)$/u.exec(lines[0] ?? '') ?? [];
  if (lines.length !== 1 || user === undefined || password === undefined) {
    throw new UsageError(`${path} does not hold one login`, EXAMPLE);
  }
  return { user, password };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    // An easy slip, and what was given is a secret then: it is not repeated.
    if (why === 'ENOENT' && path.includes(':')) {
      throw new UsageError('--mqtt-auth-file takes a file, not the login itself', EXAMPLE);
    }
    throw new OutsideError('FILE', `the login file ${path} cannot be read: ${why}`, EXAMPLE, { cause });
  }
}
