/**
 * The connector's SQLite file, opened by one process at a time: two that deliver from one queue would deliver twice.
 *
 * WAL with synchronous=FULL: a transaction that returned is on the disk, whatever is killed afterwards. The lock goes with
 * the process that holds it.
 */
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { types } from 'node:util';
import { OutsideError, StoreError } from '../../protocol/errors.ts';
import { migrate } from './schema.ts';

/** Whoever was killed may take a moment to let go. */
const BUSY_MS = 500;
const CACHE_KIB = 16_384;

const SQLITE_BUSY = 5;

/**
 * Opens the file, made (0600, for it holds webhooks' headers) if there is none; its folder is there. OutsideError FILE if
 * that cannot be, another process having it open included; StoreError STORE_SCHEMA if it is not one of ours.
 */
export function openDatabase(file: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    makePrivate(file);
    db = new DatabaseSync(file, { timeout: BUSY_MS });
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    migrate(db, file);
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -${CACHE_KIB}`);
    // The first lock is the one that is kept: it is taken now and not with the first event.
    db.exec('BEGIN EXCLUSIVE; COMMIT');
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof StoreError) throw error;
    throw cannotOpen(file, error);
  }
}

function cannotOpen(file: string, error: unknown): OutsideError {
  if (isBusy(error)) {
    return new OutsideError('FILE', `${file} is in use by another process`, 'Stop the other connector.', {
      cause: error,
    });
  }
  const why = types.isNativeError(error) ? error.message : String(error);
  return new OutsideError('FILE', `${file} cannot be opened: ${why}`, 'Check the folder given to --data.', {
    cause: error,
  });
}

function isBusy(error: unknown): boolean {
  return types.isNativeError(error) && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}

function makePrivate(file: string): void {
  if (existsSync(file)) return;
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}
