/** What CloudWatch answers of its series, asked for by the SDK's own client. */
import {
  GetMetricDataCommand,
  type GetMetricDataInput,
  GetMetricStatisticsCommand,
  type GetMetricStatisticsInput,
  ListMetricsCommand,
  type ListMetricsInput,
  type MetricDataQuery,
  type MetricDatum,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { NOON, type Served, serve } from './served.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const EXACT = 'PressesPerHour';
const NAMESPACE = 'Presses';
const at = (hours: number): Date => new Date(NOON + hours * HOUR);

let served: Served;

function put(MetricData: MetricDatum[], Namespace = NAMESPACE) {
  return served.cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
}

function exact(endpoint: string, hours: number, Value: number): MetricDatum {
  const Dimensions = [{ Name: 'Endpoint', Value: endpoint }];
  return { MetricName: EXACT, Dimensions, Value, Unit: 'Count', Timestamp: at(hours) };
}

/** Totals as they grow, told again; and the guide's metric beside. */
beforeAll(async () => {
  served = await serve();
  await put([
    ...[exact('board-1', -2, 4), exact('board-1', -2, 7), exact('board-1', -1, 1), exact('board-1', 0, 9)],
    ...[exact('board-2', -1, 20), exact('board-2', -1, 20)],
    { MetricName: 'board-1', Value: 4, Unit: 'Count', Timestamp: at(-2) },
    { MetricName: 'board-1', Value: 3, Unit: 'Count', Timestamp: at(-2) },
    { MetricName: 'board-1', Value: 1, Unit: 'Bytes', Timestamp: at(-1) },
  ]);
  await put([{ MetricName: EXACT, Value: 1 }], 'Elsewhere');
});

afterAll(() => served.stop());

function ask(queries: MetricDataQuery[], more: Partial<GetMetricDataInput> = {}) {
  const times = { StartTime: at(-3), EndTime: at(1) };
  return served.cloudwatch.send(new GetMetricDataCommand({ MetricDataQueries: queries, ...times, ...more }));
}

function metricStat(Stat: string, endpoint = 'board-1'): MetricDataQuery {
  const Dimensions = [{ Name: 'Endpoint', Value: endpoint }];
  return {
    Id: 'q',
    MetricStat: { Metric: { Namespace: NAMESPACE, MetricName: EXACT, Dimensions }, Period: 3_600, Stat },
  };
}

const search = (expression: string): MetricDataQuery => ({ Id: 's', Expression: expression });
const EVERY = `SEARCH('{${NAMESPACE},Endpoint} MetricName="${EXACT}"', 'Maximum', 3600)`;

test.each<[string, number[]]>([
  ['Maximum', [9, 1, 7]],
  ['Minimum', [9, 1, 4]],
  ['Sum', [9, 1, 11]],
  ['Average', [9, 1, 5.5]],
  ['SampleCount', [1, 1, 2]],
])('GetMetricData: %s, the newest first', async (statistic, values) => {
  const { MetricDataResults } = await ask([metricStat(statistic)]);
  expect(MetricDataResults).toEqual([
    { Id: 'q', Label: EXACT, Timestamps: [at(0), at(-1), at(-2)], Values: values, StatusCode: 'Complete' },
  ]);
});

test('GetMetricData: the oldest first where that is asked; the end is not included', async () => {
  const { MetricDataResults } = await ask([metricStat('Maximum')], { ScanBy: 'TimestampAscending', EndTime: at(0) });
  expect(MetricDataResults?.[0]).toMatchObject({ Timestamps: [at(-2), at(-1)], Values: [7, 1] });
});

test('GetMetricData: a metric that is not there has no values; ReturnData false is left out', async () => {
  const { MetricDataResults } = await ask([
    metricStat('Maximum', 'nobody'),
    { ...metricStat('Maximum'), Id: 'q2', ReturnData: false },
  ]);
  expect(MetricDataResults).toEqual([{ Id: 'q', Label: EXACT, Timestamps: [], Values: [], StatusCode: 'Complete' }]);
});

test('GetMetricData: only samples of the unit that is asked for, else of all', async () => {
  const stat = { Metric: { Namespace: NAMESPACE, MetricName: 'board-1' }, Period: 14_400, Stat: 'Sum' };
  const { MetricDataResults } = await ask([
    { Id: 'all', MetricStat: stat },
    { Id: 'bytes', MetricStat: { ...stat, Unit: 'Bytes' } },
    { Id: 'bits', MetricStat: { ...stat, Unit: 'Bits' } },
  ]);
  expect(MetricDataResults?.map(({ Id, Values }) => [Id, Values])).toEqual([
    ['all', [8]],
    ['bytes', [1]],
    ['bits', []],
  ]);
});

test('GetMetricData: periods are counted from the start, rounded down to a minute', async () => {
  const { MetricDataResults } = await ask([metricStat('Sum')], { StartTime: new Date(NOON - 2.5 * HOUR + 30_000) });
  expect(MetricDataResults?.[0]).toMatchObject({ Timestamps: [at(-0.5), at(-1.5), at(-2.5)], Values: [9, 1, 11] });
});

test('GetMetricData: pages of datapoints add up to the whole', async () => {
  const whole = (await ask([metricStat('Maximum'), search(EVERY)])).MetricDataResults ?? [];
  const pages: unknown[] = [];
  const values: number[] = [];
  let NextToken: string | undefined;
  do {
    const more = NextToken === undefined ? {} : { NextToken };
    const page = await ask([metricStat('Maximum'), search(EVERY)], { MaxDatapoints: 2, ...more });
    pages.push(page.MetricDataResults?.map(({ Label, StatusCode, Values }) => [Label, StatusCode, Values?.length]));
    values.push(...(page.MetricDataResults ?? []).flatMap((one) => one.Values ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  expect(values).toEqual(whole.flatMap((one) => one.Values ?? []));
  expect(pages).toEqual([
    [[EXACT, 'PartialData', 2]],
    [
      [EXACT, 'Complete', 1],
      ['board-1', 'PartialData', 1],
    ],
    [['board-1', 'Complete', 2]],
    [['board-2', 'Complete', 1]],
  ]);
  expect(values).toHaveLength(7);
  const exactlyOne = await ask([metricStat('Maximum'), search(EVERY)], { MaxDatapoints: 7 });
  expect(exactlyOne.NextToken).toBeUndefined();
});

test.each<[string, string[]]>([
  [EVERY, ['board-1 [9,1,7]', 'board-2 [20]']],
  [`SEARCH('{${NAMESPACE},Endpoint} ${EXACT}', 'Maximum')`, ['board-1 [9,1,7]', 'board-2 [20]']],
  [`SEARCH('{${NAMESPACE},Endpoint} presses hour', 'Sum', 3600)`, ['board-1 [9,1,11]', 'board-2 [40]']],
  [`SEARCH('{${NAMESPACE},Endpoint} Endpoint="board-2"', 'Maximum', 3600)`, ['board-2 [20]']],
  [`SEARCH('{${NAMESPACE},Endpoint} NOT Endpoint="board-2"', 'Maximum', 3600)`, ['board-1 [9,1,7]']],
  [`SEARCH('{${NAMESPACE},Endpoint} Endpoint=("board-2" OR "board-3")', 'Maximum', 3600)`, ['board-2 [20]']],
  [`SEARCH('{${NAMESPACE},Endpoint} board AND (1 OR 3)', 'Maximum', 3600)`, ['board-1 [9,1,7]']],
  [`SEARCH('{${NAMESPACE}} MetricName="board-1"', 'Sum', 3600)`, ['board-1 [1,7]']],
  [`SEARCH('{"${NAMESPACE}"}', 'Sum', 3600)`, ['board-1 [1,7]']],
  [`SEARCH('Namespace="Elsewhere"', 'Sum', 3600)`, [`${EXACT} [1]`]],
  [`SEARCH('{${NAMESPACE},Board} ${EXACT}', 'Maximum', 3600)`, []],
  [`SEARCH('{${NAMESPACE},Endpoint} MetricName="Presses"', 'Maximum', 3600)`, []],
])('GetMetricData: %s', async (expression, expected) => {
  const { MetricDataResults } = await ask([{ ...search(expression), Period: 3_600 }]);
  expect(MetricDataResults?.map(({ Label, Values }) => `${Label} ${JSON.stringify(Values)}`)).toEqual(expected);
});

test('GetMetricData: a search forgets what had no sample for two weeks, and returns 500 series', async () => {
  const mine = await serve();
  try {
    const names = Array.from({ length: 501 }, (_, i) => ({ MetricName: `m${i}`, Value: 1, Timestamp: at(0) }));
    await mine.cloudwatch.send(new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData: names }));
    const query = {
      MetricDataQueries: [search(`SEARCH('{${NAMESPACE}}', 'Sum', 3600)`)],
      StartTime: at(0),
      EndTime: at(1),
    };
    const found = await mine.cloudwatch.send(new GetMetricDataCommand(query));
    expect(found.MetricDataResults).toHaveLength(500);
    expect(found.MetricDataResults?.[0]?.Messages).toMatchObject([{ Code: 'MaxMetricsExceeded' }]);
    mine.clock.advance(14 * DAY + 1);
    expect((await mine.cloudwatch.send(new GetMetricDataCommand(query))).MetricDataResults).toEqual([]);
    expect((await mine.cloudwatch.send(new ListMetricsCommand({}))).Metrics).toEqual([]);
  } finally {
    await mine.stop();
  }
});

const good = metricStat('Maximum');
const badStat = (change: object): MetricDataQuery => ({ Id: 'q', MetricStat: { ...good.MetricStat!, ...change } });

test.each<[string, MetricDataQuery[], Partial<GetMetricDataInput>, string]>([
  ['no queries', [], {}, 'must have a size from 1 to 500'],
  ['501 queries', Array.from({ length: 501 }, (_, i) => ({ ...good, Id: `q${i}` })), {}, 'from 1 to 500'],
  ['a bad id', [{ ...good, Id: 'Q' }], {}, 'MetricDataQueries.member.1.Id is not a valid identifier'],
  ['an id twice', [good, good], {}, 'not unique'],
  ['times the wrong way around', [good], { StartTime: at(1), EndTime: at(0) }, 'must be less than'],
  ['an unknown statistic', [badStat({ Stat: 'Median' })], {}, 'member.1.MetricStat.Stat is not a valid statistic'],
  ['a period of 90 s', [badStat({ Period: 90 })], {}, 'Period must be 1, 5, 10, 20, 30, or a multiple of 60'],
  ['a name that cannot be', [badStat({ Metric: { Namespace: 'n', MetricName: 'é' } })], {}, 'non-ASCII'],
  ['neither metric nor expression', [{ Id: 'q' }], {}, 'Exactly one of'],
  ['both', [{ ...good, Expression: EVERY }], {}, 'Exactly one of'],
  ['metric math', [search(`SUM(${EVERY})`)], {}, 'metric math'],
  ['a search that is not closed', [search(`SEARCH('{A,B', 'Sum')`)], {}, 'was expected'],
  ['a quote that is not closed', [search(`SEARCH('{A} "b', 'Sum')`)], {}, 'a quote is not closed'],
  ['a search for nothing', [search(`SEARCH('', 'Sum')`)], {}, 'searches for nothing'],
  ['a search of 1,025 characters', [search(`SEARCH('${'x'.repeat(1_025)}', 'Sum')`)], {}, 'longer than 1024'],
  ['100,801 datapoints a page', [good], { MaxDatapoints: 100_801 }, 'MaxDatapoints'],
  ['an unknown order', [good], { ScanBy: 'Random' as 'TimestampAscending' }, 'ScanBy'],
])('GetMetricData: %s: ValidationException', async (_what, queries, more, message) => {
  const asked = ask(queries, more);
  const expected = { name: 'ValidationException', Code: 'ValidationError', message: expect.stringContaining(message) };
  await expect(asked).rejects.toMatchObject(expected);
});

test("GetMetricData and ListMetrics refuse a token that is none, or another question's", async () => {
  const { NextToken } = await ask([good], { MaxDatapoints: 1 });
  expect(typeof NextToken).toBe('string');
  const refused = { name: 'InvalidNextToken', $metadata: { httpStatusCode: 400 } };
  await expect(ask([metricStat('Sum')], { NextToken })).rejects.toMatchObject(refused);
  await expect(ask([good], { NextToken: 'token' })).rejects.toMatchObject(refused);
  const listed = served.cloudwatch.send(new ListMetricsCommand({ NextToken }));
  await expect(listed).rejects.toMatchObject(refused);
});

const STATISTICS: GetMetricStatisticsInput = {
  Namespace: NAMESPACE,
  MetricName: EXACT,
  Dimensions: [{ Name: 'Endpoint', Value: 'board-1' }],
  StartTime: at(-3),
  EndTime: at(1),
  Period: 3_600,
  Statistics: ['Maximum', 'SampleCount'],
};

function statistics(change: Partial<GetMetricStatisticsInput>) {
  return served.cloudwatch.send(new GetMetricStatisticsCommand({ ...STATISTICS, ...change }));
}

test('GetMetricStatistics: the statistics that are asked for, by unit', async () => {
  const { Label, Datapoints } = await statistics({});
  expect([Label, Datapoints]).toEqual([
    EXACT,
    [
      { Timestamp: at(-2), Unit: 'Count', Maximum: 7, SampleCount: 2 },
      { Timestamp: at(-1), Unit: 'Count', Maximum: 1, SampleCount: 1 },
      { Timestamp: at(0), Unit: 'Count', Maximum: 9, SampleCount: 1 },
    ],
  ]);
  const guide = await statistics({ MetricName: 'board-1', Dimensions: [], Period: 14_400, Statistics: ['Sum'] });
  expect(guide.Datapoints?.map(({ Unit, Sum }) => [Unit, Sum])).toEqual([
    ['Bytes', 1],
    ['Count', 7],
  ]);
});

test('GetMetricStatistics: 1,440 datapoints can be asked for', async () => {
  const { Datapoints } = await statistics({ StartTime: new Date(NOON - 1_440 * 60_000), EndTime: at(0), Period: 60 });
  expect(Datapoints).toHaveLength(2);
});

test('GetMetricStatistics: the longer ago, the coarser the period must be', async () => {
  const mine = await serve();
  try {
    const MetricData = [{ MetricName: 'm', Value: 1, Timestamp: at(0) }];
    await mine.cloudwatch.send(new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData }));
    const found = async (Period: number) => {
      const input = {
        Namespace: NAMESPACE,
        MetricName: 'm',
        StartTime: at(0),
        EndTime: at(1),
        Period,
        Statistics: ['Sum'],
      };
      return (await mine.cloudwatch.send(new GetMetricStatisticsCommand(input as GetMetricStatisticsInput))).Datapoints
        ?.length;
    };
    mine.clock.advance(16 * DAY);
    expect([await found(60), await found(300), await found(3_600)]).toEqual([0, 1, 1]);
    mine.clock.advance(50 * DAY);
    expect([await found(300), await found(3_600)]).toEqual([0, 1]);
  } finally {
    await mine.stop();
  }
});

