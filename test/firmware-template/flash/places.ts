/** Where an emulated board has its drive: a folder that comes and goes, or a file system that is mounted and unmounted. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type Files = Readonly<Record<string, string>>;

export interface Place {
  /** Where the drive is, or was last. */
  readonly path: string;
  /** The drive comes, at `path` if it is given. */
  come(files: Files, path?: string): Promise<void>;
  /** It goes, with all that is on it. */
  go(): Promise<void>;
  dispose(): Promise<void>;
}

/** A folder: complete as soon as it is there, and gone at once. */
export function folderPlace(first: string): Place {
  let path = first;
  return {
    get path() {
      return path;
    },
    async come(files, where = path) {
      path = where;
      const next = join(dirname(path), `.next-${basename(path)}`);
      await mkdir(next);
      await writeAll(next, files);
      await rename(next, path);
    },
    async go() {
      const away = join(dirname(path), `.away-${basename(path)}`);
      await rename(path, away);
      await rm(away, { recursive: true, force: true });
    },
    dispose: async () => undefined,
  };
}

/** Tests that mount are to run: on Linux as root, where it is not forbidden (as in most containers), and in any case in CI. */
export async function mountsWanted(): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  if (process.env.CI === 'true') return true;
  const dir = await mkdtemp(join(tmpdir(), 'mts-mount-'));
  try {
    await run('mount', ['-t', 'tmpfs', 'tmpfs', dir]);
    await run('umount', [dir]);
    return true;
  } catch {
    return false;
  } finally {
    await rm(dir, { recursive: true });
  }
}

/**
 * A mounted file system in memory, of so many KiB, that is said to be on `device`. The folder that it is mounted on stays
 * when it goes, and is empty then.
 */
export function memoryPlace(first: string, device: string, kib: number): Place {
  return mountPlace(first, (path) => run('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, device, path]));
}

/** What is mounted at `path` takes no more writes. */
export async function makeReadOnly(path: string): Promise<void> {
  await run('mount', ['-o', 'remount,ro', path]);
}

/** A file system on a block device, made of a file: it can fail as one whose plug is pulled. */
export interface LoopPlace extends Place {
  /** `/dev/loop0`. */
  readonly device: string;
  /** From now on every access is an EIO, while it is still mounted: what pulling the plug does. */
  pull(): Promise<void>;
}

/** Loop devices, and what makes a file system on them. */
export function canLoop(): boolean {
  return existsSync('/dev/loop-control') && existsSync('/sbin/mkfs.ext4') && existsSync('/usr/bin/perl');
}

export async function loopPlace(first: string, mib: number): Promise<LoopPlace> {
  const image = join(dirname(first), `.disk-${basename(first)}`);
  const file = await open(image, 'w');
  await file.truncate(mib * 1024 ** 2);
  await file.close();
  await run('mkfs.ext4', ['-q', '-O', '^has_journal', image]);
  const device = (await run('losetup', ['--find', '--show', image])).stdout.trim();
  const place = mountPlace(first, async (path) => {
    // Anew each time: a board has nothing on its drive but its own files.
    await run('mkfs.ext4', ['-q', '-F', '-O', '^has_journal', device]);
    await run('mount', [device, path]);
  });
  return {
    ...place,
    get path() {
      return place.path;
    },
    device,
    async pull() {
      await run('perl', ['-e', SHUT_DOWN, place.path]);
    },
    async dispose() {
      await place.dispose();
      await run('losetup', ['--detach', device]);
    },
  };
}

/** FS_IOC_SHUTDOWN, _IOR('X', 125, __u32), without a flush. */
const SHUT_DOWN = 'open(my $d, "<", $ARGV[0]) or die; my $how = pack("L", 2); ioctl($d, 0x8004587d, $how) or die $!';

function mountPlace(first: string, mount: (path: string) => Promise<unknown>): Place {
  let [path, mounted] = [first, false];
  const unmount = async (): Promise<void> => {
    if (!mounted) return;
    await whenNotBusy(() => run('umount', [path]));
    mounted = false;
  };
  return {
    get path() {
      return path;
    },
    async come(files, where = path) {
      path = where;
      await mkdir(path, { recursive: true });
      await mount(path);
      mounted = true;
      await writeAll(path, files);
    },
    go: unmount,
    dispose: unmount,
  };
}

/** Whoever copies may have a file open for a moment more. */
async function whenNotBusy(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await work();
      return;
    } catch (error) {
      if (tries === 200 || !String(error).includes('busy')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** A real drive comes with all its files at once: the one by which it is known is here last, and whole. */
async function writeAll(dir: string, { 'DETAILS.TXT': details = '', ...others }: Files): Promise<void> {
  for (const [name, text] of Object.entries(others)) await writeFile(join(dir, name), text);
  await writeFile(join(dir, '.details'), details);
  await rename(join(dir, '.details'), join(dir, 'DETAILS.TXT'));
}
