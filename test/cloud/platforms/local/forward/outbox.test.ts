/** What is told to a sink after what: nothing that changed is ever forgotten, whatever fails, ends or starts again. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Outbox } from '../../../../../cloud/ingest/outbox.ts';
import type { HourlyCount } from '../../../../../cloud/ingest/store.ts';
import { sweep } from '../../../../../cloud/ingest/sweep.ts';
import { feedOutbox } from '../../../../../cloud/platforms/local/forward/feed-outbox.ts';
import { FORWARD_FILE, ForwardFile } from '../../../../../cloud/platforms/local/forward/file.ts';
import { readingOutbox } from '../../../../../cloud/platforms/local/forward/reading-outbox.ts';
import { toldIn } from '../../../../../cloud/platforms/local/forward/told.ts';
import { type LocalStore, openLocalStore } from '../../../../../cloud/platforms/local/store.ts';

let dir: string;
let store: LocalStore;
let file: ForwardFile;
let now = Date.UTC(2026, 2, 1, 12);
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-outbox-'));
  store = openLocalStore({ dir, create: true, maxAside: 1_000 });
  file = ForwardFile.open(dir)!;
});
afterEach(async () => {
  file.close();
  await store.close();
  await rm(dir, { recursive: true });
});

let bodies = 0;
async function press(endpoint: string, value: number, receivedAt = now): Promise<void> {
  bodies += 1;
  const events = [{ kind: 'value', boot: 1, value } as const];
  await store.apply([{ endpoint, body: `body-${bodies}`, receivedAt, events }]);
}

/** A sink that keeps what it is told, and fails for the boards that it is told to fail for. */
class Shown {
  readonly totals = new Map<string, number>();
  calls = 0;
  fails: (count: HourlyCount) => boolean = () => false;

  async put(counts: readonly HourlyCount[]) {
    this.calls += 1;
    const failed = counts.filter(this.fails);
    for (const count of counts) {
      if (!failed.includes(count)) this.totals.set(`${count.endpoint} ${count.hour}`, count.count);
    }
    return { refused: [], failed };
  }
}

async function stored(): Promise<Map<string, number>> {
  const totals = new Map<string, number>();
  for await (const { endpoint, hour, count } of store.hourly({ from: new Date(0), to: new Date(Date.UTC(2100, 0)) })) {
    totals.set(`${endpoint} ${hour}`, count);
  }
  return totals;
}

const kinds: readonly (readonly [string, () => Outbox])[] = [
  ['of a feed', () => feedOutbox(store, file, 'somewhere')],
  ['of reading', () => readingOutbox({ store, file, sink: 'somewhere', now: () => now })],
];

