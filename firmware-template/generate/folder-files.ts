/** The files of a firmware folder, as they are on the disk. Absent ones are undefined; what they say is read elsewhere. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { MtsError, OutsideError, UsageError } from '../../cloud/protocol/errors.ts';

export const SECURITY_H = 'security.h';
export const APP_JSON = 'mbed_app.json';
export const BUILD_MD = 'BUILD.md';

export interface FolderFile {
  readonly text: string;
  /** The nine bits of permissions; on Windows they say nothing. */
  readonly permissions: number;
}

export interface FolderFiles {
  readonly securityH: FolderFile;
  readonly appJson: FolderFile | undefined;
  readonly buildMd: FolderFile | undefined;
}

const MOST_BYTES = 64 * 1024;

/** OutsideError if the folder cannot be read; UsageError for what is no plain, small file. */
export async function readFolderFiles(dir: string): Promise<FolderFiles> {
  const [securityH, appJson, buildMd] = [
    await readFolderFile(dir, SECURITY_H),
    await readFolderFile(dir, APP_JSON),
    await readFolderFile(dir, BUILD_MD),
  ];
  if (securityH !== undefined) return { securityH, appJson, buildMd };
  throw new OutsideError(
    'FILE',
    `there is no ${SECURITY_H} in ${dir}`,
    'Give the folder that `mts firmware generate --out` wrote.',
  );
}

async function readFolderFile(dir: string, name: string): Promise<FolderFile | undefined> {
  const path = join(dir, name);
  try {
    // Without O_NONBLOCK a named pipe in its place would be waited for.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const about = await file.stat();
      if (!about.isFile())
        throw new UsageError(`${path} is no file`, 'Generate the firmware again, into a new folder.');
      const { bytesRead, buffer } = await file.read(Buffer.alloc(MOST_BYTES + 1), 0, MOST_BYTES + 1, 0);
      if (bytesRead > MOST_BYTES) {
        throw new UsageError(`${path} has more than ${MOST_BYTES} bytes: it is something else`, 'Generate it again.');
      }
      return { text: new TextDecoder().decode(buffer.subarray(0, bytesRead)), permissions: about.mode & 0o777 };
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof MtsError || code === undefined) throw error;
    if (code === 'ENOENT') return undefined;
    throw new OutsideError('FILE', `${path} cannot be read: ${code}`, 'Give a folder that you may read.', {
      cause: error,
    });
  }
}
