/** What CloudWatch takes and refuses, asked for by the SDK's own client. */
import { gzipSync } from 'node:zlib';
import { type MetricDatum, PutMetricDataCommand, type PutMetricDataInput } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { NOON, type Served, SIGNED, serve } from './served.ts';

let served: Served;

beforeAll(async () => {
  served = await serve();
});

afterAll(() => served.stop());

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let space = 0;

/** Each test has a namespace of its own. */
function newNamespace(): string {
  space += 1;
  return `Presses${space}`;
}

function put(data: MetricDatum[], Namespace = newNamespace()) {
  return served.cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData: data }));
}

const board: MetricDatum = { MetricName: 'board', Value: 3, Unit: 'Count', Timestamp: new Date(NOON) };
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const dimensions = (count: number) => many(count, (i) => ({ Name: `d${i}`, Value: 'v' }));

test('what is told twice is added twice', async () => {
  const namespace = newNamespace();
  await put([board], namespace);
  await put([board, { ...board, Value: 5 }], namespace);
  expect(served.services.cloudwatch.metrics().filter((one) => one.namespace === namespace)).toEqual([
    { namespace, name: 'board', dimensions: [] },
  ]);
  expect(served.services.cloudwatch.datapoints({ namespace, name: 'board', dimensions: [] })).toEqual([
    { start: NOON / 1000, unit: 'Count', sum: 11, count: 3, minimum: 3, maximum: 5 },
  ]);
});

test.each<[string, MetricDatum, { sum: number; count: number; minimum: number; maximum: number }]>([
  ['a value', { MetricName: 'm', Value: -2.5 }, { sum: -2.5, count: 1, minimum: -2.5, maximum: -2.5 }],
  [
    'a statistic set',
    { MetricName: 'm', StatisticValues: { SampleCount: 4, Sum: 10, Minimum: 1, Maximum: 5 } },
    { sum: 10, count: 4, minimum: 1, maximum: 5 },
  ],
  ['values', { MetricName: 'm', Values: [1, 2] }, { sum: 3, count: 2, minimum: 1, maximum: 2 }],
  [
    'values with counts, one of them 0',
    { MetricName: 'm', Values: [1, 2, 90], Counts: [3, 0.5, 0] },
    { sum: 4, count: 3.5, minimum: 1, maximum: 2 },
  ],
  [
    '150 values',
    { MetricName: 'm', Values: many(150, (i) => i) },
    { sum: 11_175, count: 150, minimum: 0, maximum: 149 },
  ],
  [
    'the largest value',
    { MetricName: 'm', Value: 2 ** 360 },
    { sum: 2 ** 360, count: 1, minimum: 2 ** 360, maximum: 2 ** 360 },
  ],
])('%s is kept', async (_what, datum, expected) => {
  const namespace = newNamespace();
  await put([datum], namespace);
  const points = served.services.cloudwatch.datapoints({ namespace, name: 'm', dimensions: [] });
  expect(points).toEqual([{ start: NOON / 1000, unit: 'None', ...expected }]);
});

test.each<[string, MetricDatum]>([
  ['a name of 255 characters', { ...board, MetricName: 'x'.repeat(255) }],
  ['30 dimensions', { ...board, Dimensions: dimensions(30) }],
  ['a dimension value of 1,024 characters', { ...board, Dimensions: [{ Name: 'Endpoint', Value: 'x'.repeat(1_024) }] }],
  ['a dimension value that begins with a colon', { ...board, Dimensions: [{ Name: 'Endpoint', Value: ':x' }] }],
  ['two weeks ago', { ...board, Timestamp: new Date(NOON - 14 * DAY) }],
  ['two hours ahead', { ...board, Timestamp: new Date(NOON + 2 * HOUR) }],
  ['a second as resolution', { ...board, StorageResolution: 1 }],
  ['a unit by second', { ...board, Unit: 'Kilobytes/Second' }],
])('%s is taken', async (_what, datum) => {
  const namespace = newNamespace();
  await put([datum], namespace);
  expect(served.services.cloudwatch.metrics().filter((one) => one.namespace === namespace)).toHaveLength(1);
});

const VALUE = 'InvalidParameterValueException';
const MISSING = 'MissingRequiredParameterException';
const COMBINATION = 'InvalidParameterCombinationException';
const dimension = (Name: string, Value: string): MetricDatum => ({ ...board, Dimensions: [{ Name, Value }] });
const without = (name: string): MetricDatum => ({ ...board, [name]: undefined });

