/** Reads the files of a credentials folder: small, whole, or an error that names them. */
import { open } from 'node:fs/promises';
import { OutsideError, UsageError } from '../../cloud/protocol/errors.ts';

const MOST_BYTES = 1024 * 1024;

/** Its text; undefined if there is no such file. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await read(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (error instanceof UsageError) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const options = { cause: error };
    throw new OutsideError('FILE', `${path} cannot be read: ${code}`, 'Make it a file that you may read.', options);
  }
}

/** Its text; OutsideError if there is no such file. */
export async function readStored(path: string): Promise<string> {
  const text = await readIfThere(path);
  if (text !== undefined) return text;
  throw new OutsideError('FILE', `${path} is missing`, 'Put it back, or make new credentials: `mts credentials init`.');
}

async function read(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > MOST_BYTES)
      throw new UsageError(`${path} has ${size} bytes, which is too much`, 'Give the right folder.');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
