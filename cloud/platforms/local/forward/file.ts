/**
 * What a folder remembers of the sinks that it feeds: one file, which only one process may have open.
 *
 *   cursor  up to which change of the store a sink was told
 *   told    totals told, by sink, endpoint and hour       series  their sums and newest times, for sinks that add up
 *
 * A sink goes by a name that says where it is: another server is told everything. The lock is SQLite's, and goes with the
 * process, however it ends.
 */
import { chmodSync, closeSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { types } from 'node:util';
import { OutsideError, StoreError } from '../../../protocol/errors.ts';
import { makeFolder } from '../../folders.ts';
import { isBusy } from '../busy.ts';

export const FORWARD_FILE = 'forward.sqlite';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS cursor (sink TEXT PRIMARY KEY, change INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS told (
    sink TEXT NOT NULL, endpoint TEXT NOT NULL, hour TEXT NOT NULL, total INTEGER NOT NULL,
    PRIMARY KEY (sink, endpoint, hour)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS series (
    sink TEXT NOT NULL, endpoint TEXT NOT NULL, sum INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (sink, endpoint)
  ) STRICT, WITHOUT ROWID;
`;

const SQL = {
  cursor: 'SELECT change FROM cursor WHERE sink = ?',
  putCursor: 'INSERT INTO cursor VALUES (?, ?) ON CONFLICT DO UPDATE SET change = excluded.change',
  told: 'SELECT total FROM told WHERE sink = ? AND endpoint = ? AND hour = ?',
  putTold: 'INSERT INTO told VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET total = excluded.total',
  series: 'SELECT sum, at FROM series WHERE sink = ? AND endpoint = ?',
  forgetCursor: 'DELETE FROM cursor WHERE sink = ?',
  forgetTold: 'DELETE FROM told WHERE sink = ?',
  putSeries: 'INSERT INTO series VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET sum = excluded.sum, at = excluded.at',
} as const;

type Statements = Readonly<Record<keyof typeof SQL, StatementSync>>;

/** The file of a folder, locked. Its tables are used by feed-outbox.ts, reading-outbox.ts and told.ts, a sink's name each. */
export class ForwardFile {
  readonly #db: DatabaseSync;
  readonly sql: Statements;

  private constructor(db: DatabaseSync) {
    this.#db = db;
    const entries = Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)]);
    this.sql = Object.fromEntries(entries) as Statements;
  }

  /** Makes folder and file if they are not there. Undefined while another process has it. OutsideError FILE. */
  static open(dir: string): ForwardFile | undefined {
    let db: DatabaseSync | undefined;
    try {
      makeFolder(resolve(dir));
      const file = join(dir, FORWARD_FILE);
      closeSync(openSync(file, 'a', 0o600));
      chmodSync(file, 0o600);
      db = new DatabaseSync(file, { timeout: 0 });
      // The first write takes the lock for good.
      db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL; BEGIN EXCLUSIVE');
      db.exec(SCHEMA);
      db.exec('COMMIT');
      return new ForwardFile(db);
    } catch (error) {
      db?.close();
      if (isBusy(error)) return undefined;
      const why = types.isNativeError(error) ? error.message : String(error);
      const fix = 'Check the folder and its permissions, or give another one with --data.';
      throw new OutsideError('FILE', `${join(dir, FORWARD_FILE)} cannot be used: ${why}`, fix, { cause: error });
    }
  }

  /** As if the sink had never been told anything. Of one that adds up it would be told twice. */
  forget(sink: string): void {
    this.transaction(() => {
      this.sql.forgetCursor.run(sink);
      this.sql.forgetTold.run(sink);
    });
  }

  /** Runs `work` in one transaction. StoreError STORE_DOWN if the disk refuses: nothing has happened then. */
  transaction<T>(work: () => T): T {
    try {
      this.#db.exec('BEGIN');
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec('ROLLBACK');
      if (!types.isNativeError(error) || !('errcode' in error)) throw error;
      throw new StoreError('STORE_DOWN', `what sinks were told cannot be kept: ${error.message}`, 'Check disk space.', {
        cause: error,
      });
    }
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}
