/**
 * What the stand-in was told, added up by the minute, in a SQLite file or in memory: Azure Monitor keeps no finer grain.
 *
 *   minute   one row a resource, namespace, metric, values of its dimensions (JSON of [name, value] pairs) and minute since 1970
 */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OutsideError } from '../../../../protocol/errors.ts';

export interface Series {
  /** In lower case: Azure's ids and names know no case. */
  readonly resource: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: readonly (readonly [name: string, value: string])[];
}

export interface Sample extends Series {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly sum: number;
  readonly count: number;
}

export interface MinuteSum {
  readonly dimensions: Series['dimensions'];
  /** Beginning of the minute, milliseconds since 1970. */
  readonly at: number;
  readonly sum: number;
}

export const FILE_NAME = 'azure-monitor.sqlite';
const MINUTE_MS = 60_000;
/** "mtsz": tells our files from other programs' (SQLite's application_id). */
const APPLICATION_ID = 0x6d74737a;

const SCHEMA = `
  CREATE TABLE minute (
    resource TEXT NOT NULL, namespace TEXT NOT NULL, metric TEXT NOT NULL, dimensions TEXT NOT NULL,
    minute INTEGER NOT NULL, sum REAL NOT NULL, count REAL NOT NULL,
    PRIMARY KEY (resource, namespace, metric, dimensions, minute)
  ) STRICT, WITHOUT ROWID;
`;

export class Minutes {
  readonly #db: DatabaseSync;

  /** In `folder`, made if it is missing; in memory without. OutsideError FILE. */
  constructor(folder?: string) {
    this.#db = folder === undefined ? new DatabaseSync(':memory:') : openFile(folder);
    if (this.#pragma('application_id') === APPLICATION_ID) return;
    this.#db.exec(`BEGIN; ${SCHEMA} PRAGMA application_id = ${APPLICATION_ID}; COMMIT`);
  }

  /** All of them, or none. */
  add(samples: readonly Sample[]): void {
    const statement = this.#db.prepare(`INSERT INTO minute VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET sum = sum + excluded.sum, count = count + excluded.count`);
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      for (const { resource, namespace, metric, dimensions, at, sum, count } of samples) {
        const minute = Math.floor(at / MINUTE_MS);
        statement.run(resource, namespace, metric, JSON.stringify(dimensions), minute, sum, count);
      }
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Whether there is anything of this metric, of whatever time. */
  knows({ resource, namespace, metric }: Omit<Series, 'dimensions'>): boolean {
    const sql = 'SELECT 1 FROM minute WHERE resource = ? AND namespace = ? AND metric = ? LIMIT 1';
    return this.#db.prepare(sql).get(resource, namespace, metric) !== undefined;
  }

  /** Minutes from `from` to before `to` (milliseconds since 1970), those of one series together. */
  *between({ resource, namespace, metric }: Omit<Series, 'dimensions'>, from: number, to: number): Iterable<MinuteSum> {
    const sql = `SELECT dimensions, minute, sum FROM minute
      WHERE resource = ? AND namespace = ? AND metric = ? AND minute >= ? AND minute < ? ORDER BY dimensions, minute`;
    const [first, end] = [from, to].map((ms) => Math.ceil(ms / MINUTE_MS)) as [number, number];
    for (const row of this.#db.prepare(sql).iterate(resource, namespace, metric, first, end)) {
      const dimensions = JSON.parse(String(row.dimensions)) as Series['dimensions'];
      yield { dimensions, at: Number(row.minute) * MINUTE_MS, sum: Number(row.sum) };
    }
  }

  close(): void {
    this.#db.close();
  }

  #pragma(name: string): number {
    return Number(this.#db.prepare(`PRAGMA ${name}`).get()?.[name]);
  }
}

function openFile(folder: string): DatabaseSync {
  const file = join(folder, FILE_NAME);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!existsSync(file)) {
      closeSync(openSync(file, 'a', 0o600));
      chmodSync(file, 0o600);
    }
    const db = new DatabaseSync(file, { timeout: 5_000 });
    // Losing the last moments in a power cut is no harm to a stand-in; a killed process loses nothing.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    return db;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OutsideError('FILE', `${file} cannot be opened: ${why}`, 'Check the folder.', { cause: error });
  }
}
