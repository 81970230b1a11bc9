/** At which times presses are told, and with which sums. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BACK_MS } from '../../../../../cloud/platforms/google/monitoring/metric.ts';
import {
  firstPoint,
  hourOfPoint,
  type PlannedPoint,
  plan,
  type Standing,
} from '../../../../../cloud/platforms/google/monitoring/plan.ts';
import { HOUR_MS } from '../../../../../cloud/protocol/hour.ts';

const MINUTE = 60_000;
/** 12:00 of some day. */
const NOON = Date.UTC(2026, 10, 25, 12);
const at = (hour: number, minute = 0, second = 0): number =>
  NOON + (hour - 12) * HOUR_MS + minute * MINUTE + second * 1_000;

function standing(newest: number, sum: number, more: Partial<Standing> = {}): Standing {
  return { newest, sum, tried: newest, open: new Set(), doubtful: [], inDoubt: false, ...more };
}

/** As `12:08 5` of the day, or until when it waits. */
function planned(of: Standing, presses: readonly (readonly [number, number])[], now: number): string[] {
  const points = plan(of, new Map(presses), now, MINUTE);
  if ('waitUntil' in points) return [`wait until ${text(points.waitUntil)}`];
  return points.map(({ at, value }) => `${text(at)} ${value}`);
}

function text(ms: number): string {
  const days = Math.floor((ms - at(0)) / (24 * HOUR_MS));
  return `${days === 0 ? '' : `${days}d `}${new Date(ms).toISOString().slice(11, 16)}`;
}

describe('known to be told', () => {
  test.each<[string, Standing, readonly (readonly [number, number])[], number, string[]]>([
    ['the present hour: at the end of the minute', standing(at(12, 5), 10), [[at(12), 3]], at(12, 7, 30), ['12:08 13']],
    ['at a minute itself: at the next', standing(at(12, 5), 10), [[at(12), 3]], at(12, 7), ['12:08 13']],
    [
      'first of its hour: its beginning first',
      standing(at(11, 5), 10),
      [[at(12), 3]],
      at(12, 7),
      ['12:00 10', '12:08 13'],
    ],
    ['told to the last of the hour before: no beginning', standing(at(12), 10), [[at(12), 3]], at(12, 7), ['12:08 13']],
    ['the hour that is over: at its end', standing(at(11, 5), 10), [[at(11), 3]], at(12, 7), ['12:00 13']],
    ['the last second of an hour: at its end', standing(at(11, 5), 10), [[at(11), 3]], at(11, 59, 59), ['12:00 13']],
    [
      'both',
      standing(at(11, 5), 10),
      [
        [at(12), 4],
        [at(11), 3],
      ],
      at(12, 7),
      ['12:00 13', '12:08 17'],
    ],
    [
      'hours with none between',
      standing(at(8, 5), 10),
      [
        [at(12), 4],
        [at(9), 3],
      ],
      at(12, 7),
      ['09:00 10', '10:00 13', '12:00 13', '12:08 17'],
    ],
    ['too late for its hour: in the present one', standing(at(12, 5), 10), [[at(11), 3]], at(12, 7), ['12:08 13']],
    [
      'too old: in the present one',
      standing(at(11, 5), 10),
      [[at(11) - 26 * HOUR_MS, 3]],
      at(12, 7),
      ['12:00 10', '12:08 13'],
    ],
    ['of an hour that is to come: now', standing(at(11, 50), 10), [[at(12), 3]], at(11, 58), ['11:59 13']],
    [
      'within the minute that was told: wait',
      standing(at(12, 8), 10),
      [[at(12), 3]],
      at(12, 7, 30),
      ['wait until 12:08'],
    ],
    [
      'within the minute that was tried: wait',
      standing(at(12, 5), 10, { tried: at(12, 8) }),
      [[at(12), 3]],
      at(12, 7, 30),
      ['wait until 12:08'],
    ],
    [
      'an hour that is over waits for nothing',
      standing(at(11), 10, { tried: at(12, 8) }),
      [[at(11), 3]],
      at(12, 7, 30),
      ['12:00 13'],
    ],
  ])('%s', (_what, of, presses, now, expected) => {
    expect(planned(of, presses, now)).toEqual(expected);
  });
});