const VALUE = 'InvalidParameterValueException';
const MISSING = 'MissingRequiredParameterException';

test.each<[string, Partial<GetMetricStatisticsInput>, string, string]>([
  ['no namespace', { Namespace: undefined }, MISSING, 'Namespace is required'],
  ['no period', { Period: undefined }, MISSING, 'Period is required'],
  ['equal times', { StartTime: at(0), EndTime: at(0) }, VALUE, 'StartTime must not equal parameter EndTime'],
  ['times the wrong way around', { StartTime: at(1), EndTime: at(0) }, VALUE, 'must be less than'],
  ['a period of 45 s', { Period: 45 }, VALUE, 'Period must be'],
  ['no statistics', { Statistics: [] }, MISSING, 'Statistics'],
  [
    'an unknown statistic',
    { Statistics: ['Median' as 'Sum'] },
    VALUE,
    'Statistics.member.1 must be a value in the set',
  ],
  ['percentiles', { ExtendedStatistics: ['p99'] }, VALUE, 'not kept on this machine'],
  [
    '1,441 datapoints',
    { StartTime: new Date(NOON - 1_441 * 60_000), EndTime: at(0), Period: 60 },
    'InvalidParameterCombinationException',
    'You have requested up to 1441 datapoints, which exceeds the limit of 1440',
  ],
])('GetMetricStatistics: %s: refused', async (_what, change, name, message) => {
  await expect(statistics(change)).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
});

