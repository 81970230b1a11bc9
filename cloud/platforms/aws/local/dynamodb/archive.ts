/**
 * Unpacks a fetched package with `tar`, which Linux, macOS and Windows 10 have: the server's folder and the licence, after
 * a look at what is in it. Names that lead elsewhere, links and devices are refused before and after.
 */
import { lstat, mkdir, readdir } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { OutsideError } from '../../../../protocol/errors.ts';
import { run } from './command.ts';

const WANTED = ['package/LICENSE', 'package/emulator'];

export interface UnpackOptions {
  /** A file in gzip and tar. */
  readonly tarball: string;
  /** A folder that is not there yet. */
  readonly into: string;
  readonly tar: string;
}

/** Resolves to the folder with the contents of `package/emulator`. OutsideError FILE if the package holds anything odd. */
export async function unpack({ tarball, into, tar }: UnpackOptions): Promise<string> {
  // Relative names: to some versions of tar `C:` is another machine.
  const [cwd, file] = [dirname(tarball), basename(tarball)];
  const names = await lines(tar, ['-tzf', file], cwd);
  const types = await lines(tar, ['-tvzf', file], cwd);
  const odd = names.find(leadsElsewhere) ?? types.find((line) => !/^[-d]/.test(line));
  if (odd !== undefined) throw refused(odd);
  await mkdir(into);
  await lines(tar, ['-xzf', join(relative(into, cwd), file), '--strip-components=1', ...WANTED], into);
  await refuseLinks(into);
  return join(into, 'emulator');
}

/** Whether a name in an archive could be written outside of the folder that it is unpacked into. */
export function leadsElsewhere(name: string): boolean {
  return !name.startsWith('package/') || /[\\\0:]/.test(name) || name.split('/').includes('..');
}

async function lines(tar: string, words: readonly string[], cwd: string): Promise<string[]> {
  const { status, out, err } = await run(tar, words, { cwd });
  if (status === 0) return out.split(/\r?\n/).filter((line) => line !== '');
  throw new OutsideError(
    'FILE',
    `${tar} cannot read what npm fetched: ${err.trim().split('\n')[0]}`,
    'Make room on the disk of the cache, and try again.',
  );
}

async function refuseLinks(folder: string): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) {
    const found = await lstat(join(folder, name));
    if (!found.isFile() && !found.isDirectory()) throw refused(name);
  }
}

function refused(what: string): OutsideError {
  return new OutsideError(
    'FILE',
    `the package that npm fetched holds ${JSON.stringify(what)}, which is not unpacked`,
    "Ask who runs npm's registry for you why it serves such a package.",
  );
}
