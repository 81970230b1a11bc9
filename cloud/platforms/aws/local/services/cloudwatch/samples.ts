/** Metrics and their samples in the database. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { inTransaction } from '../database.ts';
import type { Datum, Summary } from './datum.ts';
import type { Dimension, MetricName } from './metric.ts';

export interface KnownMetric extends MetricName {
  readonly id: number;
  /** Milliseconds since 1970 of the last request that told of it. */
  readonly lastPut: number;
  /** Seconds since 1970: start of its newest sample. */
  readonly newest: number;
}

export interface Datapoint extends Summary {
  /** Seconds since 1970: start of the period. */
  readonly start: number;
  readonly unit: string;
}

/** Which samples, and how they are put together; times in seconds. */
export interface Range {
  readonly start: number;
  /** Not included. */
  readonly end: number;
  readonly period: number;
  readonly unit?: string | undefined;
}

export class Samples {
  readonly #db: DatabaseSync;
  readonly #statements;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#statements = {
      metric: db.prepare(`
        INSERT INTO metric (namespace, name, dimensions, last_put, newest) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET last_put = excluded.last_put, newest = max(newest, excluded.newest) RETURNING id`),
      add: db.prepare(`
        INSERT INTO sample (metric, start, unit, sum, count, minimum, maximum) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET sum = sum + excluded.sum, count = count + excluded.count,
          minimum = min(minimum, excluded.minimum), maximum = max(maximum, excluded.maximum)`),
      find: db.prepare('SELECT * FROM metric WHERE namespace = ? AND name = ? AND dimensions = ?'),
      all: db.prepare('SELECT * FROM metric ORDER BY namespace, name, dimensions'),
      read: db.prepare(`
        SELECT (start - CAST(:start AS INTEGER)) / CAST(:period AS INTEGER) AS bucket, unit, sum(sum) AS sum,
          sum(count) AS count, min(minimum) AS minimum, max(maximum) AS maximum
        FROM sample WHERE metric = :metric AND start >= :start AND start < :end AND (:unit IS NULL OR unit = :unit)
        GROUP BY bucket, unit ORDER BY bucket, unit`),
    };
  }

  /** Adds up what is told, all or nothing; `now` in milliseconds. */
  add(namespace: string, data: readonly Datum[], now: number): void {
    const { metric, add } = this.#statements;
    inTransaction(this.#db, () => {
      for (const { name, dimensions, start, unit, sum, count, minimum, maximum } of data) {
        // Nothing but counts of 0: told, and nothing to keep.
        if (count === 0) continue;
        const row = metric.get(namespace, name, textOf(dimensions), now, start);
        add.run(Number(row?.id), start, unit, sum, count, minimum, maximum);
      }
    });
  }

  find({ namespace, name, dimensions }: MetricName): KnownMetric | undefined {
    const row = this.#statements.find.get(namespace, name, textOf(dimensions));
    return row === undefined ? undefined : metricOf(row);
  }

  /** Every metric there is, in order of namespace, name and dimensions. */
  metrics(): KnownMetric[] {
    return this.#statements.all.all().map(metricOf);
  }

  /** In order of time; samples of several units make a datapoint each. */
  read(metric: number, { start, end, period, unit }: Range): Datapoint[] {
    return this.#statements.read.all({ metric, start, end, period, unit: unit ?? null }).map((row) => ({
      start: start + Number(row.bucket) * period,
      unit: String(row.unit),
      sum: Number(row.sum),
      count: Number(row.count),
      minimum: Number(row.minimum),
      maximum: Number(row.maximum),
    }));
  }
}

/** Ordered by name, so that the same dimensions are the same text. */
function textOf(dimensions: readonly Dimension[]): string {
  const pairs = dimensions.map(({ name, value }) => [name, value]);
  return JSON.stringify(pairs.sort(([a], [b]) => (a! < b! ? -1 : 1)));
}

function metricOf(row: Record<string, SQLOutputValue>): KnownMetric {
  const pairs = JSON.parse(String(row.dimensions)) as [string, string][];
  return {
    id: Number(row.id),
    namespace: String(row.namespace),
    name: String(row.name),
    dimensions: pairs.map(([name, value]) => ({ name, value })),
    lastPut: Number(row.last_put),
    newest: Number(row.newest),
  };
}