describe.each(kinds)('an outbox %s', (_kind, open) => {
  test('has each changed hour once, with its total, until it is confirmed', async () => {
    await press('a', 2);
    await press('b', 1);
    await press('a', 5);
    const outbox = open();
    const pending = await outbox.pending(10);
    expect(pending.map(({ count }) => [count.endpoint, count.count]).sort()).toEqual([
      ['a', 5],
      ['b', 1],
    ]);
    expect(await outbox.pending(10)).toHaveLength(2);
    await outbox.confirm(pending);
    expect(await outbox.pending(10)).toEqual([]);
  });

  test('an hour that changed between reading and confirming stays pending', async () => {
    await press('a', 2);
    const outbox = open();
    const pending = await outbox.pending(10);
    await press('a', 3);
    await outbox.confirm(pending);
    expect((await outbox.pending(10)).map(({ count }) => count.count)).toEqual([3]);
  });

  test('what is not confirmed stays, what was confirmed around it does not, also beyond the limit', async () => {
    for (const board of ['a', 'b', 'c', 'd']) await press(board, 1);
    const outbox = open();
    const pending = await outbox.pending(2);
    await outbox.confirm(pending.slice(1));
    const left = (await outbox.pending(10)).map(({ count }) => count.endpoint);
    expect(left).toEqual(['a', 'c', 'd']);
    expect((await outbox.pending(1)).map(({ count }) => count.endpoint)).toEqual(['a']);
  });

  test('another sink is told everything', async () => {
    await press('a', 1);
    const outbox = open();
    await outbox.confirm(await outbox.pending(10));
    expect(await feedOutbox(store, file, 'elsewhere').pending(10)).toHaveLength(1);
  });

  test('whatever fails, restarts and comes between, all totals are shown at the end', async () => {
    const step = fc.oneof(
      fc.record({ press: fc.constantFrom('a', 'b', 'c', 'd'), hour: fc.integer({ min: 0, max: 3 }) }),
      fc.constant('restart' as const),
      fc.record({ failing: fc.subarray(['a', 'b', 'c', 'd']), batch: fc.integer({ min: 1, max: 3 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const shown = new Shown();
        bodies += 1;
        const sink = `sink-${bodies}`;
        const reopen = (): Outbox =>
          _kind === 'of a feed' ? feedOutbox(store, file, sink) : readingOutbox({ store, file, sink, now: () => now });
        let outbox = reopen();
        for (const one of steps) {
          if (one === 'restart') outbox = reopen();
          else if ('press' in one) {
            const value = ((values.get(one.press) ?? 0) + 1) % 65_536;
            values.set(one.press, value);
            await press(one.press, value, now - one.hour * 3_600_000);
          } else {
            shown.fails = ({ endpoint }) => one.failing.includes(endpoint);
            await sweep(outbox, shown, { batch: one.batch });
          }
        }
        shown.fails = () => false;
        now += 24 * 3_600_000;
        expect(await sweep(reopen(), shown)).toMatchObject({ failed: 0, isEmpty: true });
        expect(shown.totals).toEqual(await stored());
      }),
      { numRuns: 25, interruptAfterTimeLimit: 10_000 },
    );
  });
});

const values = new Map<string, number>();

test('a number kept from a store that was put back: everything is told again', async () => {
  for (const value of [1, 2, 3]) await press('a', value);
  const outbox = feedOutbox(store, file, 'somewhere');
  await outbox.confirm(await outbox.pending(10));
  const fresh = openLocalStore({ dir: join(dir, 'fresh'), create: true, maxAside: 1_000 });
  const events = [{ kind: 'value', boot: 1, value: 1 } as const];
  await fresh.apply([{ endpoint: 'b', body: 'x', receivedAt: now, events }]);
  expect(await feedOutbox(fresh, file, 'somewhere').pending(10)).toHaveLength(1);
  await fresh.close();
});

test('reading: what is late is told when its hours are read again, those of a day sooner than older ones', async () => {
  const outbox = readingOutbox({ store, file, sink: 'somewhere', now: () => now });
  const names = async () => (await outbox.pending(10)).map(({ count }) => count.endpoint).sort();
  expect(await names()).toEqual([]);
  await press('old', 1, now - 48 * 3_600_000);
  await press('late', 1, now - 3 * 3_600_000);
  await press('just', 1, now - 3_599_000);
  expect(await names()).toEqual(['just']);
  now += 15 * 60_000;
  expect(await names()).toEqual(['just', 'late']);
  now += 24 * 3_600_000;
  expect(await names()).toEqual(['just', 'late', 'old']);
});

test('reading: what a sink that is down did not take is told again, and only the newest hours are read meanwhile', async () => {
  const spans: number[] = [];
  const reading: Pick<LocalStore, 'hourly'> = {
    hourly: (query) => {
      spans.push(now - query.from.getTime());
      return store.hourly(query);
    },
  };
  const outbox = readingOutbox({ store: reading, file, sink: 'somewhere', now: () => now });
  await press('old', 1, now - 48 * 3_600_000);
  for (let minutes = 0; minutes < 10; minutes += 1) {
    expect((await outbox.pending(10)).map(({ count }) => count.count)).toEqual([1]);
    await outbox.confirm([]);
    now += 60_000;
  }
  expect(spans.slice(1).every((backMs) => backMs === 3_600_000)).toBe(true);
  await press('new', 1);
  expect((await outbox.pending(1)).map(({ count }) => count.endpoint)).toEqual(['old']);
  expect(spans).toHaveLength(10);
  const pending = await outbox.pending(10);
  await press('new', 2);
  await outbox.confirm(pending);
  expect((await outbox.pending(10)).map(({ count }) => [count.endpoint, count.count])).toEqual([['new', 2]]);
});

test('the file is private, and one process has it', async () => {
  expect((await stat(join(dir, FORWARD_FILE))).mode & 0o777).toBe(0o600);
  expect(ForwardFile.open(dir)).toBeUndefined();
  file.close();
  const again = ForwardFile.open(dir);
  expect(again).toBeDefined();
  again?.close();
});

test('a folder that cannot be made is told', () => {
  expect(() => ForwardFile.open('/proc/none')).toThrow(expect.objectContaining({ code: 'FILE' }));
});

test('what a sink was told is there after a restart, of each sink apart', async () => {
  const hour = '2026-03-01 12:00:00';
  await toldIn(file, 'one').write([{ endpoint: 'a', sum: 7, at: 5, hours: new Map([[hour, 4]]) }]);
  file.close();
  file = ForwardFile.open(dir)!;
  const wanted = new Map([
    ['a', [hour, '2026-03-01 13:00:00']],
    ['b', [hour]],
  ]);
  const told = await toldIn(file, 'one').read(wanted);
  expect(told.get('a')).toEqual({ endpoint: 'a', sum: 7, at: 5, hours: new Map([[hour, 4]]) });
  expect(told.get('b')).toEqual({ endpoint: 'b', sum: 0, at: 0, hours: new Map() });
  expect((await toldIn(file, 'other').read(wanted)).get('a')).toMatchObject({ sum: 0 });
});