const label = ({ MetricName, Dimensions }: { MetricName?: string; Dimensions?: { Value?: string | undefined }[] }) =>
  [MetricName, ...(Dimensions ?? []).map(({ Value }) => Value)].join(' ');

test.each<[string, ListMetricsInput, string[]]>([
  ['all', {}, [EXACT, `${EXACT} board-1`, `${EXACT} board-2`, 'board-1']],
  ['by namespace', { Namespace: 'Elsewhere' }, [EXACT]],
  ['by name', { Namespace: NAMESPACE, MetricName: 'board-1' }, ['board-1']],
  ['by dimension', { Dimensions: [{ Name: 'Endpoint' }] }, [`${EXACT} board-1`, `${EXACT} board-2`]],
  ['by its value', { Dimensions: [{ Name: 'Endpoint', Value: 'board-2' }] }, [`${EXACT} board-2`]],
  ['recently active', { RecentlyActive: 'PT3H', Namespace: 'Elsewhere' }, [EXACT]],
  ['none', { Namespace: 'Nowhere' }, []],
])('ListMetrics: %s', async (_what, input, expected) => {
  const { Metrics } = await served.cloudwatch.send(new ListMetricsCommand(input));
  expect(Metrics?.map((one) => label(one as Parameters<typeof label>[0]))).toEqual(expected);
});

