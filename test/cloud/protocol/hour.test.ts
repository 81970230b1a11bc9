import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HOUR_MS, hourOf, startOfHour } from '../../../cloud/protocol/hour.ts';

const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');
const instants = fc.integer({ min: 0, max: LAST_MS });

const hours: [instant: string, hour: string][] = [
  ['1970-01-01T00:00:00.000Z', '1970-01-01 00:00:00'],
  ['2017-06-07T13:59:59.999Z', '2017-06-07 13:00:00'],
  ['2017-06-07T14:00:00.000Z', '2017-06-07 14:00:00'],
  ['2016-02-29T23:30:00.000Z', '2016-02-29 23:00:00'],
  ['2017-03-26T03:30:00.000+02:00', '2017-03-26 01:00:00'],
  ['9999-12-31T23:59:59.999Z', '9999-12-31 23:00:00'],
];

describe('hourOf', () => {
  test.each(hours)('%s is in %s', (instant, hour) => {
    expect(hourOf(Date.parse(instant))).toBe(hour);
  });

  test.each([-1, LAST_MS + 1, Number.NaN, Number.POSITIVE_INFINITY])('%d is no instant with an hour', (ms) => {
    expect(() => hourOf(ms)).toThrow(RangeError);
  });

  test('sorts as text the way it sorts in time', () => {
    fc.assert(
      fc.property(instants, instants, (one, other) => {
        const [first, second] = [hourOf(Math.min(one, other)), hourOf(Math.max(one, other))];
        expect(first <= second).toBe(true);
        expect(first === second).toBe(Math.floor(one / HOUR_MS) === Math.floor(other / HOUR_MS));
      }),
    );
  });
});

describe('startOfHour', () => {
  test('is the first millisecond of the hour that holds an instant', () => {
    fc.assert(
      fc.property(instants, (ms) => {
        expect(startOfHour(hourOf(ms))).toBe(Math.floor(ms / HOUR_MS) * HOUR_MS);
      }),
    );
  });

  test.each([
    '',
    '2017-06-07',
    '1969-12-31 23:00:00',
    '2017-06-07 14:30:00',
    '2017-06-07T14:00:00',
    '2017-06-07 14:00:00Z',
    ' 2017-06-07 14:00:00',
    '2017-06-07 14:00:00\n',
    '2017-06-07 24:00:00',
    '2017-02-29 00:00:00',
    '2017-13-01 00:00:00',
    '2017-00-01 00:00:00',
    '+12017-01-01 00:00:00',
  ])('%j is no hour', (text) => {
    expect(startOfHour(text)).toBeUndefined();
  });
});
