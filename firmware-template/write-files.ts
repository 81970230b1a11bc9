/**
 * Writes a set of files so that none is ever seen half written: each into a temporary file beside its place, flushed, then
 * renamed over it. What is there already with the same bytes is left alone, to its time stamp.
 *
 * It is not one transaction: power lost between two renames leaves files of both sets, each of them whole.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MtsError, OutsideError, UsageError } from '../cloud/protocol/errors.ts';

export interface FileToWrite {
  /** A plain name, no path. */
  readonly name: string;
  readonly text: string;
  /** Its permissions whatever the umask: 0o600 for what holds a key. */
  readonly mode: number;
}

export interface WrittenFiles {
  /** Names, in the order given. */
  readonly written: string[];
  readonly unchanged: string[];
}

export interface WriteOptions {
  /** Replace files that are there with other bytes. */
  readonly force: boolean;
  /** Permissions of the folder if it has to be made; else as the umask has it. */
  readonly dirMode?: number;
}

/**
 * Writes the files into `dir`, which is made if it is missing. UsageError, before anything is written, if one is there with
 * other bytes and `force` is not given, or is a folder; OutsideError where the file system refuses. A link in a file's place
 * is replaced, not followed. A file that was to be 0600 and may be read by others is closed to them even if its bytes are right.
 */
export async function writeFiles(
  dir: string,
  files: readonly FileToWrite[],
  { force, dirMode }: WriteOptions,
): Promise<WrittenFiles> {
  const wrong = files.find(({ name }) => !/^[^/\\\0]+$/.test(name) || name === '.' || name === '..');
  if (wrong !== undefined) throw new Error(`not a plain name: ${wrong.name}`);
  return outside(dir, async () => {
    await makeFolder(dir, dirMode);
    const states = await Promise.all(files.map((file) => stateOf(join(dir, file.name), file)));
    const named = (state: State): string[] => files.filter((_file, i) => states[i] === state).map(({ name }) => name);
    const folders = named('folder');
    if (folders.length > 0) {
      throw new UsageError(`${folders.join(', ')} in ${dir} is a folder, not a file`, 'Choose another folder.');
    }
    const different = named('different');
    if (different.length > 0 && !force) {
      throw new UsageError(
        `${dir} holds ${different.join(', ')} already, with other content`,
        'Give --force to replace it, or choose another folder.',
      );
    }
    const due = files.filter((_file, i) => states[i] !== 'same');
    await replaceAll(dir, due);
    return { written: due.map(({ name }) => name), unchanged: named('same') };
  });
}

type State = 'missing' | 'same' | 'different' | 'folder';

async function makeFolder(dir: string, mode: number | undefined): Promise<void> {
  const made = await mkdir(dir, { recursive: true, ...(mode === undefined ? {} : { mode }) });
  if (made !== undefined && mode !== undefined) await chmod(dir, mode);
}

async function stateOf(path: string, { text, mode }: FileToWrite): Promise<State> {
  const about = await unlessMissing(lstat(path));
  if (about === undefined) return 'missing';
  if (about.isDirectory()) return 'folder';
  if (about.isSymbolicLink()) return (await unlessMissing(stat(path)))?.isDirectory() === true ? 'folder' : 'different';
  const bytes = Buffer.from(text);
  if (!about.isFile() || about.size !== bytes.length) return 'different';
  // Not through a link that took its place meanwhile.
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    if (!(await file.readFile()).equals(bytes)) return 'different';
    const opened = await file.stat();
    if ((mode & 0o077) === 0 && (opened.mode & 0o077) !== 0) await file.chmod(mode);
    return 'same';
  } finally {
    await file.close();
  }
}

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function replaceAll(dir: string, files: readonly FileToWrite[]): Promise<void> {
  const mark = randomBytes(6).toString('hex');
  const temporary = ({ name }: FileToWrite): string => join(dir, `.${name}.${mark}`);
  try {
    for (const file of files) await writeWhole(temporary(file), file);
    for (const file of files) await rename(temporary(file), join(dir, file.name));
    if (files.length > 0) await flushFolder(dir);
  } catch (error) {
    for (const file of files) await rm(temporary(file), { force: true });
    throw error;
  }
}

async function writeWhole(path: string, { text, mode }: FileToWrite): Promise<void> {
  const file = await open(path, 'wx', mode & 0o700);
  try {
    await file.writeFile(text);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Renames outlive a power cut once their folder is flushed; where folders cannot be opened (Windows) that is up to the system. */
async function flushFolder(dir: string): Promise<void> {
  try {
    const folder = await open(dir, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch {
    // The files are written and in place.
  }
}

async function outside<T>(dir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof MtsError || code === undefined || !/^E[A-Z]+$/.test(code)) throw error;
    throw new OutsideError(
      'FILE',
      `files cannot be written into ${dir}: ${code}`,
      FIXES[code] ?? 'Choose another folder.',
      {
        cause: error,
      },
    );
  }
}

const FIXES: Readonly<Record<string, string>> = {
  EACCES: 'Choose a folder that you may write to.',
  EPERM: 'Choose a folder that you may write to.',
  EROFS: 'Choose a folder that is not read-only.',
  ENOSPC: 'Make room on that disk.',
  EDQUOT: 'Make room on that disk.',
  EEXIST: 'Choose another name: what is there is no folder.',
  ENOTDIR: 'Choose another name: what is there is no folder.',
};
