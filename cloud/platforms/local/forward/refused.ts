/**
 * What sinks refused for ever of what a folder told them, with the reason: the counts are in the store, and no graph has them.
 *
 * A file of its own, since `verify` reads it while another process feeds the sink.
 */
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { types } from 'node:util';
import type { RefusedCount } from '../../../ingest/sink.ts';
import { OutsideError, StoreError } from '../../../protocol/errors.ts';
import { makeFolder } from '../../folders.ts';

export const REFUSED_FILE = 'refused.sqlite';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS refused (
    sink TEXT NOT NULL, endpoint TEXT NOT NULL, hour TEXT NOT NULL, total INTEGER NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (sink, endpoint, hour)
  ) STRICT, WITHOUT ROWID;
`;
const PUT = `INSERT INTO refused VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET total = excluded.total, reason = excluded.reason`;
const LIST = 'SELECT endpoint, hour, total, reason FROM refused WHERE sink = ?';

const BUSY_MS = 5_000;

/** `sink` is the name that says where a sink is. */
export class RefusedFile {
  readonly #db: DatabaseSync;

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Makes folder and file if they are not there. OutsideError FILE. */
  static open(dir: string): RefusedFile {
    const file = join(dir, REFUSED_FILE);
    return orOutside(file, () => {
      makeFolder(resolve(dir));
      closeSync(openSync(file, 'a', 0o600));
      chmodSync(file, 0o600);
      const db = new DatabaseSync(file, { timeout: BUSY_MS });
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
      db.exec(SCHEMA);
      return new RefusedFile(db);
    });
  }

  /** What the sink refused; nothing if no process of this folder ever fed one. OutsideError FILE. */
  static read(dir: string, sink: string): RefusedCount[] {
    const file = join(dir, REFUSED_FILE);
    if (!existsSync(file)) return [];
    return orOutside(file, () => {
      const db = new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS });
      try {
        return db.prepare(LIST).all(sink).map(refusedIn);
      } finally {
        db.close();
      }
    });
  }

  /** Again: with its newest total and reason. StoreError STORE_DOWN if the disk refuses. */
  put(sink: string, refused: readonly RefusedCount[]): void {
    if (refused.length === 0) return;
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      const put = this.#db.prepare(PUT);
      for (const { count, reason } of refused) put.run(sink, count.endpoint, count.hour, count.count, reason);
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      if (!types.isNativeError(error) || !('errcode' in error)) throw error;
      const message = `what a sink refused cannot be kept: ${error.message}`;
      throw new StoreError('STORE_DOWN', message, 'Check disk space.', { cause: error });
    }
  }

  /** The sink is told everything again. */
  forget(sink: string): void {
    this.#db.prepare('DELETE FROM refused WHERE sink = ?').run(sink);
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

function refusedIn(row: Readonly<Record<string, unknown>>): RefusedCount {
  const { endpoint, hour, total, reason } = row;
  return { count: { endpoint: String(endpoint), hour: String(hour), count: Number(total) }, reason: String(reason) };
}

function orOutside<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const why = types.isNativeError(error) ? error.message : String(error);
    const fix = 'Check the folder and its permissions, or give another one with --data.';
    throw new OutsideError('FILE', `${file} cannot be used: ${why}`, fix, { cause: error });
  }
}