describe('in doubt', () => {
  const doubt = (tried: number, sum: number): Standing => standing(tried, sum, { inDoubt: true });
  test.each<[string, Standing, readonly (readonly [number, number])[], number, string[]]>([
    [
      'what was tried is told again, its hour begun if it was not',
      doubt(at(12, 5), 10),
      [],
      at(12, 7),
      ['12:00 10', '12:08 10'],
    ],
    ['with what is new', doubt(at(12, 5), 10), [[at(12), 3]], at(12, 7), ['12:00 10', '12:08 13']],
    ['in the hour in which it was tried', doubt(at(10, 5), 10), [], at(12, 7), ['10:00 10', '11:00 10']],
    [
      'and what is new in its own',
      doubt(at(10, 5), 10),
      [
        [at(12), 3],
        [at(10), 1],
      ],
      at(12, 7),
      ['10:00 10', '11:00 11', '12:00 11', '12:08 14'],
    ],
    ['days later: now', doubt(at(12, 5) - 48 * HOUR_MS, 10), [], at(12, 7), ['12:00 10', '12:08 10']],
  ])('%s', (_what, of, presses, now, expected) => {
    expect(planned(of, presses, now)).toEqual(expected);
  });
});

test('what may be there already, at a time before, is in every later point', () => {
  // Tried at 12:08 with 4 that came too late for 10; now the hour 12 is over, and has 1.
  const open = standing(at(12), 10, {
    tried: at(12, 8),
    open: new Set([at(10)]),
    doubtful: [{ at: at(12, 8), value: 14 }],
  });
  expect(
    planned(
      open,
      [
        [at(10), 4],
        [at(12), 1],
      ],
      at(13, 7),
    ),
  ).toEqual(['13:00 15']);
  // Before that time the sum may be less.
  const earlier = { ...open, newest: at(11), sum: 10 };
  expect(
    planned(
      earlier,
      [
        [at(11), 2],
        [at(10), 4],
        [at(12), 1],
      ],
      at(13, 7),
    ),
  ).toEqual(['12:00 12', '13:00 17']);
});

test('a series begins at 0, where the first hour that is told begins', () => {
  const begin = (presses: readonly (readonly [number, number])[]) => firstPoint(new Map(presses), at(12, 7), MINUTE);
  expect(begin([[at(12), 3]])).toEqual({ at: at(12), value: 0, hours: [] });
  expect(
    begin([
      [at(12), 3],
      [at(9), 3],
    ]),
  ).toEqual({ at: at(9), value: 0, hours: [] });
  expect(begin([[at(9) - BACK_MS, 3]])).toEqual({ at: at(12), value: 0, hours: [] });
});

test('a point belongs to the hour that it ends', () => {
  expect([at(12), at(12) + 1, at(12, 59), at(13)].map((ms) => text(hourOfPoint(ms)))).toEqual([
    '11:00',
    '12:00',
    '12:00',
    '12:00',
  ]);
});

test('points are newer each time, rise, are no older and no newer than Google takes, and tell all of it', () => {
  const hours = fc.integer({ min: -40, max: 1 }).map((back) => at(12 + back));
  const presses = fc.uniqueArray(fc.tuple(hours, fc.integer({ min: 1, max: 9 })), {
    selector: ([hour]) => hour,
    maxLength: 8,
  });
  fc.assert(
    fc.property(
      presses,
      fc.record({
        newest: fc.integer({ min: -60 * 60, max: 7 }),
        tried: fc.integer({ min: 0, max: 90 }),
        inDoubt: fc.boolean(),
      }),
      fc.integer({ min: 0, max: 59_999 }),
      (some, { newest, tried, inDoubt }, ms) => {
        const last = at(12, newest);
        const of = standing(last, 10, inDoubt ? { inDoubt } : { tried: Math.min(last + tried * MINUTE, at(12, 7)) });
        const now = at(12, 7) + ms;
        const points = plan(of, new Map(some), now, MINUTE);
        const sum = 10 + some.reduce((all, [, more]) => all + more, 0);
        if ('waitUntil' in points) return expect(points.waitUntil).toBeGreaterThan(now);
        check(points, { last: inDoubt ? hourOfPoint(last) - 1 : last, now });
        if (some.length > 0 || inDoubt) expect(points.at(-1)?.value).toBe(sum);
      },
    ),
    { numRuns: 2_000 },
  );
});

function check(points: readonly PlannedPoint[], { last, now }: { last: number; now: number }): void {
  let [before, value] = [last, 10];
  for (const point of points) {
    expect(point.at).toBeGreaterThan(before);
    expect(point.at % MINUTE).toBe(0);
    expect(point.value).toBeGreaterThanOrEqual(value);
    expect(point.at).toBeGreaterThanOrEqual(now - 25 * HOUR_MS);
    expect(point.at).toBeLessThanOrEqual(now + MINUTE);
    [before, value] = [point.at, point.value];
  }
}
