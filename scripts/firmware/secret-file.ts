/** Reads files of credentials that the command line names: whole, small, and said if others may read what is secret in them. */
import { type FileHandle, open } from 'node:fs/promises';
import { OutsideError, UsageError } from '../../cloud/protocol/errors.ts';

export interface SecretFile {
  readonly text: string;
  /** Others on this machine may read the file. */
  readonly open: boolean;
}

const MOST_BYTES = 64 * 1024;
const BY_OTHERS = 0o077;

/**
 * The text of a file, or of a pipe as `<(pass show key)` makes one. OutsideError if it cannot be read; UsageError if it is
 * larger than any credentials, or no text. `option` is what named it.
 */
export async function readSecretFile(option: string, path: string): Promise<SecretFile> {
  // An easy slip, and what was given may be a secret then: it is not repeated.
  if (/-----BEGIN/.test(path)) throw new UsageError(`${option} takes a file, not what is in it`, 'Give its name.');
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const about = await file.stat();
    const bytes = await firstBytes(file);
    if (bytes === undefined) {
      throw new UsageError(
        `${path} has more than ${MOST_BYTES} bytes: it is something else`,
        `Give the file for ${option}.`,
      );
    }
    const isOpen = about.isFile() && process.platform !== 'win32' && (about.mode & BY_OTHERS) !== 0;
    return { text: utf8(bytes, option, path), open: isOpen };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new OutsideError('FILE', `${path} cannot be read: ${why}`, `Give a file that you may read to ${option}.`, {
      cause: error,
    });
  } finally {
    await file?.close();
  }
}

/** All of it; undefined if it is too large, and it may have no end at all. */
async function firstBytes(file: FileHandle): Promise<Uint8Array | undefined> {
  const buffer = Buffer.alloc(MOST_BYTES + 1);
  let length = 0;
  for (let read = -1; read !== 0; length += read) {
    if (length === buffer.length) return undefined;
    read = (await file.read(buffer, length, buffer.length - length)).bytesRead;
  }
  return buffer.subarray(0, length);
}

function utf8(bytes: Uint8Array, option: string, path: string): string {
  // A common slip: a certificate in DER.
  if (bytes[0] === 0x30 && (bytes[1] ?? 0) >= 0x80) {
    throw new UsageError(
      `${path} is binary (DER); ${option} takes text (PEM)`,
      'Turn it into PEM: `openssl x509 -inform DER -in FILE`, or `openssl pkey -inform DER -in FILE`.',
    );
  }
  return new TextDecoder().decode(bytes);
}
