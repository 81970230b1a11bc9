/**
 * What every store must do, whatever it is built on. A store's own test file is one call:
 *
 *   storeConformance('local', openLocal);
 *
 * The counting rules themselves are tested where they are written (test/cloud/ingest); here: that they are applied
 * atomically, once, and survive what a store meets.
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CounterEvent, EndpointEvents } from '../../cloud/ingest/events.ts';
import type { HourlyCount, Store } from '../../cloud/ingest/store.ts';

export interface StoreUnderTest {
  /** One more connection to the same data, as another process would have. */
  open(): Promise<Store>;
  /** A store of its own, empty. */
  openEmpty(): Promise<Store>;
  /** Makes the data refuse writes for a while (throttled, locked); resolves when that has begun. */
  throttle(ms: number): Promise<void>;
  dispose(): Promise<void>;
}

/** Room for what is set aside: the suite fills it. */
export const MAX_ASIDE = 20_000;

const HOUR = Date.UTC(2026, 2, 1, 12);
const NOON = '2026-03-01 12:00:00';

export function storeConformance(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(`store conformance: ${name}`, () => {
    let under: StoreUnderTest;
    let store: Store;
    const opened: Store[] = [];
    const open = async (): Promise<Store> => {
      const another = await under.open();
      opened.push(another);
      return another;
    };

    beforeEach(async () => {
      under = await start();
      store = await open();
    });
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close();
      await under.dispose();
    });

    test('counts the presses between two values, under their hour', async () => {
      await store.apply([body('b1', 'board', registration(), value(2))]);
      expect(await store.apply([body('b2', 'board', value(5))])).toEqual({ presses: 3, stale: 0 });
      expect(await hours(store)).toEqual([{ endpoint: 'board', hour: NOON, count: 5 }]);
    });

    test('keeps endpoints apart', async () => {
      await store.apply([body('b', 'one', registration(), value(1)), body('b', 'two', registration(), value(7))]);
      expect(await hours(store)).toEqual([
        { endpoint: 'one', hour: NOON, count: 1 },
        { endpoint: 'two', hour: NOON, count: 7 },
      ]);
    });

    test('reads hours in order of time, then of names by their code points', async () => {
      const names = ['b', '\u{fffd}', '📟', 'a', '\u{e000}'];
      for (const name of names) await store.apply([body(`b-${name}`, name, registration(), value(1))]);
      expect((await hours(store)).map(({ endpoint }) => endpoint)).toEqual(['a', 'b', '\u{e000}', '\u{fffd}', '📟']);
    });

    test('one endpoint twice in a batch counts in order', async () => {
      await store.apply([body('b1', 'board', registration(), value(2)), body('b2', 'board', value(3))]);
      expect(await presses(store)).toBe(3);
    });

    test('a batch delivered again adds nothing, and says so', async () => {
      const batch = [body('b', 'board', registration(), value(1), value(2))];
      await store.apply(batch);
      expect(await store.apply(batch)).toEqual({ presses: 0, stale: 2 });
      expect(await presses(store)).toBe(2);
      expect(await collect(store.stale())).toEqual([{ endpoint: 'board', stale: 2 }]);
      expect(await collect(store.stale('board'))).toEqual([{ endpoint: 'board', stale: 2 }]);
      expect(await collect(store.stale('other'))).toEqual([]);
    });

    test('a copy after later values adds nothing', async () => {
      const [first, second] = [body('b1', 'board', at(1, 3)), body('b2', 'board', at(1, 9))];
      await store.apply([first]);
      await store.apply([second]);
      await store.apply([first]);
      expect(await presses(store)).toBe(9);
    });

    test('two writers at once lose and double nothing', async () => {
      const other = await open();
      const rounds = Array.from({ length: 50 }, (_, index) => index + 1);
      for (const round of rounds) {
        const batch = [body(`b${round}`, 'board', at(1, round)), body(`b${round}`, `board-${round}`, at(1, 1))];
        await Promise.all([store.apply(batch), other.apply(batch)]);
      }
      expect(await presses(store, 'board')).toBe(50);
      expect(await presses(other)).toBe(100);
    });

    test('many calls at once on one connection: none fails, nothing is lost or doubled', async () => {
      // So many that a store may count them together.
      const boards = Array.from({ length: 20 }, (_, index) => `board-${index}`);
      for (const round of [1, 2]) {
        const calls = Array.from({ length: 12 }, (_, index) => {
          const counter = (round - 1) * 12 + index + 1;
          return store.apply(boards.map((board) => body(`b${counter}`, board, at(1, counter))));
        });
        await Promise.all(calls);
        for (const board of boards) expect(await presses(store, board)).toBe(round * 12);
      }
    });

    test('a crash between write and answer: the batch comes again to a new process', async () => {
      const batch = [body('b', 'board', registration(), value(4))];
      await store.apply(batch);
      await store.close();
      expect(await (await open()).apply(batch)).toEqual({ presses: 0, stale: 1 });
    });

    test('what was written is there for a process that starts later', async () => {
      await store.apply([body('b1', 'board', at(1, 4))]);
      await store.close();
      const later = await open();
      await later.apply([body('b2', 'board', at(1, 6))]);
      expect(await presses(later)).toBe(6);
    });

    test('a reboot counts the new boot whole, with and without `boot`', async () => {
      await store.apply([body('b1', 'told', at(1, 100)), body('b1', 'not told', registration(), value(100))]);
      await store.apply([body('b2', 'told', at(2, 3)), body('b2', 'not told', registration(), value(3))]);
      expect(await presses(store, 'told')).toBe(103);
      expect(await presses(store, 'not told')).toBe(103);
    });

    test('the counter wraps after 65,535', async () => {
      await store.apply([body('b1', 'board', registration(), value(65_530))]);
      await store.apply([body('b2', 'board', value(65_535), value(0), value(4))]);
      expect(await presses(store)).toBe(65_540);
    });

    test('a registration without a reboot adds nothing', async () => {
      await store.apply([body('b1', 'board', registration(), value(8))]);
      await store.apply([body('b2', 'board', registration(), value(8))]);
      await store.apply([body('b3', 'board', value(9))]);
      expect(await presses(store)).toBe(9);
    });

    test('throttled for a while, it waits and counts', async () => {
      await under.throttle(300);
      await store.apply([body('b', 'board', registration(), value(2))]);
      expect(await presses(store)).toBe(2);
    });

    test('a batch of 10,000 events, of one endpoint and of 10,000', async () => {
      const values = Array.from({ length: 10_000 }, (_, index) => value(index + 1));
      await store.apply([body('b1', 'busy', registration(), ...values)]);
      const fleet = values.map((_, index) => body('b2', `board-${index}`, registration(), value(1)));
      await store.apply(fleet);
      expect(await presses(store, 'busy')).toBe(10_000);
      expect(await presses(store)).toBe(20_000);
      expect(await store.totals()).toMatchObject({ endpoints: 10_001, presses: 20_000, stale: 0 });
    });

    test('hourly: by hour, then endpoint; from the hour that holds `from` to before `to`', async () => {
      for (const hour of [0, 1, 2, 3]) {
        const receivedAt = HOUR + hour * 3_600_000 + 1;
        await store.apply([
          { ...body(`b${hour}`, 'b', at(1, hour + 1)), receivedAt },
          { ...body(`b${hour}`, 'a', at(1, hour + 1)), receivedAt },
        ]);
      }
      const query = { from: new Date(HOUR + 3_600_000 + 5), to: new Date(HOUR + 3 * 3_600_000) };
      expect(await collect(store.hourly(query))).toEqual([
        { endpoint: 'a', hour: '2026-03-01 13:00:00', count: 1 },
        { endpoint: 'b', hour: '2026-03-01 13:00:00', count: 1 },
        { endpoint: 'a', hour: '2026-03-01 14:00:00', count: 1 },
        { endpoint: 'b', hour: '2026-03-01 14:00:00', count: 1 },
      ]);
      expect(await collect(store.hourly({ ...query, endpoint: 'b' }))).toEqual([
        { endpoint: 'b', hour: '2026-03-01 13:00:00', count: 1 },
        { endpoint: 'b', hour: '2026-03-01 14:00:00', count: 1 },
      ]);
    });

    test('an event counts in the hour of its timestamp, else of its receipt', async () => {
      const old = HOUR - 5 * 3_600_000;
      await store.apply([
        body('b', 'stamped', { kind: 'value', value: 2, boot: 1, timestamp: old }),
        body('b', 'bare', at(1, 3)),
      ]);
      expect(await hours(store)).toEqual([
        { endpoint: 'stamped', hour: '2026-03-01 07:00:00', count: 2 },
        { endpoint: 'bare', hour: NOON, count: 3 },
      ]);
    });

    test('endpoint names are data: quotes, wildcards and other scripts', async () => {
      const names = [`'; DROP TABLE hourly; --`, '%', '_', '日本語', 'a/b', '..', '<b>'];
      await store.apply(names.map((endpoint) => body('b', endpoint, at(1, 1))));
      for (const name of names) expect(await presses(store, name)).toBe(1);
      expect((await hours(store)).map(({ endpoint }) => endpoint).sort()).toEqual([...names].sort());
    });

    test('keeps what is set aside, once, until it is dropped', async () => {
      const item = { key: 'k1', receivedAt: HOUR, reason: 'not JSON', body: new Uint8Array([0, 255, 10]) };
      await store.setAside([item]);
      await store.setAside([item, { ...item, key: 'k2' }]);
      expect(await collect(store.aside())).toEqual([item, { ...item, key: 'k2' }]);
      const usage = await store.asideUsage();
      expect(usage).toMatchObject({ setAside: 2 });
      expect(usage.setAsideBytes).toBeGreaterThanOrEqual(6);
      expect(await store.totals()).toMatchObject(usage);
      await store.dropAside(['k1', 'unknown']);
      expect((await collect(store.aside())).map(({ key }) => key)).toEqual(['k2']);
      expect(await store.totals()).toMatchObject({ setAside: 1 });
    });

    test('what is set aside is bounded: beyond it nothing of the call is kept', async () => {
      const item = (key: string, bytes: number) => {
        return { key, receivedAt: HOUR, reason: 'x', body: new Uint8Array(bytes) };
      };
      await store.setAside([item('k1', MAX_ASIDE / 2)]);
      const tooMuch = store.setAside([item('k2', 10), item('k3', MAX_ASIDE / 2)]);
      await expect(tooMuch).rejects.toMatchObject({ code: 'ASIDE_FULL' });
      expect((await collect(store.aside())).map(({ key }) => key)).toEqual(['k1']);
      await store.dropAside(['k1']);
      await store.setAside([item('k4', MAX_ASIDE / 2)]);
    });

    test('export and import move state and hours together', async () => {
      await store.apply([body('b1', 'board', registration(), value(500)), body('b1', 'other', at(1, 3))]);
      const copy = await under.openEmpty();
      try {
        await copy.import(store.export());
        expect(await hours(copy)).toEqual(await hours(store));
        await copy.apply([body('b2', 'board', value(501))]);
        expect(await presses(copy, 'board')).toBe(501);
        expect(await copy.totals()).toMatchObject({ endpoints: 2, presses: 504 });
        await expect(copy.import(store.export())).rejects.toMatchObject({ code: 'STORE_SCHEMA' });
      } finally {
        await copy.close();
      }
    });

    describe('an endpoint whole', () => {
      const LATER = '2026-03-01 13:00:00';
      const later = (one: EndpointEvents): EndpointEvents => ({ ...one, receivedAt: one.receivedAt + 3_600_000 });

      test('all are named, and read with state and hours', async () => {
        await store.apply([body('b1', 'board', registration(), value(5)), body('b1', 'a/b', at(1, 1))]);
        await store.apply([later(body('b2', 'board', value(7)))]);
        expect((await collect(store.endpoints())).sort()).toEqual(['a/b', 'board']);
        expect(await store.read('board')).toEqual({
          state: expect.objectContaining({ endpoint: 'board', boots: [{ boot: null, last: 7 }], body: 'b2' }),
          hours: [
            { endpoint: 'board', hour: NOON, count: 5 },
            { endpoint: 'board', hour: LATER, count: 2 },
          ],
        });
        expect(await store.read('other')).toBeUndefined();
      });

      test('put into another store it goes on there, and putting it again changes nothing', async () => {
        await store.apply([body('b1', 'board', registration(), value(500))]);
        await store.apply([later(body('b2', 'board', value(503)))]);
        const copy = (await store.read('board'))!;
        const other = await under.openEmpty();
        try {
          expect(await other.replace(copy, undefined)).toBe(true);
          expect(await other.replace(copy, copy.state)).toBe(true);
          expect(await other.read('board')).toEqual(copy);
          await other.apply([later(body('b2', 'board', value(503)))]);
          await other.apply([later(body('b3', 'board', value(504)))]);
          expect(await presses(other)).toBe(504);
          expect(await other.totals()).toMatchObject({ endpoints: 1, presses: 504 });
          expect(await collect(other.endpoints())).toEqual(['board']);
        } finally {
          await other.close();
        }
      });

      test('what is there is replaced whole: hours that the copy lacks are gone', async () => {
        await store.apply([body('b1', 'board', at(1, 4)), body('b1', 'beside', at(1, 2))]);
        await store.apply([later(body('b2', 'board', at(1, 9)))]);
        const { state } = (await store.read('board'))!;
        const copy = {
          state: { ...state, boots: [{ boot: 7, last: 3 }], stale: 2 },
          hours: [{ endpoint: 'board', hour: '2026-02-28 01:00:00', count: 3 }],
        };
        expect(await store.replace(copy, state)).toBe(true);
        expect(await store.read('board')).toEqual(copy);
        expect(await store.totals()).toMatchObject({ endpoints: 2, presses: 5, stale: 2 });
        await store.apply([body('b3', 'board', at(7, 5))]);
        expect(await presses(store, 'board')).toBe(5);
        expect(await presses(store, 'beside')).toBe(2);
      });

      test('it is refused when another state is there than was expected, and nothing changes', async () => {
        await store.apply([body('b1', 'board', at(1, 4))]);
        const copy = (await store.read('board'))!;
        await store.apply([body('b2', 'board', at(1, 5))]);
        const there = await store.read('board');
        expect(await store.replace(copy, copy.state)).toBe(false);
        expect(await store.replace(copy, undefined)).toBe(false);
        expect(await store.read('board')).toEqual(there);
        expect(await store.replace({ ...copy, state: { ...copy.state, endpoint: 'new' } }, copy.state)).toBe(false);
        expect(await store.read('new')).toBeUndefined();
      });

      test('with more hours than a transaction takes', async () => {
        await store.apply([body('b1', 'board', at(1, 1))]);
        const { state } = (await store.read('board'))!;
        const hours = Array.from({ length: 700 }, (_, index) => {
          const hour = new Date(HOUR - index * 3_600_000).toISOString().slice(0, 13).replace('T', ' ');
          return { endpoint: 'board', hour: `${hour}:00:00`, count: index + 1 };
        }).reverse();
        expect(await store.replace({ state, hours }, state)).toBe(true);
        expect(await store.read('board')).toEqual({ state, hours });
        const few = { state: { ...state, stale: 1 }, hours: hours.slice(0, 1) };
        expect(await store.replace(few, state)).toBe(true);
        expect(await store.read('board')).toEqual(few);
      });
    });

    test('a closed store rejects, it does not pretend', async () => {
      await store.close();
      await expect(store.apply([body('b', 'board', value(1))])).rejects.toMatchObject({ code: 'STORE_DOWN' });
    });
  });
}

function body(hash: string, endpoint: string, ...events: CounterEvent[]): EndpointEvents {
  return { endpoint, body: hash, receivedAt: HOUR + 1, events };
}

function registration(): CounterEvent {
  return { kind: 'registration' };
}

function value(counter: number): CounterEvent {
  return { kind: 'value', value: counter };
}

/** A value of a boot. */
function at(boot: number, counter: number): CounterEvent {
  return { kind: 'value', boot, value: counter };
}

const EVER = { from: new Date(0), to: new Date(Date.UTC(2100, 0, 1)) };

function hours(store: Store): Promise<HourlyCount[]> {
  return collect(store.hourly(EVER));
}

async function presses(store: Store, endpoint?: string): Promise<number> {
  const counts = await collect(store.hourly(endpoint === undefined ? EVER : { ...EVER, endpoint }));
  return counts.reduce((sum, { count }) => sum + count, 0);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
