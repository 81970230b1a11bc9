/**
 * What every store must do that a scheduled function tells a sink from: no hour that changed is forgotten, whatever breaks off, and what
 * a sink was told is remembered. A store's own test file is one call:
 *
 *   fedStoreConformance('table', start);
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { EndpointEvents } from '../../cloud/ingest/events.ts';
import type { Outbox } from '../../cloud/ingest/outbox.ts';
import type { HourlyCount, Store } from '../../cloud/ingest/store.ts';
import { sweep } from '../../cloud/ingest/sweep.ts';
import type { ToldMemory } from '../../cloud/ingest/told.ts';
import { StoreError } from '../../cloud/protocol/errors.ts';
import { seededRandom } from '../../cloud/protocol/random.ts';

export interface FedStore extends Store {
  outbox(): Outbox;
  told(): ToldMemory;
}

export interface FedStoreUnderTest {
  /** One more connection to the same data, whose calls give up after so many milliseconds. */
  open(patienceMs: number): FedStore;
  /** Requests go wrong from now on, as `random` (0 to 1) says: refused, not answered, or answered with nothing. */
  disturb(random: () => number): void;
  calm(): void;
  dispose(): Promise<void>;
}

const NOON = Date.UTC(2026, 2, 1, 12);
const HOUR_MS = 3_600_000;
const EVER = { from: new Date(0), to: new Date(Date.UTC(2100, 0)) };
const LONG_MS = 30_000;

export function fedStoreConformance(name: string, start: () => Promise<FedStoreUnderTest>): void {
  describe(`fed store conformance: ${name}`, () => {
    let under: FedStoreUnderTest;
    beforeEach(async () => {
      under = await start();
    });
    afterEach(() => under.dispose());

    test('each changed hour is pending once, with its total, until it is confirmed', async () => {
      const store = under.open(LONG_MS);
      await store.apply([body('a', 2), body('b/c', 1)]);
      await store.apply([body('a', 5)]);
      const outbox = store.outbox();
      const pending = await outbox.pending(10);
      expect(pending.map(({ count }) => [count.endpoint, count.count]).sort()).toEqual([
        ['a', 5],
        ['b/c', 1],
      ]);
      expect(await outbox.pending(1)).toHaveLength(1);
      await outbox.confirm(pending.slice(0, 1));
      expect(await outbox.pending(10)).toHaveLength(1);
      await outbox.confirm(pending);
      await outbox.confirm(pending);
      expect(await outbox.pending(10)).toEqual([]);
    });

    test('an hour that changed between reading and confirming stays pending', async () => {
      const store = under.open(LONG_MS);
      await store.apply([body('a', 5)]);
      const outbox = store.outbox();
      const pending = await outbox.pending(10);
      await store.apply([body('a', 6)]);
      await outbox.confirm(pending);
      expect((await outbox.pending(10)).map(({ count }) => count.count)).toEqual([6]);
    });

    test('an endpoint that was put there whole is told', async () => {
      const store = under.open(LONG_MS);
      await store.apply([body('a', 5)]);
      const outbox = store.outbox();
      await sweep(outbox, new Shown());
      const { state } = (await store.read('a'))!;
      const hours = [{ endpoint: 'a', hour: '2026-02-01 00:00:00', count: 3 }];
      expect(await store.replace({ state: { ...state, stale: 1 }, hours }, state)).toBe(true);
      const shown = new Shown();
      await sweep(outbox, shown);
      expect(shown.totals).toEqual(new Map([['a 2026-02-01 00:00:00', 3]]));
    });

    test('a body of more hours than are written at once: all of them, also when it broke off in between', async () => {
      const events = Array.from({ length: 900 }, (_, index) => {
        return { kind: 'value', boot: 1, value: index + 1, timestamp: NOON + index * HOUR_MS } as const;
      });
      const long = { endpoint: 'a', body: 'long', receivedAt: NOON, events };
      let requests = 0;
      under.disturb(() => {
        requests += 1;
        return requests % 5 === 4 ? 0 : 1;
      });
      const impatient = under.open(150);
      for (let tries = 0; tries < 3; tries += 1) await impatient.apply([long]).catch(onlyStoreError);
      under.calm();
      await persistently(under.open(LONG_MS), [long]);
      const totals = await stored(under.open(LONG_MS));
      expect(totals.size).toBe(900);
      expect(new Set(totals.values())).toEqual(new Set([1]));
      const shown = new Shown();
      await sweep(under.open(LONG_MS).outbox(), shown);
      expect(shown.totals).toEqual(totals);
    });

    test('two writers, any faults, sweeps between: counts are exact, and all of them told', async () => {
      const step = fc.record({
        board: fc.constantFrom('a', 'b'),
        hour: fc.integer({ min: 0, max: 2 }),
        by: fc.integer({ min: 1, max: 3 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 7 }), fc.integer(), async (steps, seed) => {
          const random = seededRandom(seed);
          await under.dispose();
          under = await start();
          const writers = [under.open(2_000), under.open(2_000)] as const;
          const [shown, outbox] = [new Shown(), writers[0].outbox()];
          under.disturb(() => random.next());
          const values = new Map<string, number>();
          const bodies = steps.map(({ board, hour, by }, index) => {
            const value = (values.get(board) ?? 0) + by;
            values.set(board, value);
            return body(board, value, NOON + hour * HOUR_MS, index);
          });
          for (const [index, one] of bodies.entries()) {
            // As a sender does that got no answer from the first.
            await Promise.all(writers.map((writer) => persistently(writer, [one])));
            if (index % 3 === 1) await sweep(outbox, shown).catch(onlyStoreError);
          }
          under.calm();
          const totals = await stored(under.open(LONG_MS));
          for (const [board, value] of values) expect([board, sumOf(totals, board)]).toEqual([board, value]);
          // By another process, which knows nothing of what was told.
          await sweep(under.open(LONG_MS).outbox(), shown);
          expect(shown.totals).toEqual(totals);
        }),
        { numRuns: 4, endOnFailure: true },
      );
    });

    test('what a sink was told is there for another process, of each endpoint apart, and is no count', async () => {
      const hours = new Map(
        Array.from({ length: 850 }, (_, index) => {
          const hour = new Date(NOON - index * HOUR_MS).toISOString().slice(0, 13).replace('T', ' ');
          return [`${hour}:00:00`, index + 1];
        }),
      );
      await under
        .open(LONG_MS)
        .told()
        .write([{ endpoint: 'a/b', sum: 3_000_000_000, at: NOON, hours }]);
      await under
        .open(LONG_MS)
        .told()
        .write([{ endpoint: 'a/b', sum: 3_000_000_001, at: NOON + 1, hours: new Map([['2026-03-01 12:00:00', 2]]) }]);
      const asked = [...hours.keys()].slice(0, 3);
      const wanted = new Map([
        ['a/b', asked],
        ['other', ['2026-03-01 12:00:00']],
      ]);
      const told = await under.open(LONG_MS).told().read(wanted);
      const there = new Map([
        [asked[0], 2],
        [asked[1], 2],
        [asked[2], 3],
      ]);
      expect(told.get('a/b')).toEqual({ endpoint: 'a/b', sum: 3_000_000_001, at: NOON + 1, hours: there });
      expect(told.get('other')).toEqual({ endpoint: 'other', sum: 0, at: 0, hours: new Map() });
      expect(await stored(under.open(LONG_MS))).toEqual(new Map());
    });
  });
}

