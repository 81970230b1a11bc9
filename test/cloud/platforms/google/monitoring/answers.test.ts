/** What Cloud Monitoring's answers say of each series, and what its lists hold; whatever else comes is our own error or a doubt. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Outcome, outcomesOf } from '../../../../../cloud/platforms/google/monitoring/create-answer.ts';
import { readPage } from '../../../../../cloud/platforms/google/monitoring/list-answer.ts';
import { metricTypeWith } from '../../../../../cloud/platforms/google/monitoring/metric.ts';
import { FormatError } from '../../../../../cloud/protocol/errors.ts';

const METRIC_TYPE = metricTypeWith('');

const ORDER =
  'Points must be written in order. One or more of the points specified had an older end time than the most recent point.';
const OFTEN =
  'One or more points were written more frequently than the maximum sampling period configured for the metric.';
const INTERNAL =
  'Internal error encountered. Please retry after a few seconds. If internal errors persist, contact support.';

function error(message: string, total?: number, success?: number): string {
  const summary = {
    '@type': 'type.googleapis.com/google.monitoring.v3.CreateTimeSeriesSummary',
    totalPointCount: total,
    ...(success === undefined ? {} : { successPointCount: success }),
    errors: [{ status: { code: 3 }, pointCount: 1 }],
  };
  const details = total === undefined ? {} : { details: [{ '@type': 'x' }, summary] };
  return JSON.stringify({ error: { code: 400, message, status: 'INVALID_ARGUMENT', ...details } });
}

/** As `taken`, `order`, `doubt`, `refused`. */
function outcomes(status: number, body: string, series: number): readonly string[] | 'unclear' {
  const all = outcomesOf(status, body, series);
  return all === 'unclear' ? all : all.map((one: Outcome) => (typeof one === 'string' ? one : 'refused'));
}

const could = 'One or more TimeSeries could not be written: ';

test.each<[string, number, string, number, readonly string[] | 'unclear']>([
  ['all taken', 200, '{}', 3, ['taken', 'taken', 'taken']],
  ['one too old', 400, error(`${could}${ORDER}: timeSeries[1]`, 3, 2), 3, ['taken', 'order', 'taken']],
  ['ranges', 400, error(`${could}${ORDER}: timeSeries[0-1,3]`, 5, 2), 5, ['order', 'order', 'taken', 'order', 'taken']],
  [
    'two reasons',
    400,
    error(`${could}${INTERNAL}: timeSeries[0-1]; Unknown metric: x: timeSeries[2]`, 4, 1),
    4,
    ['doubt', 'doubt', 'refused', 'taken'],
  ],
  [
    'too often, with the resource between',
    400,
    error(`${could}${OFTEN}: global{} timeSeries[1]: custom.googleapis.com/x{endpoint:a}`, 2, 1),
    2,
    ['taken', 'order'],
  ],
  [
    'the reason behind',
    400,
    error(
      `${could}timeSeries[0-1] (example metric.type="x", metric.labels={"endpoint": "a"}): write for resource=global{} failed with: ${OFTEN}`,
      2,
    ),
    2,
    ['order', 'order'],
  ],
  [
    'none taken, and the summary leaves 0 out',
    400,
    error(`${could}${ORDER}: timeSeries[0,1]`, 2),
    2,
    ['order', 'order'],
  ],
  ['indices that the summary contradicts', 400, error(`${could}${ORDER}: timeSeries[0-2]`, 3, 2), 3, 'unclear'],
  ['indices that say less than the summary', 400, error(`${could}${ORDER}: timeSeries[0]`, 3, 1), 3, 'unclear'],
  ['some indices and no summary', 400, error(`${could}${ORDER}: timeSeries[0]`), 3, 'unclear'],
  ['no indices', 400, error('Request contains an invalid argument.'), 3, 'unclear'],
  ['one alone, without an index', 400, error('Field x had an invalid value'), 1, ['refused']],
  ['one alone, too old', 400, error(ORDER), 1, ['order']],
  ['one alone, a field of it', 400, error('Field timeSeries[0].metric.labels[0] had an invalid value'), 1, ['refused']],
  ['400 that says nothing', 400, '<html>', 2, ['doubt', 'doubt']],
  ['busy', 429, error('Quota exceeded'), 2, ['doubt', 'doubt']],
  ['down', 503, '', 2, ['doubt', 'doubt']],
  ['not allowed', 403, error('Permission denied'), 1, ['doubt']],
  ['failed there', 500, error(`${could}An internal error occurred.: timeSeries[0]`, 1), 1, ['doubt']],
])('%s', (_what, status, body, series, expected) => {
  expect(outcomes(status, body, series)).toEqual(expected);
});

