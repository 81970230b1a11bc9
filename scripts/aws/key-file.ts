/** Writes the API key into a file that only its owner can read, in the form that `--header-file` takes. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { OutsideError, UsageError } from '../../cloud/protocol/errors.ts';

const HEADER = 'x-api-key';

/** `x-api-key: VALUE` in `path`, whole or not at all. A file that is something else is not written over. */
export async function writeKeyFile(path: string, value: string): Promise<void> {
  const half = `${path}.${process.pid}.part`;
  try {
    await writeFile(half, `${HEADER}: ${value}\n`, { mode: 0o600, flag: 'wx' });
    await rename(half, path);
  } catch (error) {
    await rm(half, { force: true });
    throw cannot(path, 'written', error);
  }
}

/** Before the key is fetched: whether it may be written there. */
export async function checkKeyFile(path: string): Promise<void> {
  const text = await present(path);
  if (text === undefined || new RegExp(`^(${HEADER}: [^\n]*\n)?$`, 'i').test(text)) return;
  throw new UsageError(`${path} is there, and is no file with an API key`, 'Give the name of a new file.');
}

async function present(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cannot(path, 'read', error);
  }
}

function cannot(path: string, what: string, error: unknown): OutsideError {
  const why = (error as NodeJS.ErrnoException).code ?? String(error);
  return new OutsideError(
    'FILE',
    `the key file ${path} cannot be ${what}: ${why}`,
    'Give a file in a folder of yours.',
    {
      cause: error,
    },
  );
}
