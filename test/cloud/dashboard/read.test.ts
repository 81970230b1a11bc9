import { describe, expect, test } from '@jest/globals';
import { Reader } from '../../../cloud/dashboard/read.ts';
import type { HourlyCount } from '../../../cloud/ingest/store.ts';
import { StoreError } from '../../../cloud/protocol/errors.ts';
import { hoursBack, MemoryHours } from './memory-hours.ts';

const NOW = Date.UTC(2026, 2, 12, 15, 41);

/** A reader over `hours` whose every reading takes `ms` on its clock. */
function readerOf(hours: MemoryHours, ms = 0): { reader: Reader; pass(ms: number): void; move(ms: number): void } {
  let monotonic = 0;
  let now = NOW;
  const feed = {
    now: async (): Promise<number> => {
      monotonic += ms;
      return hours.now();
    },
  };
  return {
    reader: new Reader({ hours, feed, now: () => now, monotonic: () => monotonic }),
    pass: (by) => (monotonic += by),
    move: (by) => (now += by),
  };
}

describe('series', () => {
  test('of one board has its counts alone, in the hours of the range', async () => {
    const hours = new MemoryHours();
    hours.set('a', hoursBack(NOW, 0), 5);
    hours.set('a', hoursBack(NOW, 23), 7);
    hours.set('a', hoursBack(NOW, 24), 100);
    hours.set('b', hoursBack(NOW, 0), 50);
    const answer = await readerOf(hours).reader.series('24h', 'a');
    expect(answer.hours).toHaveLength(24);
    expect(answer.hours[23]).toBe('2026-03-12 15:00:00');
    expect(answer.total).toEqual([7, ...Array(22).fill(0), 5]);
    expect(answer.series).toEqual([{ endpoint: 'a', counts: answer.total }]);
    expect(answer).toMatchObject({ endpoint: 'a', others: null, cursor: 4, freshInMs: 0 });
  });

  test('the cursor is older than the numbers, so that nothing is missed between them', async () => {
    const hours = new MemoryHours();
    hours.set('a', hoursBack(NOW, 0), 1);
    const feed = {
      now: async (): Promise<number> => {
        const cursor = await hours.now();
        hours.set('a', hoursBack(NOW, 0), 2);
        return cursor;
      },
    };
    const reader = new Reader({ hours, feed, now: () => NOW, monotonic: () => 0 });
    const { cursor, total } = await reader.series('24h', undefined);
    expect([cursor, total.at(-1)]).toEqual([1, 2]);
  });
});

describe('reading all boards', () => {
  test('serves everyone who asks meanwhile, and is kept as long as it was dear', async () => {
    const hours = new MemoryHours();
    const { reader, pass } = readerOf(hours, 100);
    const [first] = await Promise.all([reader.series('24h', undefined), reader.endpoints('24h', '')]);
    expect(hours.readings).toBe(1);
    expect(first.freshInMs).toBe(400);
    pass(399);
    await reader.series('24h', undefined);
    expect(hours.readings).toBe(1);
    pass(1);
    await reader.series('24h', undefined);
    expect(hours.readings).toBe(2);
  });

  test('is not kept into another hour, nor for another range', async () => {
    const hours = new MemoryHours();
    const { reader, move } = readerOf(hours, 100);
    await reader.series('24h', undefined);
    await reader.series('7d', undefined);
    move(3_600_000);
    const { hours: shown } = await reader.series('24h', undefined);
    expect([hours.readings, shown.at(-1)]).toEqual([3, '2026-03-12 16:00:00']);
  });

  test('a failure is told and not kept', async () => {
    const hours = new MemoryHours();
    const { reader } = readerOf(hours, 100);
    hours.down = true;
    await expect(reader.series('24h', undefined)).rejects.toThrow(StoreError);
    hours.down = false;
    await expect(reader.series('24h', undefined)).resolves.toBeDefined();
  });

  test('lets others have their turn, although the store never waits', async () => {
    const hourly = async function* (): AsyncGenerator<HourlyCount> {
      for (let row = 0; row < 50_000; row++)
        yield { endpoint: `board-${row % 100}`, hour: hoursBack(NOW, 0), count: 1 };
    };
    const reader = new Reader({ hours: { hourly }, feed: { now: async () => 1 }, now: () => NOW, monotonic: () => 0 });
    let turns = 0;
    const others = setInterval(() => turns++, 0);
    const { total } = await reader.series('24h', undefined);
    clearInterval(others);
    expect([total.at(-1), turns >= 3]).toEqual([50_000, true]);
  });
});
