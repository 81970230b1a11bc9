/**
 * Where metrics and messages are kept: one SQLite file in the data folder, or memory.
 *
 *   metric   one row a metric; `dimensions` is JSON of [name, value] pairs, ordered by name
 *   sample   what was told of it, added up by the second or minute that it is kept at; `start` in seconds since 1970
 *   queue    its settings, in JSON
 *   message  times in milliseconds since 1970; `receives` counts how often it was handed out, and tells receipts apart
 */
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OutsideError } from '../../../../protocol/errors.ts';
import { makeFolder } from '../../../folders.ts';

export const FILE_NAME = 'services.sqlite';

/** "mtsa": tells our files from other programs' (SQLite's application_id). */
const APPLICATION_ID = 0x6d747361;
const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE metric (
    id INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    dimensions TEXT NOT NULL,
    last_put INTEGER NOT NULL,
    newest INTEGER NOT NULL,
    UNIQUE (namespace, name, dimensions)
  ) STRICT;
  CREATE TABLE sample (
    metric INTEGER NOT NULL,
    start INTEGER NOT NULL,
    unit TEXT NOT NULL,
    sum REAL NOT NULL,
    count REAL NOT NULL,
    minimum REAL NOT NULL,
    maximum REAL NOT NULL,
    PRIMARY KEY (metric, start, unit)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE queue (name TEXT PRIMARY KEY, settings TEXT NOT NULL, created_at INTEGER NOT NULL, purged_at INTEGER) STRICT;
  CREATE TABLE message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    attributes TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    visible_at INTEGER NOT NULL,
    receives INTEGER NOT NULL,
    first_received_at INTEGER
  ) STRICT;
  CREATE INDEX message_by_time ON message (queue, visible_at);
`;

/** Opens the file in `dir` (0600), made if it is missing; without `dir`, a database that goes when it is closed. */
export function openServicesDatabase(dir?: string): DatabaseSync {
  if (dir === undefined) return prepared(new DatabaseSync(':memory:'), 'memory');
  const file = join(dir, FILE_NAME);
  let db: DatabaseSync | undefined;
  try {
    makeFolder(resolve(dir));
    if (!existsSync(file)) {
      closeSync(openSync(file, 'a', 0o600));
      chmodSync(file, 0o600);
    }
    db = new DatabaseSync(file, { timeout: 5_000 });
    return prepared(db, file);
  } catch (error) {
    db?.close();
    if (error instanceof OutsideError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new OutsideError('FILE', `${file} cannot be opened: ${why}`, 'Check the folder given to --data.', {
      cause: error,
    });
  }
}

function prepared(db: DatabaseSync, file: string): DatabaseSync {
  const version = pragma(db, 'user_version');
  const application = pragma(db, 'application_id');
  const isEmpty = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  const isOurs = application === APPLICATION_ID && version === SCHEMA_VERSION;
  if (!isOurs && !(isEmpty && version === 0)) {
    throw new OutsideError('FILE', `${file} is not of this program, or of another version`, 'Give another folder.');
  }
  // Losing the last moments in a power cut is no harm to a stand-in; a killed process loses nothing.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  if (!isOurs) {
    db.exec(
      `BEGIN; ${SCHEMA} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`,
    );
  }
  return db;
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

/** Runs `work` in one transaction: all of it is kept, or nothing. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}