test('ListMetrics: 500 a page, until there is no token', async () => {
  const names = Array.from({ length: 1_000 }, (_, i) => ({ MetricName: `m${String(i).padStart(3, '0')}`, Value: 1 }));
  await put(names, 'Many');
  const first = await served.cloudwatch.send(new ListMetricsCommand({ Namespace: 'Many' }));
  const { NextToken } = first;
  const second = await served.cloudwatch.send(new ListMetricsCommand({ Namespace: 'Many', NextToken }));
  const listed = [...(first.Metrics ?? []), ...(second.Metrics ?? [])].map((one) => one.MetricName);
  expect([first.Metrics?.length, second.NextToken]).toEqual([500, undefined]);
  expect(listed).toEqual(names.map((one) => one.MetricName));
});

test.each<[string, ListMetricsInput, string]>([
  ['another time than PT3H', { RecentlyActive: 'PT1H' as 'PT3H' }, VALUE],
  ['a dimension without a name', { Dimensions: [{ Name: undefined }] }, MISSING],
  ['11 dimensions', { Dimensions: Array.from({ length: 11 }, (_, i) => ({ Name: `d${i}` })) }, VALUE],
])('ListMetrics: %s: refused', async (_what, input, name) => {
  await expect(served.cloudwatch.send(new ListMetricsCommand(input))).rejects.toMatchObject({ name });
});
