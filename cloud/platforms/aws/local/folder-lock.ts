/** One stack a data folder: two would write the same tables. The lock is SQLite's, and goes with the process, however it ends. */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OutsideError } from '../../../protocol/errors.ts';

/** Gives back a function that lets go. OutsideError FILE if another process has the folder, or it cannot be written. */
export function lockFolder(dir: string): () => void {
  const db = open(dir);
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    throw refused(dir, 'another stack uses it', error);
  }
  return () => db.close();
}

function open(dir: string): DatabaseSync {
  try {
    const file = join(dir, 'lock.sqlite');
    // Whoever can read it could hold it.
    closeSync(openSync(file, 'a', 0o600));
    return new DatabaseSync(file, { timeout: 0 });
  } catch (error) {
    throw refused(dir, (error as Error).message, error);
  }
}

function refused(dir: string, why: string, cause: unknown): OutsideError {
  return new OutsideError(
    'FILE',
    `the folder ${dir} cannot be used: ${why}`,
    'End the other one, or give another folder.',
    { cause },
  );
}
