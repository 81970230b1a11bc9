/** The real world for flashing: this machine's drives, files written so that nothing stays in a cache, its clock. */
import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { join } from 'node:path';
import { findDrives, lookAt } from '../../firmware-template/drive/find.ts';
import type { DriveSystem } from '../../firmware-template/drive/system.ts';
import type { DriveFile } from '../../firmware-template/flash/copy.ts';
import type { FlashWorld } from '../../firmware-template/flash/world.ts';
import type { Io } from '../cli.ts';
import { printable } from '../printable.ts';

/** The files that DAPLink makes have one sector each. */
const MOST_BYTES = 4096;

export function flashWorld(
  system: DriveSystem,
  io: Pick<Io, 'now' | 'sleep' | 'stop'>,
  tell: FlashWorld['tell'],
): FlashWorld {
  return {
    find: () => findDrives(system),
    lookAt: (path) => lookAt(system, path),
    read: readSmall,
    create,
    now: io.now,
    sleep: io.sleep,
    stop: io.stop,
    printable,
    tell,
  };
}

async function readSmall(path: string, name: string): Promise<string | undefined> {
  try {
    const file = await open(join(path, name));
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    // That it is not there only means something while the drive is.
    await access(join(path, 'DETAILS.TXT'));
    return undefined;
  }
}

/** Nobody's link is followed: what is asked for is a file of the drive itself. */
async function create(path: string, name: string): Promise<DriveFile> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW = 0 } = constants;
  const file = await open(join(path, name), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o644);
  return {
    write: async (bytes) => (await file.write(bytes)).bytesWritten,
    datasync: () => file.datasync(),
    close: () => file.close(),
  };
}