test('whatever the body is, there is an outcome for each series or none is clear', () => {
  const word = fc.constantFrom('timeSeries[', '0', '-', ',', ']', ': ', '; ', ORDER, INTERNAL, '999999', '[', 'é', '"');
  const body = fc.oneof(
    fc.string(),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc
      .tuple(fc.array(word), fc.option(fc.nat(9)), fc.nat(9))
      .map(([words, total, success]) => error(words.join(''), total ?? undefined, success)),
  );
  fc.assert(
    fc.property(fc.constantFrom(200, 400, 500), body, fc.integer({ min: 1, max: 200 }), (status, text, series) => {
      const all = outcomesOf(status, text, series);
      if (all !== 'unclear') expect(all).toHaveLength(series);
    }),
    { numRuns: 3_000 },
  );
});

const series = (more: object = {}, points: readonly object[] = [point('2026-11-25T12:08:00Z', '7')]): object => ({
  ...{ metric: { type: METRIC_TYPE, labels: { endpoint: 'a' } }, resource: { type: 'global' } },
  ...{ metricKind: 'CUMULATIVE', valueType: 'INT64', points },
  ...more,
});

function point(endTime: unknown, int64Value: unknown): object {
  return { interval: { startTime: '2020-01-01T00:00:00Z', endTime }, value: { int64Value } };
}

describe('a page of a list', () => {
  const read = (...all: readonly unknown[]) => readPage(JSON.stringify({ timeSeries: all }), METRIC_TYPE);

  test('points, of several series, whatever fraction of a second they have', () => {
    const other = series({ metric: { type: METRIC_TYPE, labels: { endpoint: 'b' } } }, [
      point('2026-11-25T12:08:00.123456789Z', '0'),
    ]);
    expect(read(series(), other).points).toEqual([
      { endpoint: 'a', at: Date.UTC(2026, 10, 25, 12, 8), value: 7 },
      { endpoint: 'b', at: Date.UTC(2026, 10, 25, 12, 8, 0, 123), value: 0 },
    ]);
  });

  test('an empty one, and one with more to come', () => {
    expect(readPage('{}', METRIC_TYPE)).toEqual({ points: [], nextPageToken: '' });
    expect(readPage('{"timeSeries":[],"nextPageToken":"x"}', METRIC_TYPE)).toEqual({ points: [], nextPageToken: 'x' });
  });

  test('other metrics are nobody of ours', () => {
    expect(read(series({ metric: { type: 'custom.googleapis.com/other', labels: {} } })).points).toEqual([]);
  });

  test.each<[string, string]>([
    ['no JSON', '<html>'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a series that is none', '{"timeSeries":[3]}'],
    ['series that are no list', '{"timeSeries":{}}'],
    ['a token that is no text', '{"nextPageToken":3}'],
    ['an answer that is not whole', '{"executionErrors":[{"code":13}]}'],
    ['another kind', JSON.stringify({ timeSeries: [series({ metricKind: 'DELTA' })] })],
    ['no endpoint', JSON.stringify({ timeSeries: [series({ metric: { type: METRIC_TYPE } })] })],
    ['a time that is none', JSON.stringify({ timeSeries: [series({}, [point('2026-13-25T12:08:00Z', '7')])] })],
    ['a time of another zone', JSON.stringify({ timeSeries: [series({}, [point('2026-11-25T12:08:00+01:00', '7')])] })],
    ['a number as a number', JSON.stringify({ timeSeries: [series({}, [point('2026-11-25T12:08:00Z', 7)])] })],
    ['a negative one', JSON.stringify({ timeSeries: [series({}, [point('2026-11-25T12:08:00Z', '-7')])] })],
    [
      'one that is too large to be exact',
      JSON.stringify({ timeSeries: [series({}, [point('2026-11-25T12:08:00Z', '9007199254740993')])] }),
    ],
    ['no value', JSON.stringify({ timeSeries: [series({}, [{ interval: { endTime: '2026-11-25T12:08:00Z' } }])] })],
  ])('%s is refused', (_what, text) => {
    expect(() => readPage(text, METRIC_TYPE)).toThrow(FormatError);
  });

  test('whatever comes: points, or our own error', () => {
    const value = fc.oneof(
      fc.constantFrom('7', 7, null, '2026-11-25T12:08:00Z', METRIC_TYPE, 'CUMULATIVE'),
      fc.jsonValue(),
    );
    const page = fc.record({
      timeSeries: fc.oneof(
        value,
        fc.array(
          fc.oneof(
            value,
            fc.record({
              metric: fc.oneof(value, fc.record({ type: value, labels: value })),
              metricKind: value,
              points: fc.oneof(
                value,
                fc.array(
                  fc.record({
                    interval: fc.oneof(value, fc.record({ endTime: value })),
                    value: fc.oneof(value, fc.record({ int64Value: value })),
                  }),
                ),
              ),
            }),
          ),
        ),
      ),
      nextPageToken: value,
    });
    const text = fc.oneof(
      fc.string(),
      page.map((one) => JSON.stringify(one)),
    );
    fc.assert(
      fc.property(text, (one) => {
        try {
          for (const { endpoint, at, value: presses } of readPage(one, METRIC_TYPE).points) {
            expect([typeof endpoint, Number.isSafeInteger(at), Number.isSafeInteger(presses)]).toEqual([
              'string',
              true,
              true,
            ]);
          }
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
