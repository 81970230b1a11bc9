/**
 * The SQLite file of a data folder: opened, and written to in transactions that other processes may contend for.
 *
 * WAL with synchronous=FULL: a transaction that returned is on the disk, whatever is killed afterwards; readers do not
 * wait for the writer.
 */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { types } from 'node:util';
import { OutsideError, StoreError } from '../../protocol/errors.ts';
import { migrate } from './schema.ts';

export const FILE_NAME = 'presses.sqlite';

/** How long to wait for another process's transaction: below the 20 s after which a sender gives up. */
const BUSY_LIMIT_MS = 15_000;
/** Blocks the event loop, so it is short; the rest is waited for outside. */
const BUSY_STEP_MS = 20;
const OPEN_BUSY_MS = 10_000;
const SQLITE_BUSY = 5;

/** Opens the store's file in `dir`; makes folder and file (0700, 0600) if `create`, else OutsideError without them. */
export function openDatabase(dir: string, create: boolean): DatabaseSync {
  const file = join(dir, FILE_NAME);
  if (!create && !existsSync(file)) {
    throw new OutsideError(
      'FILE',
      `there is no store in ${dir}`,
      'Give --data the folder that `mts ingest` writes to.',
    );
  }
  let db: DatabaseSync | undefined;
  try {
    if (create) makePrivate(dir, file);
    db = new DatabaseSync(file, { timeout: OPEN_BUSY_MS });
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536');
    migrate(db, file);
    db.exec(`PRAGMA busy_timeout = ${BUSY_STEP_MS}`);
    return db;
  } catch (error) {
    db?.close();
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

function makePrivate(dir: string, file: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (existsSync(file)) return;
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}

/**
 * Runs `work` in one transaction and returns what it returns. `work` is synchronous: nothing else of this process comes
 * between. StoreError STORE_DOWN if the file cannot be had in time or written; nothing has happened then.
 */
export async function transaction<T>(db: DatabaseSync, work: () => T): Promise<T> {
  for (let waited = 0; ; waited += BUSY_STEP_MS) {
    try {
      return attempt(db, work);
    } catch (error) {
      if (!isBusy(error) || waited >= BUSY_LIMIT_MS) throw asStoreError(error);
    }
    await sleep(1);
  }
}

/** Without an await inside: nothing of this process can come between BEGIN and COMMIT. */
function attempt<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isOpen && db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Runs a read; its failure is a StoreError too. */
export function reading<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asStoreError(error);
  }
}

function isBusy(error: unknown): boolean {
  return types.isNativeError(error) && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}

/** SQLite's own failures are the store's; anything else is a bug of ours and stays what it is. */
function asStoreError(error: unknown): unknown {
  if (!types.isNativeError(error) || !('code' in error)) return error;
  if (error.code !== 'ERR_SQLITE_ERROR' && error.code !== 'ERR_INVALID_STATE') return error;
  return new StoreError('STORE_DOWN', `the local store failed: ${error.message}`, 'Check disk space and permissions.', {
    cause: error,
  });
}