export function body(endpoint: string, value: number, at = NOON, serial = value): EndpointEvents {
  const events = [{ kind: 'value', boot: 1, value, timestamp: at } as const];
  return { endpoint, body: `${endpoint}-${serial}`, receivedAt: at, events };
}

export async function stored(store: Pick<Store, 'hourly'>): Promise<Map<string, number>> {
  const totals = new Map<string, number>();
  for await (const { endpoint, hour, count } of store.hourly(EVER)) totals.set(`${endpoint} ${hour}`, count);
  return totals;
}

/** As a sender does: again, until it is taken. */
export async function persistently(store: Pick<Store, 'apply'>, batch: readonly EndpointEvents[]): Promise<void> {
  let last: unknown;
  for (let tries = 0; tries < 20; tries += 1) {
    try {
      await store.apply(batch);
      return;
    } catch (error) {
      onlyStoreError(error);
      last = error;
    }
  }
  throw new Error('it is never taken', { cause: last });
}

function onlyStoreError(error: unknown): void {
  if (!(error instanceof StoreError)) throw error;
}

function sumOf(totals: ReadonlyMap<string, number>, board: string): number {
  return [...totals].filter(([key]) => key.startsWith(`${board} `)).reduce((sum, [, count]) => sum + count, 0);
}

/** A sink that keeps what it is told: totals only grow. */
export class Shown {
  readonly totals = new Map<string, number>();

  async put(counts: readonly HourlyCount[]) {
    for (const { endpoint, hour, count } of counts) {
      const key = `${endpoint} ${hour}`;
      this.totals.set(key, Math.max(count, this.totals.get(key) ?? 0));
    }
    return { refused: [], failed: [] };
  }
}
