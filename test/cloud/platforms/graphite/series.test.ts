/** What graphite-web answers: series, or a FormatError, and nothing else. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseSeries } from '../../../../cloud/platforms/graphite/series.ts';
import { FormatError } from '../../../../cloud/protocol/errors.ts';

test('as graphite-web 1.1.8 writes it', () => {
  const text =
    '[{"target": "mbed.a", "tags": {"name": "mbed.a"}, "datapoints": [[null, 3600], [3.0, 7200], [4.0, 10800]]}, {"target": "mbed.b", "tags": {}, "datapoints": []}]';
  expect(parseSeries(text)).toEqual([
    {
      target: 'mbed.a',
      step: 3_600,
      values: new Map([
        [7_200, 3],
        [10_800, 4],
      ]),
    },
    { target: 'mbed.b', step: undefined, values: new Map() },
  ]);
  expect(parseSeries('[]')).toEqual([]);
});

test.each([
  ['a page', '<html>'],
  ['nothing', ''],
  ['an object', '{"target": "a"}'],
  ['no series', '[3]'],
  ['a list as a series', '[[]]'],
  ['no target', '[{"datapoints": []}]'],
  ['no points', '[{"target": "a"}]'],
  ['a point of one', '[{"target": "a", "datapoints": [[1]]}]'],
  ['a point of three', '[{"target": "a", "datapoints": [[1, 2, 3]]}]'],
  ['a text as a value', '[{"target": "a", "datapoints": [["1", 3600]]}]'],
  ['more than any number', '[{"target": "a", "datapoints": [[1e9999, 3600]]}]'],
  ["Python's NaN", '[{"target": "a", "datapoints": [[NaN, 3600]]}]'],
  ['half a second', '[{"target": "a", "datapoints": [[1, 0.5]]}]'],
  ['before 1970', '[{"target": "a", "datapoints": [[1, -3600]]}]'],
  ['points out of order', '[{"target": "a", "datapoints": [[1, 7200], [1, 3600]]}]'],
  ['a second twice', '[{"target": "a", "datapoints": [[1, 3600], [2, 3600]]}]'],
])('%s is none', (_what, text) => expect(() => parseSeries(text)).toThrow(FormatError));

test('whatever the answer: series or a FormatError', () => {
  const almost = fc.array(
    fc.record(
      {
        target: fc.oneof(fc.string(), fc.jsonValue()),
        datapoints: fc.oneof(
          fc.array(fc.tuple(fc.oneof(fc.double(), fc.constant(null)), fc.oneof(fc.nat(), fc.double()))),
          fc.jsonValue(),
        ),
      },
      { requiredKeys: [] },
    ),
  );
  const good = fc.array(
    fc.record({
      target: fc.string(),
      datapoints: fc
        .uniqueArray(fc.nat(), { maxLength: 5 })
        .chain((times) =>
          fc.tuple(...times.sort((a, b) => a - b).map((at) => fc.tuple(fc.option(fc.double()), fc.constant(at)))),
        ),
    }),
    { maxLength: 3 },
  );
  const mutated = fc
    .tuple(good, fc.nat(), fc.string({ maxLength: 3 }), fc.nat(3))
    .map(([answer, place, more, fewer]) => {
      const whole = JSON.stringify(answer);
      const at = place % (whole.length + 1);
      return whole.slice(0, at) + more + whole.slice(at + fewer);
    });
  const text = fc.oneof(
    good.map((answer) => JSON.stringify(answer)),
    mutated,

    fc.json(),
    fc.string(),
    almost.map((answer) => JSON.stringify(answer)),
  );
  let taken = 0;
  fc.assert(
    fc.property(text, (answer) => {
      try {
        for (const { target, values, step } of parseSeries(answer)) {
          taken += 1;
          expect(typeof target).toBe('string');
          for (const [at, value] of values)
            expect([Number.isSafeInteger(at), Number.isFinite(value)]).toEqual([true, true]);
          expect(step ?? 1).toBeGreaterThan(0);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }),
    { numRuns: 20_000 },
  );
  expect(taken).toBeGreaterThan(100);
});
