/**
 * The tables of the local store, and how an older file becomes a present one.
 *
 *   endpoint  what is remembered of each board; `id` stands for its name in the table that has many rows a board
 *   hourly    presses by endpoint and hour (in hours since 1970); `change` numbers every write of a row, so that its index is the outbox:
 *             rows beyond a reader's number are what that reader was not told yet
 *   aside     what was not understood
 *   tally     running numbers, kept in the transaction of what they count
 */
import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../../protocol/errors.ts';

/** "mts1": tells our files from other programs' (SQLite's application_id). */
const APPLICATION_ID = 0x6d747331;

/** Statement lists, one a version: a file of version n gets all after the nth. Never change one that was released. */
const VERSIONS: readonly string[] = [
  `
  CREATE TABLE endpoint (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    stale INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX endpoint_stale ON endpoint (name, stale) WHERE stale > 0;
  CREATE TABLE hourly (
    endpoint INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    count INTEGER NOT NULL,
    change INTEGER NOT NULL,
    PRIMARY KEY (endpoint, hour)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX hourly_by_hour ON hourly (hour, endpoint);
  CREATE INDEX outbox ON hourly (change);
  CREATE TABLE aside (
    key TEXT PRIMARY KEY,
    received_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  CREATE TABLE tally (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO tally
    SELECT value, 0 FROM json_each('["change", "endpoints", "presses", "stale", "aside_items", "aside_bytes"]');
  `,
];

export type TallyName = 'change' | 'endpoints' | 'presses' | 'stale' | 'aside_items' | 'aside_bytes';

export const SCHEMA_VERSION = VERSIONS.length;

/**
 * Whether the file has the present schema; false if it is empty or older. Changes nothing. StoreError STORE_SCHEMA for a
 * newer file, or one of another program.
 */
export function isCurrent(db: DatabaseSync, file: string): boolean {
  const { version, application, isEmpty } = ofOneMoment(db, () => ({
    version: pragma(db, 'user_version'),
    application: pragma(db, 'application_id'),
    isEmpty: db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined,
  }));
  if (application !== APPLICATION_ID && !(version === 0 && isEmpty)) {
    throw new StoreError('STORE_SCHEMA', `${file} belongs to another program`, 'Give another folder with --data.');
  }
  if (version > SCHEMA_VERSION) {
    throw new StoreError(
      'STORE_SCHEMA',
      `${file} has schema ${version}, this program knows ${SCHEMA_VERSION}`,
      'Update mbed-time-series.',
    );
  }
  return version === SCHEMA_VERSION;
}

/** Brings the file up to the present schema, in one transaction; several processes may try at once. */
export function migrate(db: DatabaseSync, file: string): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    if (!isCurrent(db, file)) {
      for (const statements of VERSIONS.slice(pragma(db, 'user_version'))) db.exec(statements);
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    }
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

/** Another process may be making the file: what is read is of before that, or of after it. */
function ofOneMoment<T>(db: DatabaseSync, read: () => T): T {
  if (db.isTransaction) return read();
  db.exec('BEGIN');
  try {
    return read();
  } finally {
    db.exec('COMMIT');
  }
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
