/** Reads an API key from its file: a secret does not belong on a command line. */
import { type FileHandle, open } from 'node:fs/promises';
import { OutsideError, UsageError } from '../cloud/protocol/errors.ts';

export interface ApiKey {
  readonly key: string;
  /** Others on this machine may read the file. */
  readonly open: boolean;
}

const EXAMPLE = 'Write the key alone into a file that only you can read, and give its name to --key-file.';
/** Keys have some 40 to 250 characters; whatever is larger is another file. */
const MOST_BYTES = 16 * 1024;
const BY_OTHERS = 0o077;

/** The one key in the file: visible ASCII on one line. It may be a pipe, as `<(pass show key)` makes one. */
export async function readKeyFile(path: string): Promise<ApiKey> {
  const { text, open } = await read(path);
  const key = text.trim();
  // RFC 6750 §2.1 has fewer characters; services have been seen to take any that a header can hold.
  if (!/^[\x21-\x7e]+$/.test(key)) throw new UsageError(`${told(path)} does not hold one API key`, EXAMPLE);
  return { key, open };
}

async function read(path: string): Promise<{ text: string; open: boolean }> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const about = await file.stat();
    const isOpen = about.isFile() && process.platform !== 'win32' && (about.mode & BY_OTHERS) !== 0;
    return { text: await firstBytes(file), open: isOpen };
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new OutsideError('FILE', `${told(path)} cannot be read: ${why}`, EXAMPLE, { cause: error });
  } finally {
    await file?.close();
  }
}

/** All of it; nothing of a file too large to be a key, which may have no end at all. */
async function firstBytes(file: FileHandle): Promise<string> {
  const buffer = Buffer.alloc(MOST_BYTES);
  let length = 0;
  for (let read = -1; read !== 0; length += read) {
    if (length === MOST_BYTES) return '';
    read = (await file.read(buffer, length, MOST_BYTES - length)).bytesRead;
  }
  return buffer.toString('utf8', 0, length);
}

/** An easy slip is the key itself in place of the file: it is not repeated. */
function told(path: string): string {
  return /[/\\.]/.test(path) || path.length < 20 ? `the key file ${path}` : 'the key file';
}
