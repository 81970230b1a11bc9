/**
 * Writes an image onto a DAPLink drive: in order, 4 KiB at a time, each on the drive before the next.
 *
 * DAPLink programs while it receives, so blocks out of order are lost, and a cache that writes when it likes puts them
 * out of order. Source: DAPLink, source/daplink/drag-n-drop/vfs_manager.c; DAPLink issues 309 and 982. It begins to go
 * away half a second after the last block: from there on, errors say nothing. What became of the file is in remount.ts.
 */
import type { Cause } from './causes.ts';
import { FlashFailure } from './failure.ts';

const BLOCK_BYTES = 4096;

/** A file on the drive, open for writing. Errors are Node's, with a `code`. */
export interface DriveFile {
  /** Resolves to how many bytes were taken, perhaps not all. */
  write(bytes: Uint8Array): Promise<number>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

export interface CopyOptions {
  /** Opens the file anew, empty. */
  readonly open: () => Promise<DriveFile>;
  readonly bytes: Uint8Array;
  /** Called with the bytes written so far. */
  readonly onProgress: (written: number) => void;
  /** Ends the copy between two blocks. */
  readonly stop: AbortSignal;
}

/** Resolves when all was handed over. FlashFailure `not-writable`, `drive-full`, `drive-gone` or `stopped`. */
export async function copyImage({ open, bytes, onProgress, stop }: CopyOptions): Promise<void> {
  let written = 0;
  let file: DriveFile | undefined;
  if (stop.aborted) throw stopped(written);
  try {
    file = await open();
    while (written < bytes.length) {
      if (stop.aborted) throw stopped(written);
      written = await writeBlock(file, bytes, written);
      onProgress(written);
    }
  } catch (error) {
    if (written < bytes.length) throw error instanceof FlashFailure ? error : copyFailure(error, written, bytes.length);
  } finally {
    // Nothing that can go wrong here matters: all blocks are on the drive, or the failure is already known.
    await file?.close().catch(() => undefined);
  }
}

/** Writes the block that begins at `from`; resolves to where the next begins. */
async function writeBlock(file: DriveFile, bytes: Uint8Array, from: number): Promise<number> {
  const end = Math.min(from + BLOCK_BYTES, bytes.length);
  for (let at = from; at < end; ) {
    const taken = await file.write(bytes.subarray(at, end));
    if (taken === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
    at += taken;
  }
  try {
    await file.datasync();
  } catch (error) {
    // After the last block it may be the board that goes away to program; and not every file system can sync.
    if (end < bytes.length && !CANNOT_SYNC.has(codeOf(error))) throw error;
  }
  return end;
}

const CANNOT_SYNC = new Set(['EINVAL', 'ENOTSUP', 'ENOSYS']);

type CopyCause = Extract<Cause, 'not-writable' | 'drive-full' | 'drive-gone'>;

const CAUSE_OF: Readonly<Record<string, CopyCause>> = {
  EROFS: 'not-writable',
  EACCES: 'not-writable',
  EPERM: 'not-writable',
  EBUSY: 'not-writable',
  EISDIR: 'not-writable',
  ELOOP: 'not-writable',
  ENOSPC: 'drive-full',
  EDQUOT: 'drive-full',
  EFBIG: 'drive-full',
};

const WORDS: Readonly<Record<CopyCause, { means: string; fix: string }>> = {
  'not-writable': {
    means: 'the drive cannot be written to',
    fix:
      'Mount it so that you may write to it (on Linux `udisksctl mount -b DEVICE`), close programs that hold it, and see ' +
      'that nothing forbids USB drives on this machine.',
  },
  'drive-full': {
    means: 'the drive has no room for the image',
    fix: 'Give the drive of the board: it has 64 MB. If it is that, pull the plug and plug it in again.',
  },
  'drive-gone': {
    means: 'the drive went away in the middle of the copy',
    fix: 'Check the cable, plug the board in again, and flash once more: what is on it now is not complete.',
  },
};

function copyFailure(error: unknown, written: number, total: number): FlashFailure {
  const code = codeOf(error);
  const cause = CAUSE_OF[code] ?? 'drive-gone';
  const { means, fix } = WORDS[cause];
  return new FlashFailure(cause, `${means}: ${code} after ${written} of ${total} bytes`, fix, { cause: error });
}

function stopped(written: number): FlashFailure {
  return written === 0
    ? new FlashFailure('stopped', 'stopped before anything was copied', 'Flash when you are ready.')
    : new FlashFailure(
        'stopped',
        'stopped in the middle of the copy: the board holds no complete program now',
        'Wait until its drive is back, and flash again.',
      );
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'an error without a name';
}
