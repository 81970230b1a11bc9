/** Names of boards as parts of metrics: whatever a name is, it comes back, and means nothing to Graphite on its way. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  endpointOf,
  hourRefusal,
  metricOf,
  prefixProblem,
  secondsOf,
} from '../../../../cloud/platforms/graphite/metric.ts';
import { decodeName, encodeName, nameRefusal } from '../../../../cloud/platforms/graphite/name.ts';
import { HOUR_MS, hourOf } from '../../../../cloud/protocol/hour.ts';

const name = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.string({ minLength: 1, unit: 'binary' }),
  fc.string({ minLength: 1, unit: 'grapheme-composite' }),
  fc.stringMatching(/^[~.;=*?{}[\],'"\\/ %A-Fa-f0-9-]{1,20}$/),
);

describe.each([
  ['K64F-0001_b', 'K64F-0001_b'],
  ['a.b', 'a~2Eb'],
  ['..', '~2E~2E'],
  ['a/b', 'a~2Fb'],
  [' a ', '~20a~20'],
  ['{a,b}*?[c]', '~7Ba~2Cb~7D~2A~3F~5Bc~5D'],
  ['a;b=c', 'a~3Bb~3Dc'],
  [`'"\\`, '~27~22~5C'],
  ['~2E', '~7E2E'],
  ['%2e', '~252e'],
  ['é', '~C3~A9'],
  ['\uFEFF', '~EF~BB~BF'],
])('%j', (plain, coded) => {
  test('is coded', () => expect(encodeName(plain)).toBe(coded));
  test('comes back', () => expect(decodeName(coded)).toBe(plain));
});

test('whatever the name, it comes back, of letters, digits, _, - and ~ alone', () => {
  fc.assert(
    fc.property(name, (plain) => {
      const coded = encodeName(plain);
      expect(coded).toMatch(/^[A-Za-z0-9_~-]+$/);
      expect(decodeName(coded)).toBe(plain);
      expect(endpointOf('mbed.x', metricOf('mbed.x', plain))).toBe(plain);
    }),
    { numRuns: 2_000 },
  );
});

test('two names never share a code', () => {
  fc.assert(fc.property(name, name, (a, b) => expect(encodeName(a) === encodeName(b)).toBe(a === b)));
});

test('a text that is no code has no name: what is decoded is coded again as it was', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a~2EF0-9.C3A9]{0,12}$/)), (text) => {
      const plain = decodeName(text);
      if (plain !== undefined) expect(encodeName(plain)).toBe(text);
    }),
    { numRuns: 2_000 },
  );
});

test.each(['', '~', '~2', '~2e', '~41', 'a.b', 'a b', '~C3', '~ED~A0~80', '~F0~9F', 'é'])('%j is no code', (text) => {
  expect(decodeName(text)).toBeUndefined();
});

test.each([
  ['', 'without a name'],
  ['a\ud800', 'surrogate'],
  ['x'.repeat(252), '252 bytes'],
  ['日'.repeat(28), '252 bytes'],
])('%j is refused', (plain, why) => expect(nameRefusal(plain)).toContain(why));

test.each(['x'.repeat(251), '日'.repeat(27), '.', '😀'])('%j is taken', (plain) =>
  expect(nameRefusal(plain)).toBeUndefined(),
);

test('a metric of another prefix has no endpoint', () => {
  for (const metric of ['mbed.xa', 'mbed.x', 'mbed.y.a', 'mbed.x.a.b', 'mbed.x.'])
    expect(endpointOf('mbed.x', metric)).toBeUndefined();
});

test.each(['mbed.button_presses', 'a', 'Mbed-2.b.c', 'x'.repeat(200)])('the prefix %s is taken', (prefix) => {
  expect(prefixProblem(prefix)).toBeUndefined();
});

test.each(['', '.a', 'a.', 'a..b', 'a b', 'a;b', 'a~b', 'a*', 'é', 'carbon', 'carbon.a', '_tagged.a', 'x'.repeat(201)])(
  'the prefix %j is not',
  (prefix) => expect(prefixProblem(prefix)).toBeDefined(),
);

test('an hour is its first second; what the file has no place for is refused', () => {
  const now = Date.UTC(2026, 5, 1, 12, 30);
  expect(secondsOf('2026-06-01 12:00:00')).toBe(Date.UTC(2026, 5, 1, 12) / 1000);
  expect(() => secondsOf('2026-06-01 12:30:00')).toThrow(RangeError);
  const oldest = now - (5 * 365 * 24 - 2) * HOUR_MS;
  expect(hourRefusal(hourOf(oldest), now)).toBeUndefined();
  expect(hourRefusal(hourOf(oldest - HOUR_MS), now)).toContain('five years');
});
