/**
 * The tables of the connector's file, and how an older file becomes a present one.
 *
 *   clock    one row: life (life.ts), and the last time that was stamped (stamper.ts)
 *   queue    one row a key: its numbers. Without a name it was forgotten, and its events are on their way out
 *   event    what is queued, by queue and sequence: appended at the end, taken from the front
 *   channel  what a channel wants to know again after a restart, as JSON of its own
 */
import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../../protocol/errors.ts';

/** "mtsc": tells our files from other programs' (SQLite's application_id). */
const APPLICATION_ID = 0x6d747363;

/** Statement lists, one a version: a file of version n gets all after the nth. Never change one that was released. */
const VERSIONS: readonly string[] = [
  `
  CREATE TABLE clock (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    life_ms INTEGER NOT NULL,
    wall_ms INTEGER NOT NULL,
    stamped_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT UNIQUE,
    last INTEGER NOT NULL,
    held INTEGER NOT NULL,
    fed INTEGER NOT NULL,
    events INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    superseded INTEGER NOT NULL,
    dropped INTEGER NOT NULL,
    expired INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE event (
    queue INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    born INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    value INTEGER,
    base INTEGER,
    subject TEXT,
    element TEXT NOT NULL,
    PRIMARY KEY (queue, sequence)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE channel (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (kind, name)
  ) STRICT, WITHOUT ROWID;
  `,
];

const SCHEMA_VERSION = VERSIONS.length;

/**
 * Brings an empty or older file up to the present schema, in one transaction. StoreError STORE_SCHEMA for a newer file,
 * or one of another program: it is left as it is.
 */
export function migrate(db: DatabaseSync, file: string): void {
  const version = knownVersion(db, file);
  if (version === SCHEMA_VERSION) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const statements of VERSIONS.slice(version)) db.exec(statements);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function knownVersion(db: DatabaseSync, file: string): number {
  const version = pragma(db, 'user_version');
  const isEmpty = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (pragma(db, 'application_id') !== APPLICATION_ID && !(version === 0 && isEmpty)) {
    throw new StoreError('STORE_SCHEMA', `${file} belongs to another program`, 'Give another folder with --data.');
  }
  if (version <= SCHEMA_VERSION) return version;
  const problem = `${file} has schema ${version}, this program knows ${SCHEMA_VERSION}`;
  throw new StoreError('STORE_SCHEMA', problem, 'Update mbed-time-series.');
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
