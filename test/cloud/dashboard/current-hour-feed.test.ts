import { expect, test } from '@jest/globals';
import { currentHourFeed } from '../../../cloud/dashboard/current-hour-feed.ts';
import { hoursBack, MemoryHours } from './memory-hours.ts';

const NOW = Date.UTC(2026, 2, 12, 15, 41);
const PRESENT = hoursBack(NOW, 0);

test('tells what differs from the last reading, once', async () => {
  const hours = new MemoryHours();
  hours.set('a', PRESENT, 1);
  const feed = currentHourFeed(hours, () => NOW);
  const start = await feed.now();
  hours.set('a', PRESENT, 2);
  hours.set('b', hoursBack(NOW, 1), 3);
  hours.set('old', hoursBack(NOW, 2), 4);
  const { counts, cursor } = await feed.changes(start, 10);
  expect(counts.map(({ endpoint, count }) => [endpoint, count]).sort()).toEqual([
    ['a', 2],
    ['b', 3],
  ]);
  expect(await feed.changes(cursor, 10)).toEqual({ counts: [], cursor });
});

test('many changes come in pages, none twice and none left out', async () => {
  const hours = new MemoryHours();
  const feed = currentHourFeed(hours, () => NOW);
  let cursor = await feed.now();
  for (let board = 0; board < 5; board++) hours.set(`board-${board}`, PRESENT, 1);
  const told: string[] = [];
  for (let page = 0; page < 3; page++) {
    const changes = await feed.changes(cursor, 2);
    told.push(...changes.counts.map(({ endpoint }) => endpoint));
    cursor = changes.cursor;
  }
  expect(told.sort()).toEqual(['board-0', 'board-1', 'board-2', 'board-3', 'board-4']);
});

test('cursors of an earlier process are behind', async () => {
  const hours = new MemoryHours();
  hours.set('a', PRESENT, 1);
  const earlier = await currentHourFeed(hours, () => NOW).now();
  const { counts } = await currentHourFeed(hours, () => NOW + 60_000).changes(earlier, 10);
  expect(counts).toHaveLength(1);
});
