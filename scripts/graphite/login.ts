/** Reads the login of graphite-web from its file: a secret does not belong on a command line. */
import { open } from 'node:fs/promises';
import type { Login } from '../../cloud/platforms/graphite/render.ts';
import { OutsideError, UsageError } from '../../cloud/protocol/errors.ts';

const EXAMPLE = 'Write one line like `grafana:5f1c…` in it, user, colon, password, and `chmod 600` it.';
const MOST_BYTES = 4_096;
const BY_OTHERS = 0o077;

/** The one login in the file, `user:password`; a colon in the password stays (RFC 7617 §2). What it holds is never told. */
export async function readGraphiteLogin(path: string): Promise<Login> {
  const lines = (await read(path)).split(/\r?\n/).filter((line) => line !== '');
  const [, user, password] = /^([^:\p{Cc}]+):(\P{Cc}+)$/u.exec(lines[0] ?? '') ?? [];
  if (lines.length !== 1 || user === undefined || password === undefined) {
    throw new UsageError('--graphite-login-file does not hold one login', EXAMPLE);
  }
  return { user, password };
}

async function read(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const about = await file.stat();
    if (about.isFile() && process.platform !== 'win32' && (about.mode & BY_OTHERS) !== 0) {
      throw new UsageError('others on this machine may read the --graphite-login-file', EXAMPLE);
    }
    if (about.size > MOST_BYTES) return '';
    return await file.readFile('utf8');
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const why = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    // An easy slip is the login itself in place of the file: it is not repeated.
    throw new OutsideError('FILE', `the --graphite-login-file cannot be read: ${why}`, EXAMPLE, { cause });
  }
}