test.each<[string, MetricDatum, string, string]>([
  ['no name', without('MetricName'), MISSING, 'MetricData.member.2.MetricName is required'],
  ['an empty name', { ...board, MetricName: '' }, VALUE, 'must be longer than 0 characters'],
  ['a name of 256 characters', { ...board, MetricName: 'x'.repeat(256) }, VALUE, 'shorter than 256 characters'],
  ['a name beyond ASCII', { ...board, MetricName: 'Knöpfe' }, VALUE, 'MetricName contains non-ASCII characters'],
  ['a name with a control character', { ...board, MetricName: 'a\nb' }, VALUE, 'contains control characters'],
  ['31 dimensions', { ...board, Dimensions: dimensions(31) }, VALUE, 'must not have a size greater than 30'],
  ['a dimension twice', { ...board, Dimensions: [...dimensions(1), ...dimensions(1)] }, VALUE, 'a dimension twice'],
  ['an empty dimension', dimension('', 'x'), VALUE, 'Dimensions.member.1.Name must be longer than 0'],
  ['an empty dimension value', dimension('Endpoint', ''), VALUE, 'Dimensions.member.1.Value must be longer than 0'],
  ['a dimension of spaces', dimension('Endpoint', '  '), VALUE, 'non-whitespace'],
  ['a dimension name of 256 characters', dimension('x'.repeat(256), 'x'), VALUE, 'shorter than 256'],
  ['a dimension value of 1,025 characters', dimension('Endpoint', 'x'.repeat(1_025)), VALUE, 'shorter than 1025'],
  ['a dimension value beyond ASCII', dimension('Endpoint', '板'), VALUE, 'contains non-ASCII characters'],
  ['a dimension value with a control character', dimension('Endpoint', 'a\u007fb'), VALUE, 'control characters'],
  ['a dimension that begins with a colon', dimension(':Endpoint', 'x'), VALUE, 'must not start with a colon'],
  ['no value', without('Value'), MISSING, 'At least one of the parameters'],
  ['two kinds of value', { ...board, Values: [1] }, COMBINATION, 'mutually exclusive'],
  ['not a number', { ...board, Value: Number.NaN }, VALUE, 'The value NaN for parameter MetricData.member.2.Value'],
  ['infinity', { ...board, Value: Number.NEGATIVE_INFINITY }, VALUE, 'is invalid'],
  ['beyond 2^360', { ...board, Value: 2 ** 361 }, VALUE, 'outside'],
  ['151 values', { MetricName: 'm', Values: many(151, (i) => i) }, VALUE, 'must not have a size greater than 150'],
  ['no values', { MetricName: 'm', Values: [] }, VALUE, 'must not be empty'],
  ['fewer counts than values', { MetricName: 'm', Values: [1, 2], Counts: [1] }, VALUE, 'must be of the same size'],
  ['a negative count', { MetricName: 'm', Values: [1], Counts: [-1] }, VALUE, 'must not be negative'],
  [
    'a statistic set without a sum',
    { MetricName: 'm', StatisticValues: { SampleCount: 1, Sum: undefined, Minimum: 1, Maximum: 1 } },
    MISSING,
    'StatisticValues.Sum is required',
  ],
  [
    'a minimum above the maximum',
    { MetricName: 'm', StatisticValues: { SampleCount: 1, Sum: 1, Minimum: 2, Maximum: 1 } },
    VALUE,
    'must not be less than',
  ],
  [
    'an unknown unit',
    { ...board, Unit: 'Presses' as 'Count' },
    VALUE,
    'must be a value in the set [ Seconds, Microseconds',
  ],
  ['a resolution of 30 s', { ...board, StorageResolution: 30 }, VALUE, 'must be 1 or 60'],
  [
    'more than two weeks ago',
    { ...board, Timestamp: new Date(NOON - 14 * DAY - 1) },
    VALUE,
    'within the past two weeks',
  ],
  [
    'more than two hours ahead',
    { ...board, Timestamp: new Date(NOON + 2 * HOUR + 1) },
    VALUE,
    'two hours in the future',
  ],
])('%s: refused with all of its request', async (_what, datum, name, message) => {
  const namespace = newNamespace();
  await expect(put([board, datum], namespace)).rejects.toMatchObject({
    name,
    message: expect.stringContaining(message),
    $metadata: { httpStatusCode: 400 },
  });
  expect(served.services.cloudwatch.metrics().filter((one) => one.namespace === namespace)).toEqual([]);
});

