import { describe, expect, test } from '@jest/globals';
import type { SeriesAnswer } from '../../../../cloud/dashboard/answer.ts';
import { scaleTop } from '../../../../cloud/dashboard/browser/axes.ts';
import { formatHash, parseHash } from '../../../../cloud/dashboard/browser/choice.ts';
import { figuresOf } from '../../../../cloud/dashboard/browser/figures.ts';
import { layersOf, stacked } from '../../../../cloud/dashboard/browser/layers.ts';
import { timesOf } from '../../../../cloud/dashboard/browser/times.ts';

const ANSWER: SeriesAnswer = {
  range: '24h',
  endpoint: null,
  hours: ['2026-03-12 14:00:00', '2026-03-12 15:00:00'],
  total: [7, 4],
  series: [
    { endpoint: 'a', counts: [4, 3] },
    { endpoint: 'b', counts: [1, 0] },
  ],
  others: { boards: 2, counts: [2, 1] },
  cursor: 1,
  freshInMs: 0,
};

describe('the choice in the address', () => {
  test.each([
    [{ range: '24h', endpoint: undefined }, ''],
    [{ range: '7d', endpoint: undefined }, '#range=7d'],
    [{ range: '24h', endpoint: 'a&range=30d#+ ü' }, '#endpoint=a%26range%3D30d%23%2B+%C3%BC'],
  ] as const)('%j is %p, both ways', (choice, hash) => {
    expect(formatHash(choice)).toBe(hash);
    expect(parseHash(hash)).toEqual(choice);
  });

  test('nonsense is as if it were not there', () => {
    expect(parseHash('#range=constructor&x=1')).toEqual({ range: '24h', endpoint: undefined });
  });
});

describe('layers', () => {
  test('stack to the total', () => {
    expect(stacked(layersOf(ANSWER))).toEqual([[4, 3], [5, 3], ANSWER.total]);
  });

  test('others are named by their number and have their own colour', () => {
    expect(layersOf(ANSWER).map(({ name, colour }) => [name, colour])).toEqual([
      ['a', '--board-1'],
      ['b', '--board-2'],
      ['2 other boards', '--others'],
    ]);
  });
});

test('figures: all of the range, the present hour, the first busiest hour', () => {
  const peak = { hour: ANSWER.hours[0], count: 7 };
  expect(figuresOf(ANSWER)).toEqual({ rangeTotal: 11, thisHour: 4, peak });
  expect(figuresOf({ ...ANSWER, total: [0, 0] }).peak).toBeUndefined();
});

test.each([
  [null, 4],
  [0, 4],
  [100, 106],
])('the scale for bars up to %p ends at %p', (highest, top) => {
  expect(scaleTop(highest)).toBe(top);
});

describe('times', () => {
  const summer = Date.UTC(2026, 6, 1);

  test.each([
    ['Europe/London', 'Wed 1 Jul, 14:00 – 15:00', 'Europe/London (UTC+1)'],
    ['Australia/Adelaide', 'Wed 1 Jul, 22:30 – 23:30', 'Australia/Adelaide (UTC+9:30)'],
    ['UTC', 'Wed 1 Jul, 13:00 – 14:00', 'UTC'],
  ])('an hour of the server in %s is %s', (zone, hour, name) => {
    const times = timesOf(summer, 'en-GB', zone);
    expect([times.hour('2026-07-01 13:00:00'), times.zone]).toEqual([hour, name]);
    expect(times.utc('2026-07-01 13:00:00')).toBe('13:00');
  });

  test('a day starts at local midnight', () => {
    const times = timesOf(summer, 'en-GB', 'America/New_York');
    const starts = Array.from({ length: 24 }, (_, hour) => summer + hour * 3_600_000).filter(times.startsDay);
    expect(starts).toEqual([summer + 4 * 3_600_000]);
  });
});
