/** Reads the file of an image: what it is decides firmware-template/image/inspect.ts. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { OutsideError, UsageError } from '../../cloud/protocol/errors.ts';

/** Intel HEX of 1 MiB has some 3 MB; whatever is larger is another file. */
const MOST_BYTES = 8 * 1024 * 1024;
const EXAMPLE = 'Give the .bin or .hex that was built, like BUILD/K64F/GCC_ARM/mbed-os-example-client.bin.';

/** Its bytes. OutsideError if it cannot be read, UsageError if it is no file that an image can be in. */
export async function readImageFile(path: string): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    // A pipe without a writer would otherwise be waited for, for ever.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const about = await file.stat();
    if (!about.isFile()) throw refused(path, about.isDirectory() ? 'is a folder' : 'is no regular file');
    if (about.size > MOST_BYTES) throw refused(path, `has ${about.size} bytes, which is no image of a K64F`);
    return await firstBytes(file, path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new OutsideError('FILE', `the image ${path} cannot be read: ${why}`, EXAMPLE, { cause: error });
  } finally {
    await file?.close();
  }
}

/** All of it, though it may grow while it is read. */
async function firstBytes(file: FileHandle, path: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of file.createReadStream({ autoClose: false, highWaterMark: 256 * 1024 })) {
    pieces.push(piece);
    length += piece.length;
    if (length > MOST_BYTES) throw refused(path, `has more than ${MOST_BYTES} bytes, which is no image of a K64F`);
  }
  return Buffer.concat(pieces);
}

function refused(path: string, why: string): UsageError {
  return new UsageError(`the image ${path} ${why}`, EXAMPLE);
}
