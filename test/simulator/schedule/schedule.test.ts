import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { seededRandom } from '../../../cloud/protocol/random.ts';
import { type Press, type PressOptions, presses, type Schedule } from '../../../simulator/schedule/schedule.ts';

const DAY_MS = 86_400_000;

function make(schedule: Schedule, options: Partial<PressOptions> & { seed?: number } = {}): Press[] {
  const { seed = 1, ...rest } = options;
  return [...presses(schedule, { boards: 10, random: seededRandom(seed), ...rest })];
}

const anySchedule: fc.Arbitrary<Schedule> = fc.oneof(
  fc.record({ kind: fc.constantFrom('steady', 'poisson'), rate: fc.double({ min: 0.1, max: 1_000, noNaN: true }) }),
  fc.record({
    kind: fc.constant('office'),
    perDay: fc.integer({ min: 1_000, max: 10_000_000 }),
    hour: fc.integer({ min: 0, max: 23 }),
  }),
  fc.record({
    kind: fc.constant('burst'),
    count: fc.integer({ min: 1, max: 200 }),
    periodMs: fc.integer({ min: 1_000, max: 90_000 }),
  }),
) as fc.Arbitrary<Schedule>;

describe('every schedule', () => {
  const cases = fc.record({
    schedule: anySchedule,
    boards: fc.integer({ min: 1, max: 50 }),
    seed: fc.integer(),
    limit: fc.integer({ min: 0, max: 300 }),
  });

  test('is the same for the same seed, in order of time, on boards there are, and as long as asked', () => {
    fc.assert(
      fc.property(cases, ({ schedule, boards, seed, limit }) => {
        const made = make(schedule, { boards, seed, presses: limit });
        expect(make(schedule, { boards, seed, presses: limit })).toEqual(made);
        expect(made).toHaveLength(limit);
        expect(made.every(({ at }, index) => at >= (made[index - 1]?.at ?? 0))).toBe(true);
        expect(made.every(({ board }) => Number.isInteger(board) && board >= 0 && board < boards)).toBe(true);
      }),
    );
  });

  test('ends by its duration, and says when', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 0, max: 60_000 }), ({ schedule, boards, seed, limit }, durationMs) => {
        const options = { boards, seed, presses: limit };
        const whole = make(schedule, options);
        const cut = make(schedule, { ...options, durationMs });
        expect(cut).toEqual(whole.filter(({ at }) => at < durationMs));
        const random = seededRandom(seed);
        const iterator = presses(schedule, { boards, random, presses: limit, durationMs });
        let step = iterator.next();
        while (step.done !== true) step = iterator.next();
        expect(step.value).toBe(cut.length === limit ? (cut.at(-1)?.at ?? 0) : durationMs);
      }),
    );
  });

  test('differs for another seed', () => {
    for (const schedule of [
      { kind: 'poisson', rate: 1 },
      { kind: 'steady', rate: 1 },
    ] as const) {
      expect(make(schedule, { seed: 1, presses: 50 })).not.toEqual(make(schedule, { seed: 2, presses: 50 }));
    }
  });
});

describe('steady', () => {
  test.each([
    [2_000, 10_000, 20_000],
    [1, 10_000, 10],
    [0.5, 10_000, 5],
    [3, 1_000, 3],
  ])('%d a second for %d ms are %d, evenly spaced', (rate, durationMs, count) => {
    const made = make({ kind: 'steady', rate }, { durationMs });
    expect(made).toHaveLength(count);
    for (const [index, { at }] of made.entries()) expect(at).toBeCloseTo((index * 1_000) / rate, 6);
  });

  test('a board comes once a round, and not again before half of the others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer(), (boards, seed) => {
        const made = make({ kind: 'steady', rate: 1 }, { boards, seed, presses: boards * 5 }).map(({ board }) => board);
        for (let from = 0; from < made.length; from += boards) {
          expect(new Set(made.slice(from, from + boards)).size).toBe(boards);
        }
        const apart = made.flatMap((board, index) => {
          const next = made.indexOf(board, index + 1);
          return next < 0 ? [] : [next - index];
        });
        expect(Math.min(...apart)).toBeGreaterThan(boards === 1 ? 0 : Math.floor(boards / 2));
      }),
    );
  });
});

test('poisson: as many as its rate says, and gaps as those of a Poisson process', () => {
  const made = make({ kind: 'poisson', rate: 50 }, { durationMs: 400_000, boards: 4 });
  // 20,000 expected: five standard deviations are 707.
  expect(Math.abs(made.length - 20_000)).toBeLessThan(707);
  const gaps = made.map(({ at }, index) => at - (made[index - 1]?.at ?? 0));
  const long = gaps.filter((gap) => gap > 20).length / gaps.length;
  expect(long).toBeCloseTo(Math.exp(-1), 1);
  for (const board of [0, 1, 2, 3]) {
    expect(made.filter((press) => press.board === board).length / made.length).toBeCloseTo(0.25, 1);
  }
});

describe('office', () => {
  const made = make({ kind: 'office', perDay: 20_000, hour: 0 }, { durationMs: 5 * DAY_MS });
  const within = (from: number, to: number): number =>
    made.filter(({ at }) => (at % DAY_MS) / 3_600_000 >= from && (at % DAY_MS) / 3_600_000 < to).length / (to - from);

  test('makes as many a day as asked', () => {
    expect(Math.abs(made.length - 100_000)).toBeLessThan(1_600);
  });

  test('is busy about 10 and 15, less at lunch, quiet at night', () => {
    expect(within(9.5, 10.5)).toBeGreaterThan(1.5 * within(11.75, 12.25));
    expect(within(14.5, 15.5)).toBeGreaterThan(1.5 * within(11.75, 12.25));
    expect(within(0, 4)).toBeLessThan(0.03 * within(9.5, 10.5));
  });

  test('begins at the hour that was asked for', () => {
    const night = make({ kind: 'office', perDay: 20_000, hour: 0 }, { durationMs: 3_600_000 });
    const morning = make({ kind: 'office', perDay: 20_000, hour: 9 }, { durationMs: 3_600_000 });
    expect(morning.length).toBeGreaterThan(20 * night.length);
  });
});

test('burst: so many in the first second of each period, none outside', () => {
  const made = make({ kind: 'burst', count: 100, periodMs: 60_000 }, { durationMs: 180_000 });
  expect(made).toHaveLength(300);
  expect(made.every(({ at }) => at % 60_000 < 1_000)).toBe(true);
  for (const period of [0, 1, 2]) {
    expect(made.filter(({ at }) => Math.floor(at / 60_000) === period)).toHaveLength(100);
  }
});
