/**
 * `hourly` over 1, 100,000 and 1,000,000 stored rows, and for one endpoint and 30 days among 10,000 others.
 *
 * The baseline of the latter is the same query with no other endpoint in the store.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HourlyQuery, StoreItem } from '../../cloud/ingest/store.ts';
import { type LocalStore, openLocalStore } from '../../cloud/platforms/local/store.ts';
import { HOUR_MS, hourOf } from '../../cloud/protocol/hour.ts';
import { type Measured, median } from './measured.ts';

const END = Date.UTC(2026, 5, 1);
const DAYS_30 = 30 * 24;
const ROUNDS = 41;

export async function benchHourly(): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const rows of [1, 100_000, 1_000_000]) {
    await withRows(others(rows, Math.min(rows, 10_000)), async (store) => {
      const ms = await timeQuery(store, { from: new Date(0), to: new Date(END) }, 3, rows);
      measured.push({ name: `hourly over all of ${rows} rows`, value: ms, unit: 'ms' });
    });
  }
  const mine = { endpoint: 'mine', from: new Date(END - DAYS_30 * HOUR_MS), to: new Date(END) };
  const alone = await withRows(own(), (store) => timeQuery(store, mine, ROUNDS, DAYS_30));
  const among = await withRows(chain(own(), others(1_000_000, 10_000)), (store) =>
    timeQuery(store, mine, ROUNDS, DAYS_30),
  );
  const ratio = among / alone;
  measured.push({
    name: 'hourly, one endpoint, 30 days, 10,000 others',
    value: among,
    unit: 'ms',
    baseline: alone,
    ratio,
    target: 'within 1.5 times of none',
    met: ratio <= 1.5,
  });
  return measured;
}

async function withRows<T>(items: Iterable<StoreItem>, work: (store: LocalStore) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'mts-bench-'));
  const store = openLocalStore({ dir, create: true, maxAside: 0 });
  try {
    await store.import(asynchronous(items));
    return await work(store);
  } finally {
    await store.close();
    await rm(dir, { recursive: true });
  }
}

/** Milliseconds of one query, the median of so many; checks that it gave as many rows as it should. */
async function timeQuery(store: LocalStore, query: HourlyQuery, rounds: number, expected: number): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    let rows = 0;
    for await (const _row of store.hourly(query)) rows += 1;
    times.push(performance.now() - started);
    if (rows !== expected) throw new Error(`the query gave ${rows} rows, not ${expected}`);
  }
  return median(times);
}

function* own(): Generator<StoreItem> {
  for (let back = 1; back <= DAYS_30; back++) {
    yield { kind: 'hour', endpoint: 'mine', hour: hourOf(END - back * HOUR_MS), count: back };
  }
}

function* others(rows: number, endpoints: number): Generator<StoreItem> {
  for (let row = 0; row < rows; row++) {
    const back = Math.floor(row / endpoints) + 1;
    yield { kind: 'hour', endpoint: `other-${row % endpoints}`, hour: hourOf(END - back * HOUR_MS), count: 1 };
  }
}

function* chain<T>(...all: Iterable<T>[]): Generator<T> {
  for (const one of all) yield* one;
}

async function* asynchronous<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
