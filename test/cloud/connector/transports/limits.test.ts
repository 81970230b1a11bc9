import { expect, test } from '@jest/globals';
import { limitsOf } from '../../../../cloud/connector/transports/limits.ts';

const USUAL = { most: 5, ms: 100 };

test('what is given goes before what is usual', () => {
  expect(limitsOf(USUAL)).toEqual(USUAL);
  expect(limitsOf(USUAL, { ms: 0.5 })).toEqual({ most: 5, ms: 0.5 });
  expect(limitsOf(USUAL, { ms: 0 }, 'ms')).toEqual({ most: 5, ms: 0 });
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('%p is no limit', (most) => {
  expect(() => limitsOf(USUAL, { most }, 'ms')).toThrow(new RangeError(`the limit most is ${most}`));
});
