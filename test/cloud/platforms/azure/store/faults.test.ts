/** What a network, a busy service and other writers do to the store on Table storage, and to its outbox: nothing lost, doubled or untold. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sweep } from '../../../../../cloud/ingest/sweep.ts';
import { keyOf, markRow } from '../../../../../cloud/platforms/azure/store/keys.ts';
import {
  body,
  type FedStoreUnderTest,
  fedStoreConformance,
  persistently,
  Shown,
  stored,
} from '../../../../conformance/fed-store.ts';
import { azuriteWanted, type TestTable, testTable } from '../azurite-here.ts';
import type { Fate } from '../http-proxy.ts';

const NOON = Date.UTC(2026, 2, 1, 12);
/** The rest passes. */
const FATES: readonly Fate[] = ['throttle', 'fail', 'cut', 'lost', 'late'];
const CHANCES = 24;

(azuriteWanted ? describe : describe.skip)('on Azurite', () => {
  fedStoreConformance('table', async (): Promise<FedStoreUnderTest> => {
    const table = await testTable();
    return {
      open: (patienceMs) => table.open({ deadline: () => Date.now() + patienceMs }),
      disturb: (random) => {
        table.proxy.decide = () => FATES[Math.floor(random() * CHANCES)] ?? 'pass';
      },
      calm: () => {
        table.proxy.decide = () => 'pass';
      },
      dispose: () => table.close(),
    };
  });

  async function withTable(work: (table: TestTable) => Promise<void>): Promise<void> {
    const table = await testTable();
    try {
      await work(table);
    } finally {
      await table.close();
    }
  }

  test.each(FATES)('every third request: %s; exact all the same', (fate) =>
    withTable(async (table) => {
      const store = table.open();
      let requests = 0;
      table.proxy.decide = () => {
        requests += 1;
        return requests % 3 === 0 ? fate : 'pass';
      };
      for (const value of [1, 3, 4, 7, 9]) await persistently(store, [body('a', value), body('b', value)]);
      table.proxy.decide = () => 'pass';
      expect([...(await stored(store)).values()]).toEqual([9, 9]);
    }),
  );

  test('bodies that nothing tells apart, counted together, are counted once when the answer was wrong', () =>
    withTable(async (table) => {
      const store = table.open();
      await store.apply([body('board', 1)]);
      const rebooted = (name: string, value: number) => ({
        ...{ endpoint: 'board', body: name, receivedAt: NOON },
        events: [{ kind: 'registration' }, { kind: 'value', value }] as const,
      });
      let counts = 0;
      table.proxy.decide = (request) => (request.includes('$batch') && ++counts === 1 ? 'late' : 'pass');
      expect(await store.apply([rebooted('b1', 7), rebooted('b2', 3)])).toMatchObject({ presses: 9 });
      expect(counts).toBe(2);
      expect([...(await stored(store)).values()]).toEqual([10]);
    }));

  test('no permission is told at once, with what to check', () =>
    withTable(async (table) => {
      table.proxy.decide = () => 'denied';
      const before = performance.now();
      await expect(table.open().apply([body('a', 1)])).rejects.toMatchObject({
        code: 'STORE_DOWN',
        fix: expect.stringMatching(/credentials/),
      });
      expect(performance.now() - before).toBeLessThan(15_000);
    }));

  test('a table that is gone is told, whatever is asked of it', () =>
    withTable(async (table) => {
      const store = table.open({ deadline: () => Date.now() + 5_000 });
      await store.apply([body('a', 1)]);
      await table.drop();
      const down = { code: 'STORE_DOWN' };
      await expect(table.open({ deadline: () => Date.now() + 5_000 }).apply([body('b', 1)])).rejects.toMatchObject(
        down,
      );
      const series = { endpoint: 'a', sum: 1, at: 1, hours: new Map([['2026-03-01 12:00:00', 1]]) };
      await expect(store.told().write([series])).rejects.toMatchObject(down);
      await expect(store.outbox().pending(10)).rejects.toMatchObject(down);
    }));

  test('a service that stays down is given up within the deadline', () =>
    withTable(async (table) => {
      table.proxy.decide = () => 'fail';
      const before = performance.now();
      const store = table.open({ deadline: () => Date.now() + 500 });
      await expect(store.apply([body('a', 1)])).rejects.toMatchObject({ code: 'STORE_DOWN' });
      expect(performance.now() - before).toBeLessThan(15_000);
    }));

  test('no hour is counted that is not marked: whatever breaks off after the mark', () =>
    withTable(async (table) => {
      const store = table.open({ deadline: () => Date.now() + 300 });
      let batches = 0;
      // The list and the mark are written; the count is done, and its answer lost.
      table.proxy.decide = (request) => {
        if (!request.includes('$batch')) return 'pass';
        batches += 1;
        return batches === 3 ? 'lost' : 'pass';
      };
      await store.apply([body('a', 5)]).catch(() => undefined);
      table.proxy.decide = () => 'pass';
      const pending = await table.open().outbox().pending(10);
      expect(pending.map(({ count }) => count)).toEqual([{ endpoint: 'a', hour: '2026-03-01 12:00:00', count: 5 }]);
    }));

  test('a mark stays while a write may still be under way, and is told once; then it goes, unless the hour changed again', () =>
    withTable(async (table) => {
      const shown = new Shown();
      const young = table.open({ marks: { heldMs: 20_000, graceMs: 150_000 } });
      await young.apply([body('a', 5)]);
      const outbox = young.outbox();
      expect(await sweep(outbox, shown)).toMatchObject({ told: 1, isEmpty: true });
      expect(await sweep(outbox, shown)).toMatchObject({ told: 0, isEmpty: true });
      // Written after the look: the mark is the same.
      await young.apply([body('a', 6)]);
      expect(await sweep(outbox, shown)).toMatchObject({ told: 1 });
      expect(await sweep(young.outbox(), shown)).toMatchObject({ told: 1 });
      const old = table.open({ marks: { heldMs: 0, graceMs: -1 } });
      const last = old.outbox();
      expect(await sweep(last, shown)).toMatchObject({ told: 1, isEmpty: true });
      expect(await sweep(old.outbox(), shown)).toMatchObject({ told: 0, isEmpty: true });
      await old.apply([body('a', 7)]);
      expect(await sweep(last, shown)).toMatchObject({ told: 1 });
    }));

  test('a mark that was made again while it was told is not deleted', () =>
    withTable(async (table) => {
      const store = table.open({ marks: { heldMs: 0, graceMs: -1 } });
      await store.apply([body('a', 5)]);
      const outbox = store.outbox();
      const pending = await outbox.pending(10);
      await store.apply([body('a', 6)]);
      await outbox.confirm(pending);
      expect((await outbox.pending(10)).map(({ count }) => count.count)).toEqual([6]);
    }));

  test('a look costs what changed, not what is stored', () =>
    withTable(async (table) => {
      const store = table.open({ deadline: () => Date.now() + 60_000, marks: { heldMs: 0, graceMs: -1 } });
      const events = Array.from({ length: 1_000 }, (_, index) => {
        return { kind: 'value', boot: 1, value: index + 1, timestamp: NOON - index * 3_600_000 } as const;
      });
      await store.apply([{ endpoint: 'a', body: 'many', receivedAt: NOON, events }]);
      const [shown, outbox] = [new Shown(), store.outbox()];
      await sweep(outbox, shown);
      await sweep(outbox, shown);
      expect(shown.totals.size).toBe(1_000);
      await store.apply([body('a', 1_001), body('b', 3)]);
      const before = table.proxy.seen.length;
      expect(await outbox.pending(10)).toHaveLength(2);
      // Two for the time, one for each partition of marks, one for each changed hour.
      expect(table.proxy.seen.length - before).toBeLessThanOrEqual(2 + 16 + 2);
    }));
});

test('keys hold what Table storage allows, and are each of one name alone', () => {
  const name = fc.string({
    unit: fc.oneof(
      fc.constantFrom('/', '\\', '#', '?', '%', '~', '!', "'"),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
    minLength: 1,
    maxLength: 256,
  });
  fc.assert(
    fc.property(name, name, (one, other) => {
      const key = keyOf(one);
      expect(key).not.toMatch(/[/\\#?%]|^!/);
      expect(markRow(key, '2026-03-01 12:00:00').length).toBeLessThanOrEqual(512);
      if (one !== other) expect(key).not.toBe(keyOf(other));
    }),
  );
  expect(keyOf('/'.repeat(256))).toMatch(/^~~[0-9a-f]{64}$/);
});
