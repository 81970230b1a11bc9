/**
 * Where the stand-in for Cloud Monitoring keeps points: one SQLite file in a folder, or memory.
 *
 *   series   project, and JSON of metric and resource with their labels in order of name
 *   point    end time in milliseconds since 1970, start time beside it
 */
import { chmodSync, closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ownFolder } from '../../../folders.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY, project TEXT NOT NULL, key TEXT NOT NULL, UNIQUE (project, key)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS point (
    series INTEGER NOT NULL, at INTEGER NOT NULL, start INTEGER NOT NULL, value INTEGER NOT NULL,
    PRIMARY KEY (series, at)
  ) STRICT, WITHOUT ROWID;
`;

export interface StoredPoint {
  readonly at: number;
  readonly start: number;
  readonly value: number;
}

/** Metric and resource of a series. */
export interface SeriesKey {
  readonly metric: { readonly type: string; readonly labels: Readonly<Record<string, string>> };
  readonly resource: { readonly type: string; readonly labels: Readonly<Record<string, string>> };
}

export interface Points {
  newest(project: string, key: SeriesKey): StoredPoint | undefined;
  add(project: string, key: SeriesKey, point: StoredPoint): void;
  /** Does all of it in one transaction. */
  together(work: () => void): void;
  series(project: string): Iterable<{ readonly id: number; readonly key: SeriesKey }>;
  /** Points with an end in (start, end], newest first. */
  points(series: number, start: number, end: number): readonly StoredPoint[];
  close(): void;
}

const FILE_NAME = 'monitoring.sqlite';

/** Opens the file in `folder` (made if missing, 0700; the file 0600); without it, what goes when it is closed. */
export function openPoints(folder?: string): Points {
  const db = new DatabaseSync(folder === undefined ? ':memory:' : privateFile(folder), { timeout: 5_000 });
  // Losing the last moments in a power cut is no harm to a stand-in.
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${SCHEMA}`);
  const newest = db.prepare(
    'SELECT at, start, value FROM point WHERE series = (SELECT id FROM series WHERE project = ? AND key = ?) ORDER BY at DESC LIMIT 1',
  );
  const addSeries = db.prepare('INSERT OR IGNORE INTO series (project, key) VALUES (?, ?)');
  const addPoint = db.prepare(
    'INSERT INTO point (series, at, start, value) SELECT id, ?, ?, ? FROM series WHERE project = ? AND key = ?',
  );
  const allSeries = db.prepare('SELECT id, key FROM series WHERE project = ? ORDER BY id');
  const somePoints = db.prepare(
    'SELECT at, start, value FROM point WHERE series = ? AND at > ? AND at <= ? ORDER BY at DESC',
  );
  return {
    newest: (project, key) => newest.get(project, keyText(key)) as StoredPoint | undefined,
    add(project, key, { at, start, value }) {
      addSeries.run(project, keyText(key));
      addPoint.run(at, start, value, project, keyText(key));
    },
    together(work) {
      db.exec('BEGIN IMMEDIATE');
      try {
        work();
        db.exec('COMMIT');
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    },
    *series(project) {
      for (const { id, key } of allSeries.all(project)) yield { id: Number(id), key: JSON.parse(String(key)) };
    },
    points: (series, start, end) => somePoints.all(series, start, end) as unknown as StoredPoint[],
    close: () => db.close(),
  };
}

function privateFile(folder: string): string {
  ownFolder(folder);
  const file = join(folder, FILE_NAME);
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  return file;
}

function keyText({ metric, resource }: SeriesKey): string {
  const inOrder = (labels: Readonly<Record<string, string>>): object =>
    Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify({
    metric: { type: metric.type, labels: inOrder(metric.labels) },
    resource: { type: resource.type, labels: inOrder(resource.labels) },
  });
}
