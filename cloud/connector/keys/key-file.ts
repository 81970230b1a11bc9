/**
 * The file of the keys: read whole, and changed by one process at a time.
 *
 *   change ─► lock ─► read again ─► temporary file, fsync ─► rename ─► fsync of the folder ─► unlocked
 *
 * The lock is SQLite's on a file beside it, which is empty: it goes with the process that holds it, `kill -9` included.
 */
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { types } from 'node:util';
import { FormatError, MtsError, OutsideError } from '../../protocol/errors.ts';
import { type KeyList, NO_KEYS, readKeyList, writeKeyList } from './key-list.ts';

/** Which bytes a path has: another text if they were replaced. */
export type Mark = string;

export interface KeyFileState {
  readonly list: KeyList;
  readonly mark: Mark;
}

/** Others hold the lock for as long as a file takes to be written. */
const BUSY_MS = 5_000;
export const NO_FILE: Mark = 'none';

/** OutsideError FILE if it cannot be read, or is no list of keys. No file is a list without keys. */
export function readKeyFile(path: string): KeyFileState {
  return outside(path, 'read', () => {
    // Marked first: what is written between the two is seen the next time.
    const mark = markOf(path);
    return { list: mark === NO_FILE ? NO_KEYS : readKeyList(readFileSync(path, 'utf8')), mark };
  });
}

/** OutsideError FILE if the file system refuses. */
export function markOf(path: string): Mark {
  return outside(path, 'read', () => {
    const about = statSync(path, { bigint: true, throwIfNoEntry: false });
    return about === undefined ? NO_FILE : `${about.ino} ${about.size} ${about.mtimeNs} ${about.ctimeNs}`;
  });
}

/** Replaces the list by what `change` makes of the present one; the same list is not written. What it throws is passed on. */
export function changeKeyFile(path: string, change: (list: KeyList) => KeyList): KeyFileState {
  return outside(path, 'written', () => {
    const lock = lockFor(path);
    try {
      const before = readKeyFile(path);
      const list = change(before.list);
      if (list === before.list) return before;
      replace(path, writeKeyList(list));
      return { list, mark: markOf(path) };
    } finally {
      lock.close();
    }
  });
}

function lockFor(path: string): DatabaseSync {
  const file = `${path}.lock`;
  closeSync(openSync(file, 'a', 0o600));
  const lock = new DatabaseSync(file, { timeout: BUSY_MS });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

function replace(path: string, text: string): void {
  const half = `${path}.part`;
  rmSync(half, { force: true });
  const file = openSync(half, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  chmodSync(half, 0o600);
  renameSync(half, path);
  flushFolder(dirname(path));
}

/** The rename outlives a power cut then; where folders cannot be opened (Windows) that is up to the system. */
function flushFolder(folder: string): void {
  try {
    const opened = openSync(folder, 'r');
    try {
      fsyncSync(opened);
    } finally {
      closeSync(opened);
    }
  } catch {
    // The file is written and in place.
  }
}

function outside<T>(path: string, what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof FormatError) {
      const fix = 'Put a copy of it back, or move it away and make new keys.';
      throw new OutsideError('FILE', `the file of the keys, ${path}, cannot be used: ${error.message}`, fix);
    }
    if (error instanceof MtsError || !isOfSystem(error)) throw error;
    const problem = `the file of the keys, ${path}, cannot be ${what}: ${error.message}`;
    throw new OutsideError('FILE', problem, 'Check the folder given to --data.', { cause: error });
  }
}

/** Of the file system, or SQLite's of the lock. */
function isOfSystem(error: unknown): error is Error {
  if (!types.isNativeError(error) || !('code' in error)) return false;
  return /^E[A-Z]+$/.test(String(error.code)) || error.code === 'ERR_SQLITE_ERROR';
}
