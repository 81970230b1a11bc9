/**
 * The SQLite file of a data folder: opened, and looked at before anything of it is changed. Writing is in writer.ts.
 *
 * WAL with synchronous=FULL: a transaction that returned is on the disk, whatever is killed afterwards; readers do not
 * wait for the writer.
 */
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { types } from 'node:util';
import { OutsideError, StoreError } from '../../protocol/errors.ts';
import { makeFolder } from '../folders.ts';
import { isBusy } from './busy.ts';
import { isCurrent, migrate } from './schema.ts';

export const FILE_NAME = 'presses.sqlite';

/** Opening may meet another process that makes the file, or closes it. */
const OPEN_BUSY_MS = 10_000;
/** Between tries of it. */
const TURN_MS = 20;
/** Blocks the event loop, so it is short: writer.ts waits for the rest outside. */
const BUSY_MS = 10;

/** Opens the store's file in `dir`; makes folder and file (0700, 0600) if `create`, else OutsideError without them. */
export function openDatabase(dir: string, create: boolean): DatabaseSync {
  const file = join(dir, FILE_NAME);
  if (!create && !existsSync(file)) {
    throw new OutsideError(
      'FILE',
      `there is no store in ${dir}`,
      'Give the folder that `mts ingest --data` writes to.',
    );
  }
  const until = performance.now() + OPEN_BUSY_MS;
  try {
    if (create) makePrivate(resolve(dir), file);
    for (;;) {
      try {
        return openFile(file);
      } catch (error) {
        // Of two that make the file at once, SQLite refuses one without waiting: each would wait for the other.
        if (!isBusy(error) || performance.now() > until) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TURN_MS);
      }
    }
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const why = types.isNativeError(error) ? error.message : String(error);
    throw new OutsideError(
      'FILE',
      `the store in ${dir} cannot be opened: ${why}`,
      'Check the folder given to --data.',
      {
        cause: error,
      },
    );
  }
}

function openFile(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: OPEN_BUSY_MS });
  try {
    // Looked at first: another program's file is left as it is, and a present one needs no lock.
    const current = isCurrent(db, file);
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536');
    if (!current) migrate(db, file);
    db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function makePrivate(dir: string, file: string): void {
  makeFolder(dir);
  if (existsSync(file)) return;
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}
