import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareLedger } from '../../../simulator/ledger/compare.ts';
import type { HourCount } from '../../../simulator/ledger/tally.ts';

const [TEN, ELEVEN] = ['2026-01-05 10:00:00', '2026-01-05 11:00:00'] as const;
const of = (endpoint: string, hour: string, count: number): HourCount => ({ endpoint, hour, count });

const anyCounts = fc.array(
  fc.record({
    endpoint: fc.constantFrom('a', 'b', 'c', '__proto__'),
    hour: fc.constantFrom(TEN, ELEVEN),
    count: fc.integer({ min: 0, max: 50 }),
  }),
);

describe('compareLedger', () => {
  test('nothing differs', () => {
    const expected = [of('a', TEN, 3), of('b', ELEVEN, 1)];
    const comparison = compareLedger({ expected, before: [], counted: expected, hoursKnown: true });
    expect(comparison).toEqual({ pressed: 4, counted: 4, lost: 0, doubled: 0, survived: 0, rows: [], moved: [] });
  });

  test('lost here and doubled there do not make up for each other', () => {
    const comparison = compareLedger({
      expected: [of('a', TEN, 3), of('b', TEN, 3)],
      before: [],
      counted: [of('a', TEN, 2), of('b', TEN, 4)],
      hoursKnown: true,
    });
    expect(comparison).toMatchObject({ pressed: 6, counted: 6, lost: 1, doubled: 1 });
    expect(comparison.rows).toEqual([
      { endpoint: 'a', hour: TEN, expected: 3, counted: 2, lost: 1, doubled: 0 },
      { endpoint: 'b', hour: TEN, expected: 3, counted: 4, lost: 0, doubled: 1 },
    ]);
  });

  test('presses that died or were counted, nobody can know, are what the store says, and no more than they were', () => {
    const input = { expected: [of('a', TEN, 3)], before: [], hoursKnown: false, maybe: new Map([['a', 2]]) };
    const counting = (count: number) => compareLedger({ ...input, counted: [of('a', ELEVEN, count)] });
    expect(counting(2)).toMatchObject({ pressed: 3, counted: 2, lost: 1, doubled: 0, survived: 0 });
    expect(counting(4)).toMatchObject({ pressed: 4, counted: 4, lost: 0, doubled: 0, survived: 1, moved: [] });
    expect(counting(7)).toMatchObject({ pressed: 5, counted: 7, lost: 0, doubled: 2, survived: 2 });
  });

  test('what the store held before is taken off; its other endpoints are not compared', () => {
    const input = { expected: [of('a', TEN, 3)], counted: [of('a', TEN, 10), of('z', TEN, 9)], hoursKnown: true };
    expect(compareLedger({ ...input, before: [of('a', TEN, 7), of('z', TEN, 1)] })).toMatchObject({
      counted: 3,
      lost: 0,
      doubled: 0,
    });
    expect(compareLedger({ ...input, before: null })).toMatchObject({ counted: 10, doubled: 7 });
  });

  test('counts of a board that was never pressed are doubled, if it is named', () => {
    const input = { expected: [], before: [], counted: [of('a', TEN, 2)], hoursKnown: true };
    expect(compareLedger(input)).toMatchObject({ doubled: 0 });
    expect(compareLedger({ ...input, endpoints: ['a'] })).toMatchObject({ pressed: 0, counted: 2, doubled: 2 });
  });

  test.each([
    [true, { lost: 3, doubled: 3, moved: [] }],
    [false, { lost: 0, doubled: 0, rows: [] }],
  ])('another hour: hours known %s', (hoursKnown, outcome) => {
    const comparison = compareLedger({
      expected: [of('a', TEN, 3)],
      before: [],
      counted: [of('a', ELEVEN, 3)],
      hoursKnown,
    });
    expect(comparison).toMatchObject(outcome);
    if (!hoursKnown) {
      expect(comparison.moved).toEqual([
        { endpoint: 'a', hour: TEN, expected: 3, counted: 0 },
        { endpoint: 'a', hour: ELEVEN, expected: 0, counted: 3 },
      ]);
    }
  });

  test('pressed = counted + lost - doubled, and the rows add up to them', () => {
    fc.assert(
      fc.property(anyCounts, fc.option(anyCounts), anyCounts, fc.boolean(), (expected, before, counted, hoursKnown) => {
        const {
          pressed,
          counted: added,
          lost,
          doubled,
          rows,
        } = compareLedger({ expected, before, counted, hoursKnown });
        expect(pressed).toBe(expected.reduce((sum, { count }) => sum + count, 0));
        expect(pressed).toBe(added + lost - doubled);
        expect(rows.reduce((sum, row) => sum + row.lost, 0)).toBe(lost);
        expect(
          rows.every((row) => row.lost + row.doubled > 0 && row.expected - row.counted === row.lost - row.doubled),
        ).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
