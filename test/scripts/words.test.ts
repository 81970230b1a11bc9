/** Words of the command line that mean numbers. */
import { describe, expect, test } from '@jest/globals';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { seededRandom } from '../../cloud/protocol/random.ts';
import { duration, instant, positiveNumber, size, wholeNumber } from '../../scripts/words.ts';

const NOW = Date.UTC(2026, 2, 1, 12);

test.each([
  ['10s', 10_000],
  ['5m', 300_000],
  ['2h', 7_200_000],
  ['1.5d', 129_600_000],
  ['250ms', 250],
])('duration %s', (text, ms) => {
  expect(duration('--duration', text)).toBe(ms);
});

test.each([
  ['1GiB', 1024 ** 3],
  ['500MiB', 500 * 1024 ** 2],
  ['0B', 0],
  ['1.5KiB', 1536],
])('size %s', (text, bytes) => {
  expect(size('--max-aside', text)).toBe(bytes);
});

test.each([
  ['2026-03-01', '2026-03-01T00:00:00.000Z'],
  ['2026-03-01T15', '2026-03-01T15:00:00.000Z'],
  ['2026-03-01T15:30', '2026-03-01T15:30:00.000Z'],
  ['2026-03-01T15:30Z', '2026-03-01T15:30:00.000Z'],
  ['2026-03-01T15:30:10.5+02:00', '2026-03-01T13:30:10.500Z'],
  ['2026-03-01 15:00:00', '2026-03-01T15:00:00.000Z'],
  ['now', '2026-03-01T12:00:00.000Z'],
  ['24h', '2026-02-28T12:00:00.000Z'],
])('instant %s', (text, iso) => {
  expect(instant('--from', text, NOW).toISOString()).toBe(iso);
});

describe('what is none of it says so, and how to write it', () => {
  test.each<[string, (text: string) => unknown, string[]]>([
    [
      'duration',
      (text) => duration('--x', text),
      ['', '10', '-1s', '0s', '1e3s', '10 s s', '1w', '99999999d', 'toString'],
    ],
    ['size', (text) => size('--x', text), ['', '10', '1GB', '-1KiB', 'GiB', '1constructor']],
    [
      'instant',
      (text) => instant('--x', text, NOW),
      ['', 'yesterday', '2026-13-01', '2026-02-30T25:00', '99999h99', '1e9'],
    ],
    ['whole number', (text) => wholeNumber('--x', text, 1, 10), ['', '0', '11', '1.5', '0x5', ' 5', '1e1', 'NaN']],
    ['positive number', (text) => positiveNumber('--x', text, 10), ['', '0', '-1', '11', '.5', '1e1', 'Infinity']],
  ])('%s', (_what, read, wrong) => {
    for (const text of wrong) {
      expect(() => read(text)).toThrow(UsageError);
      expect(() => read(text)).toThrow(`--x is ${text}`);
    }
  });
});

test('whatever the word: a finite number, or a UsageError', () => {
  const random = seededRandom('words');
  const letters = '0123456789.-+: TZsmhdeKMGiBnow';
  for (let run = 0; run < 100_000; run++) {
    const text = Array.from({ length: random.int(12) }, () => letters[random.int(letters.length)]).join('');
    for (const read of [
      () => duration('--x', text),
      () => size('--x', text),
      () => instant('--x', text, NOW).getTime(),
      () => wholeNumber('--x', text, -10, 10),
      () => positiveNumber('--x', text, 10),
    ]) {
      let value: number | UsageError;
      try {
        value = read();
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        continue;
      }
      if (!Number.isFinite(value)) throw new Error(`${text} was read as ${value}`);
    }
  }
});
