import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hoursUntil, listBoards, Summarizer, type Summary } from '../../../cloud/dashboard/summary.ts';
import type { HourlyCount } from '../../../cloud/ingest/store.ts';

const HOURS = ['2026-03-11 22:00:00', '2026-03-11 23:00:00', '2026-03-12 00:00:00'];

function summaryOf(counts: readonly HourlyCount[], top?: number): Summary {
  const summarizer = new Summarizer(HOURS);
  for (const count of counts) summarizer.add(count);
  return summarizer.summary(top);
}

test('hoursUntil goes over midnight, without gaps, the present hour last', () => {
  expect(hoursUntil(Date.UTC(2026, 2, 12, 0, 59, 59, 999), 3)).toEqual(HOURS);
});

describe('Summarizer', () => {
  test('of nothing is zeros', () => {
    expect(summaryOf([])).toEqual({ hours: HOURS, total: [0, 0, 0], series: [], others: null, endpoints: [] });
  });

  test('ranks by presses, then by name, and adds the rest up', () => {
    const summary = summaryOf(
      [
        { endpoint: 'b', hour: HOURS[0]!, count: 2 },
        { endpoint: 'a', hour: HOURS[1]!, count: 2 },
        { endpoint: 'most', hour: HOURS[2]!, count: 9 },
        { endpoint: 'least', hour: HOURS[2]!, count: 1 },
        { endpoint: 'least', hour: '2026-03-12 01:00:00', count: 100 },
      ],
      2,
    );
    expect(summary.series).toEqual([
      { endpoint: 'most', counts: [0, 0, 9] },
      { endpoint: 'a', counts: [0, 2, 0] },
    ]);
    expect(summary.others).toEqual({ boards: 2, counts: [2, 0, 1] });
    expect(summary.total).toEqual([2, 2, 10]);
    expect(summary.endpoints.map(({ endpoint }) => endpoint)).toEqual(['most', 'a', 'b', 'least']);
  });

  test('loses no press and invents none, whatever comes', () => {
    const count = fc.record({
      endpoint: fc.string({ maxLength: 2 }),
      hour: fc.constantFrom(...HOURS, '1999-01-01 00:00:00'),
      count: fc.nat(70_000),
    });
    fc.assert(
      fc.property(fc.array(count, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), (counts, top) => {
        const { total, series, others, endpoints } = summaryOf(counts, top);
        const expected = HOURS.map((hour) =>
          sum(counts.filter((item) => item.hour === hour).map((item) => item.count)),
        );
        expect(total).toEqual(expected);
        const layers = [...series, ...(others === null ? [] : [others])];
        expect(HOURS.map((_, hour) => sum(layers.map((layer) => layer.counts[hour]!)))).toEqual(expected);
        expect(sum(endpoints.map((board) => board.total))).toBe(sum(expected));
        expect(series.length + (others?.boards ?? 0)).toBe(endpoints.length);
        expect(series.length).toBeLessThanOrEqual(top);
      }),
    );
  });
});

test('listBoards finds by part of the name, and says how many it left out', () => {
  const boards = ['Door-1', 'door-2', 'lab'].map((endpoint, index) => ({ endpoint, total: 9 - index }));
  expect(listBoards(boards, 'DOOR', 1)).toEqual({ endpoints: [boards[0]], more: 1 });
  expect(listBoards(boards, '', 5)).toEqual({ endpoints: boards, more: 0 });
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