test.each<[string, Partial<PutMetricDataInput>, string, string]>([
  ['none', { Namespace: undefined }, MISSING, 'Namespace is required'],
  ['an empty one', { Namespace: '' }, VALUE, 'longer than 0'],
  ['one of 256 characters', { Namespace: 'x'.repeat(256) }, VALUE, 'shorter than 256'],
  ["the services' own", { Namespace: 'AWS/Lambda' }, VALUE, 'The value AWS/Lambda for parameter Namespace is invalid'],
  ['one that begins with a colon', { Namespace: ':x' }, VALUE, 'must not start with a colon'],
  ['one beyond ASCII', { Namespace: 'Zähler' }, VALUE, 'non-ASCII'],
  ['no data', { MetricData: undefined }, MISSING, 'MetricData is required'],
  ['1,001 data', { MetricData: many(1_001, () => board) }, VALUE, 'must not have a size greater than 1000'],
  [
    '1,001 data with those of entities',
    { EntityMetricData: [{ MetricData: many(1_000, () => board) }] },
    VALUE,
    'must not have a size greater than 1000',
  ],
])('a request with this for a namespace or data is refused: %s', async (_what, change, name, message) => {
  const input = { Namespace: newNamespace(), MetricData: [board], ...change } as PutMetricDataInput;
  const sent = served.cloudwatch.send(new PutMetricDataCommand(input));
  await expect(sent).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
});

test('every complaint of the first kind is told, a line each, with its place', async () => {
  const sent = put([{ ...board, MetricName: 'é' }, board, { ...board, Timestamp: new Date(0) }, without('Value')]);
  await expect(sent).rejects.toMatchObject({
    Code: 'InvalidParameterValue',
    message:
      'The value for parameter MetricData.member.1.MetricName contains non-ASCII characters.\n' +
      'The parameter MetricData.member.3.Timestamp must specify a time within the past two weeks.',
  });
});

test('1,000 data come compressed, and are kept', async () => {
  const namespace = newNamespace();
  const encodings: unknown[] = [];
  served.cloudwatch.middlewareStack.add(
    (next) => (args) => {
      encodings.push((args.request as { headers: Record<string, string> }).headers['content-encoding']);
      return next(args);
    },
    { step: 'finalizeRequest', name: 'seen' },
  );
  await put(
    many(1_000, (i) => ({ ...board, MetricName: `board-${i}` })),
    namespace,
  );
  served.cloudwatch.middlewareStack.remove('seen');
  expect(encodings).toEqual(['gzip']);
  expect(served.services.cloudwatch.metrics().filter((one) => one.namespace === namespace)).toHaveLength(1_000);
});

test.each<[string, Uint8Array, Record<string, string>, number, string]>([
  ['more than 1 MB, plain', Buffer.alloc(1_048_577, ' '), {}, 413, 'RequestEntityTooLarge'],
  ['far more than 1 MB', Buffer.alloc(9_000_000, ' '), {}, 413, 'RequestEntityTooLarge'],
  [
    'a small body that inflates to more',
    gzipSync(Buffer.alloc(100_000_000, ' ')),
    { 'content-encoding': 'gzip' },
    413,
    'RequestEntityTooLarge',
  ],
  ['said to be gzip, and is not', Buffer.from('{}'), { 'content-encoding': 'gzip' }, 400, 'SerializationException'],
  ['another encoding', Buffer.from('{}'), { 'content-encoding': 'br' }, 400, 'SerializationException'],
  ['not JSON', Buffer.from('Action=PutMetricData'), {}, 400, 'SerializationException'],
  ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), {}, 400, 'SerializationException'],
  ['no object', Buffer.from('[]'), {}, 400, 'SerializationException'],
  ['a wrong type', Buffer.from('{"Namespace":"n","MetricData":{}}'), {}, 400, 'SerializationException'],
  [
    'an unknown operation',
    Buffer.from('{}'),
    { 'x-amz-target': 'GraniteServiceVersion20100801.Fly' },
    400,
    'UnknownOp',
  ],
  ['an unknown service', Buffer.from('{}'), { 'x-amz-target': 'Kinesis_20131202.PutRecord' }, 400, 'UnknownOperation'],
  ['no signature', Buffer.from('{}'), { authorization: '' }, 403, 'MissingAuthenticationToken'],
])('%s: refused', async (_what, body, headers, status, type) => {
  const target = { 'x-amz-target': 'GraniteServiceVersion20100801.PutMetricData' };
  const answer = await fetch(served.url, {
    method: 'POST',
    headers: { ...SIGNED, ...target, ...headers },
    body: Buffer.from(body),
  });
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ __type: expect.stringContaining(type) });
});
