/** CloudWatch as a sink: its own limits and errors, and reading it back. What every sink must do is in conformance.test.ts. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HttpResponse } from 'msw';
import type { HourlyCount } from '../../../../../cloud/ingest/store.ts';
import { readBack } from '../../../../../cloud/platforms/aws/cloudwatch/read-back.ts';
import { republish } from '../../../../../cloud/platforms/aws/cloudwatch/republish.ts';
import { cloudWatchSink } from '../../../../../cloud/platforms/aws/cloudwatch/sink.ts';
import type { TellOptions } from '../../../../../cloud/platforms/aws/cloudwatch/tell.ts';
import { HOUR_MS, hourOf, startOfHour } from '../../../../../cloud/protocol/hour.ts';
import { collect } from '../../../../conformance/store.ts';
import { FakeAws, jsonError } from '../http/fake-aws.ts';

const NAMESPACE = 'MbedButtonPressHour';
const NOW = Date.UTC(2026, 2, 20, 12, 30);

let aws: FakeAws;
beforeEach(() => {
  aws = new FakeAws().start();
  aws.now = () => NOW;
});
afterEach(() => aws.stop());

function sink(options: Partial<TellOptions> = {}) {
  const deadline = (): number => Number.POSITIVE_INFINITY;
  return cloudWatchSink({ client: aws.cloudWatch(), namespace: NAMESPACE, now: () => NOW, deadline, ...options });
}

function total(endpoint: string, count = 1, at = NOW): HourlyCount {
  return { endpoint, hour: hourOf(at), count };
}

test('a total is the exact metric of the endpoint, at the start of the hour', async () => {
  await sink().put([total('board', 7)]);
  const [{ body } = { body: '' }] = aws.asked('cloudwatch');
  expect(JSON.parse(body.toString())).toEqual({
    Namespace: NAMESPACE,
    MetricData: [
      {
        MetricName: 'PressesPerHour',
        Dimensions: [{ Name: 'Endpoint', Value: 'board' }],
        Value: 7,
        Unit: 'Count',
        Timestamp: Date.UTC(2026, 2, 20, 12) / 1000,
      },
    ],
  });
});

test('a thousand a request, and no request above 1 MB', async () => {
  const name = (index: number): string => `${String(index).padStart(4, '0')}${'x'.repeat(1_020)}`;
  await sink().put(Array.from({ length: 2_001 }, (_, index) => total(`board-${index}`)));
  expect(aws.asked('cloudwatch')).toHaveLength(3);
  await sink().put(Array.from({ length: 1_000 }, (_, index) => total(name(index))));
  expect(aws.asked('cloudwatch')).toHaveLength(5);
  expect(aws.data).toHaveLength(3_001);
});

test.each([
  ['a name beyond ASCII', total('grün'), 'ASCII'],
  ['a name of blanks', total('   '), 'blanks'],
  ['a name of 1,025 characters', total('x'.repeat(1_025)), '1025'],
  ['an hour of two weeks ago', total('a', 1, NOW - 14 * 24 * HOUR_MS), 'two weeks'],
  ['an hour that is three hours ahead', total('a', 1, NOW + 3 * HOUR_MS), 'ahead'],
])('%s is refused without asking, and its neighbours are told', async (_what, bad, why) => {
  const result = await sink().put([total('b'), bad, total('c')]);
  expect(result).toEqual({ refused: [{ count: bad, reason: expect.stringContaining(why) }], failed: [] });
  expect(aws.data.map(({ Endpoint }) => Endpoint)).toEqual(['b', 'c']);
  expect(aws.asked('cloudwatch')).toHaveLength(1);
});

test.each([
  ['names of 1,024 printable characters', total(`:~ ${'x'.repeat(1_021)}`)],
  ['the oldest whole hour within two weeks', total('a', 1, NOW - 14 * 24 * HOUR_MS + HOUR_MS)],
  ['the hour that begins in an hour and a half', total('a', 1, NOW + 2 * HOUR_MS)],
])('%s are taken', async (_what, good) => {
  expect(await sink().put([good])).toEqual({ refused: [], failed: [] });
  expect(aws.data).toHaveLength(1);
});

test.each([
  'InvalidParameterValue',
  'InvalidParameterValueException',
  'InvalidParameterCombination',
  'ValidationError',
])(
  'a request that is refused with %s in spite of that: the datum it is for is found, the others are told',
  async (code) => {
    const odd = (name: string): boolean => name === 'board-17' || name === 'board-901';
    aws.before = ({ body }) => {
      const { MetricData } = JSON.parse(body.toString()) as { MetricData: { Dimensions: { Value: string }[] }[] };
      return MetricData.some(({ Dimensions }) => odd(Dimensions[0]?.Value ?? '')) ? jsonError(400, code) : undefined;
    };
    const totals = Array.from({ length: 1_000 }, (_, index) => total(`board-${index}`));
    const { refused, failed } = await sink().put(totals);
    expect(refused.map(({ count }) => count.endpoint).sort()).toEqual(['board-17', 'board-901']);
    expect(refused[0]?.reason).toContain(code);
    expect(failed).toEqual([]);
    expect(aws.data).toHaveLength(998);
    expect(aws.asked('cloudwatch').length).toBeLessThan(50);
  },
);

test.each([
  ['throttled', () => jsonError(400, 'ThrottlingException')],
  ['broken', () => jsonError(500, 'InternalServiceFault')],
  ['forbidden', () => jsonError(403, 'AccessDenied')],
  ['gone', () => HttpResponse.error()],
])('%s is no refusal: it failed, and may be told again', async (_what, answer) => {
  aws.before = answer;
  expect(await sink().put([total('a'), total('b')])).toEqual({ refused: [], failed: [total('a'), total('b')] });
});

test('throttled for a moment, it is told all the same', async () => {
  let left = 1;
  aws.before = () => (left-- > 0 ? jsonError(400, 'ThrottlingException') : undefined);
  expect(await sink().put([total('a')])).toEqual({ refused: [], failed: [] });
});

test('when the time is up nothing more is asked', async () => {
  const totals = Array.from({ length: 2_000 }, (_, index) => total(`board-${index}`));
  const { failed } = await sink({ deadline: () => NOW }).put(totals);
  expect(failed).toHaveLength(2_000);
  expect(aws.seen).toEqual([]);
});

async function* counts(...all: readonly HourlyCount[]): AsyncIterable<HourlyCount> {
  yield* all;
}

test('republishing tells every hour of the store, and counts what was refused and what failed', async () => {
  const many = Array.from({ length: 9_000 }, (_, index) => total(`board-${index}`, index + 1));
  const old = total('old', 1, NOW - 30 * 24 * HOUR_MS);
  aws.before = ({ body }) => (body.includes('"board-8999"') ? jsonError(403, 'AccessDenied') : undefined);
  const result = await republish(counts(old, ...many), sink());
  const failed = 9_000 - aws.data.length;
  expect(failed).toBeGreaterThan(0);
  expect(result).toMatchObject({ told: 9_000 - failed, refused: 1, failed, examples: [{ count: old }] });
});

test('republishing again changes nothing that people see', async () => {
  for (const _again of [1, 2]) await republish(counts(total('a', 3), total('b', 4)), sink());
  const from = new Date(NOW - HOUR_MS);
  const read = await collect(readBack(aws.cloudWatch(), NAMESPACE, { endpoints: ['a', 'b'], from, to: new Date(NOW) }));
  expect(read.map(({ exact }) => exact)).toEqual([3, 4]);
});

test('reading back: both metrics of every endpoint and hour, whatever the pages', async () => {
  const endpoints = Array.from({ length: 600 }, (_, index) => `board-${index}`);
  const hours = [NOW - 2 * HOUR_MS, NOW - HOUR_MS, NOW];
  await sink().put(endpoints.flatMap((endpoint) => hours.map((at) => total(endpoint, 7, at))));
  const at = startOfHour(hourOf(NOW)) ?? 0;
  for (const Value of [3, 2])
    aws.data.push({ Namespace: NAMESPACE, MetricName: 'board-599', Endpoint: undefined, Value, at });
  aws.data.push({ Namespace: 'Another', MetricName: 'board-599', Endpoint: undefined, Value: 100, at });
  aws.pageSize = 97;
  const query = {
    endpoints: [...endpoints, '日本語', 'never heard of'],
    from: new Date(NOW - HOUR_MS),
    to: new Date(NOW),
  };
  const read = await collect(readBack(aws.cloudWatch(), NAMESPACE, query));
  expect(read).toHaveLength(1_200);
  expect(read.slice(-2)).toEqual([
    { endpoint: 'board-599', hour: hourOf(NOW - HOUR_MS), exact: 7, sum: undefined },
    { endpoint: 'board-599', hour: hourOf(NOW), exact: 7, sum: 5 },
  ]);
  const sizes = aws
    .asked('cloudwatch', 'GetMetricData')
    .map(({ body }) => JSON.parse(body.toString()).MetricDataQueries.length);
  expect(Math.max(...sizes)).toBe(500);
});

test('reading back from a CloudWatch that is down: an error that says what to do', async () => {
  aws.before = () => jsonError(403, 'AccessDenied');
  const read = collect(
    readBack(aws.cloudWatch(), NAMESPACE, { endpoints: ['a'], from: new Date(0), to: new Date(NOW) }),
  );
  await expect(read).rejects.toMatchObject({ code: 'SERVER', fix: expect.stringContaining('credentials') });
});
