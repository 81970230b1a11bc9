/** The table's stream to CloudWatch: what its graphs rely on, and what Lambda is told. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { bucketShelf } from '../../../../../cloud/ingest/aside/bucket-shelf.ts';
import { Deadline } from '../../../../../cloud/platforms/aws/handlers/deadline.ts';
import { type StreamDeps, streamHandler } from '../../../../../cloud/platforms/aws/handlers/stream.ts';
import { StoreError } from '../../../../../cloud/protocol/errors.ts';
import { hourOf } from '../../../../../cloud/protocol/hour.ts';
import { FakeAws, jsonError, s3Error } from '../http/fake-aws.ts';
import { EIGHTEEN_SECONDS, NOW, recordingLog, recordingTally } from './invoking.ts';
import { HOUR, record } from './stream-records.ts';

let aws: FakeAws;
let deps: StreamDeps & { readonly log: { readonly lines: string[] } };
beforeEach(() => {
  aws = new FakeAws().start();
  aws.now = () => NOW;
  const deadline = new Deadline();
  const shelf = { bucket: aws.bucket(), queue: aws.queue(), maxBytes: 10_000, now: () => NOW };
  deps = {
    cloudWatch: { client: aws.cloudWatch(), namespace: 'MbedButtonPressHour', now: () => NOW, deadline: deadline.at },
    guideMetric: true,
    records: bucketShelf({ ...shelf, kind: 'record' }),
    data: bucketShelf({ ...shelf, kind: 'datum' }),
    ...{ now: () => NOW, deadline, log: recordingLog(), tally: recordingTally() },
  };
});
afterEach(() => aws.stop());

async function failures(Records: unknown, more: Partial<StreamDeps> = {}): Promise<string[]> {
  const { batchItemFailures } = await streamHandler({ ...deps, ...more })({ Records }, EIGHTEEN_SECONDS);
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

/** Data as [metric, endpoint or '', value], in the order in which they came. */
function told(): [string, string, number][] {
  return aws.data.map(({ MetricName, Endpoint = '', Value }) => [MetricName, Endpoint, Value]);
}

test('an hour that grew is told: its total first, then by how much', async () => {
  expect(await failures([record(1, 'board', 2, 5)])).toEqual([]);
  expect(told()).toEqual([
    ['PressesPerHour', 'board', 5],
    ['board', '', 3],
  ]);
  expect(aws.data.map(({ at }) => hourOf(at))).toEqual([HOUR, HOUR]);
});

test('many records of an hour make one datum: the last total, and the whole growth', async () => {
  const records = [record(1, 'a', undefined, 1), record(2, 'b', 7, 9), record(3, 'a', 1, 4), record(10, 'a', 4, 6)];
  await failures(records);
  expect(told()).toEqual([
    ['PressesPerHour', 'a', 6],
    ['PressesPerHour', 'b', 9],
    ['a', '', 6],
    ['b', '', 2],
  ]);
});

test("another table's hours are told if CloudWatch takes them; years of older ones are not set aside one by one", async () => {
  const old = hourOf(NOW - 30 * 24 * 3_600_000);
  const carried = (sequence: number, hour: string) => {
    const { dynamodb, ...rest } = record(sequence, 'board', undefined, 7, hour);
    return { ...rest, dynamodb: { ...dynamodb, NewImage: { ...(dynamodb.NewImage as object), Carried: { N: '7' } } } };
  };
  expect(await failures([carried(1, old), carried(2, HOUR), record(3, 'late', undefined, 2, old)])).toEqual([]);
  expect(told()).toEqual([
    ['PressesPerHour', 'board', 7],
    ['board', '', 7],
  ]);
  // A press that comes that late is: somebody may want to know.
  expect([...aws.objects.values()].map(({ body }) => JSON.parse(body.toString()).endpoint)).toEqual(['late', 'late']);
});

test('sequence numbers decide which is last, not their place, and beyond what a number can hold', async () => {
  const big = (tail: string): string => `4911100000000000000000${tail}`;
  await failures([record(big('21'), 'a', 4, 6), record(big('3'), 'a', 1, 2), record(big('20'), 'a', 2, 4)]);
  expect(told()).toEqual([
    ['PressesPerHour', 'a', 6],
    ['a', '', 5],
  ]);
});

test('hours of one endpoint stay apart', async () => {
  const before = hourOf(NOW - 3_600_000);
  await failures([record(1, 'a', 0, 3, before), record(2, 'a', undefined, 2)]);
  expect(aws.data.map(({ at, Value }) => [hourOf(at), Value])).toEqual([
    [before, 3],
    [HOUR, 2],
    [before, 3],
    [HOUR, 2],
  ]);
});

test.each<[string, object]>([
  ['a state that moved without a press', record(1, 'board', 5, 5)],
  ['a state before any press', record(1, 'board', undefined, undefined)],
  ['an hour of zero', record(1, 'board', undefined, 0)],
  ['our list of endpoints', record(1, '\u001fendpoints/3', undefined, undefined, 'board')],
  ['what was deleted', { ...record(1, 'board', 5, undefined), eventName: 'REMOVE' }],
])('%s tells nothing', async (_what, one) => {
  expect(await failures([one])).toEqual([]);
  expect(aws.seen).toEqual([]);
});

test('the guide metric is switched off', async () => {
  await failures([record(1, 'board', 0, 5)], { guideMetric: false });
  expect(told()).toEqual([['PressesPerHour', 'board', 5]]);
});

test('a thousand hours are one request for each metric', async () => {
  await failures(Array.from({ length: 1_000 }, (_, index) => record(index + 1, `board-${index}`, 0, 1)));
  expect(aws.asked('cloudwatch')).toHaveLength(2);
  expect(aws.data).toHaveLength(2_000);
});

const good = record(50, 'good', 1, 2);

test.each<[string, unknown]>([
  ['no keys', { eventID: 'e1', eventName: 'MODIFY', dynamodb: { SequenceNumber: '1' } }],
  [
    'a key of another type',
    { ...record(1, 'x', 0, 1), dynamodb: { ...record(1, 'x', 0, 1).dynamodb, Keys: { Endpoint: { N: '1' } } } },
  ],
  ['an hour that is none', record(1, 'board', 0, 1, '2026-03-20 12:30:00')],
  ['a count that is no number', record(1, 'board', 0, 'many')],
  ['a count below 0', record(1, 'board', 0, '-1')],
  ['a count that is not whole', record(1, 'board', 0, '1.5')],
  ['a count beyond what is exact', record(1, 'board', 0, '9007199254740993')],
  ['an old count that is no number', record(1, 'board', 'many', 1)],
  [
    'no sequence number',
    { ...record(1, 'board', 0, 1), dynamodb: { ...record(1, 'board', 0, 1).dynamodb, SequenceNumber: 7 } },
  ],
  ['a text', 'record'],
  ['null', null],
])('poison, %s: set aside with its reason, done, and its neighbours are told', async (_what, poison) => {
  expect(await failures([poison, good])).toEqual([]);
  expect(told()).toEqual([
    ['PressesPerHour', 'good', 2],
    ['good', '', 1],
  ]);
  const [[key, object] = ['', undefined], ...more] = aws.objects;
  expect(more).toEqual([]);
  expect(key).toMatch(/^aside\/record-[\w-]+$/);
  expect(JSON.parse(object?.body.toString() ?? '')).toEqual(poison);
  expect(aws.messages).toEqual([{ kind: 'record', reason: expect.any(String), bucket: 'shelf', key, receivedAt: NOW }]);
  expect(deps.log.lines.join()).toContain('set aside');
});

test('a poison record is kept under its event id, once', async () => {
  const poison = record(1, 'board', 0, 'many');
  for (const _again of [1, 2]) await failures([poison]);
  expect([...aws.objects.keys()]).toEqual([`aside/record-${poison.eventID}`]);
  expect(aws.messages).toHaveLength(1);
});

test('poison that cannot be set aside is a failure, and the guide metric waits with what comes after it', async () => {
  aws.before = ({ service }) => (service === 's3' ? s3Error(503, 'SlowDown') : undefined);
  const records = [record(1, 'a', 0, 1), record(2, 'board', 0, 'many'), record(3, 'c', 0, 1)];
  expect(await failures(records)).toEqual(['2']);
  expect(told()).toEqual([
    ['PressesPerHour', 'a', 1],
    ['PressesPerHour', 'c', 1],
    ['a', '', 1],
  ]);
});

test('no room for poison holds nothing up: what follows is told, and the log says so', async () => {
  const full = {
    put: async (): Promise<never> => {
      throw new StoreError('ASIDE_FULL', 'there is no room');
    },
  };
  expect(await failures([record(1, 'board', 0, 1, 'yesterday'), record(2, 'board', 1, 2)], { records: full })).toEqual(
    [],
  );
  expect(told()).toContainEqual(['PressesPerHour', 'board', 2]);
  expect(deps.log.lines.join()).toContain('records could not be set aside');
});

test('a failure is named as its record is, zeros and all', async () => {
  aws.before = () => jsonError(500, 'InternalServiceFault');
  expect(await failures([record('000000000000000000042', 'board', 1, 2)])).toEqual(['000000000000000000042']);
});

test('poison without a sequence number that cannot be set aside: the whole batch comes again', async () => {
  aws.before = ({ service }) => (service === 's3' ? s3Error(503, 'SlowDown') : undefined);
  await expect(failures([null, good])).rejects.toMatchObject({ code: 'STORE_DOWN' });
});

test.each([
  ['down', () => jsonError(503, 'ServiceUnavailable')],
  ['throttling', () => jsonError(400, 'ThrottlingException')],
])('CloudWatch %s: the lowest record is a failure, and the repetition tells all', async (_what, answer) => {
  const records = [record(3, 'x', 5, 5), record(4, 'a', 0, 1), record(5, 'b', 0, 1), record(6, 'a', 1, 2)];
  aws.before = answer;
  expect(await failures(records)).toEqual(['4']);
  expect(aws.data).toEqual([]);
  aws.before = () => undefined;
  expect(await failures(records.slice(1))).toEqual([]);
  expect(told()).toEqual([
    ['PressesPerHour', 'a', 2],
    ['PressesPerHour', 'b', 1],
    ['a', '', 2],
    ['b', '', 1],
  ]);
});

test('a part of the data fails: the guide metric is told of what lies before it, and of the rest by the repetition', async () => {
  const endpoints = Array.from({ length: 1_500 }, (_, index) => `board-${index}`);
  const records = endpoints.map((endpoint, index) => record(index + 1, endpoint, 0, 2));
  // Of board-0 twice: the second falls behind the failure.
  records.push(record(2_000, 'board-0', 2, 3));
  aws.before = ({ body }) => (body.includes('"board-1499"') ? jsonError(403, 'AccessDenied') : undefined);
  const [first] = await failures(records);
  expect(first).toBe('1001');
  aws.before = () => undefined;
  expect(await failures(records.slice(1_000))).toEqual([]);
  const sums = new Map<string, number>();
  for (const { MetricName, Endpoint, Value } of aws.data) {
    if (Endpoint === undefined) sums.set(MetricName, (sums.get(MetricName) ?? 0) + Value);
  }
  expect(sums).toEqual(new Map(endpoints.map((endpoint, index) => [endpoint, index === 0 ? 3 : 2])));
});

test('the guide metric fails alone: the record is a failure', async () => {
  aws.before = ({ body }) => (body.includes('PressesPerHour') ? undefined : jsonError(403, 'AccessDenied'));
  expect(await failures([record(7, 'a', 0, 1)])).toEqual(['7']);
  expect(told()).toEqual([['PressesPerHour', 'a', 1]]);
});

test('an hour that is too old is not told, but kept with its reason, and the others are told', async () => {
  const old = hourOf(NOW - 15 * 24 * 3_600_000);
  expect(await failures([record(1, 'late', 0, 4, old), record(2, 'late', 0, 1)])).toEqual([]);
  expect(told()).toEqual([
    ['PressesPerHour', 'late', 1],
    ['late', '', 1],
  ]);
  const kept = [...aws.objects.values()].map(({ body }) => JSON.parse(body.toString()));
  expect(kept).toEqual([
    { endpoint: 'late', hour: old, total: 4, increment: 4, metric: 'exact' },
    { endpoint: 'late', hour: old, total: 4, increment: 4, metric: 'guide' },
  ]);
  expect(aws.messages[0]).toMatchObject({ kind: 'datum', reason: expect.stringContaining('two weeks') });
  expect(deps.log.lines.join()).toContain('counted, but CloudWatch does not take it');
});

test('a name of 256 characters: the exact metric takes it, the guide metric does not', async () => {
  const long = 'x'.repeat(256);
  expect(await failures([record(1, long, 0, 4)])).toEqual([]);
  expect(told()).toEqual([['PressesPerHour', long, 4]]);
  expect([...aws.objects.values()].map(({ body }) => JSON.parse(body.toString()).metric)).toEqual(['guide']);
});

test('a name that CloudWatch does not take is set aside once, not every hour', async () => {
  const before = hourOf(NOW - 3_600_000);
  await failures([record(1, '日本語', 0, 4, before), record(2, '日本語', 0, 1)]);
  await failures([record(3, '日本語', 1, 2), record(4, 'good', 0, 1)]);
  expect(told().map(([metric]) => metric)).toEqual(['PressesPerHour', 'good']);
  expect(aws.messages.map(({ kind }) => kind)).toEqual(['datum', 'datum']);
});

test('no room to set a datum aside holds nothing up: the table has counted it', async () => {
  await deps.records.put([{ key: 'record-full', receivedAt: NOW, reason: 'x', body: new Uint8Array(10_000) }]);
  expect(await failures([record(1, '日本語', 0, 4), record(2, 'good', 0, 1)])).toEqual([]);
  expect(told().map(([metric]) => metric)).toEqual(['PressesPerHour', 'good']);
  expect(deps.log.lines.join()).toContain('could not be set aside');
});

test('the bucket is down while a datum is to be set aside: it comes again', async () => {
  aws.before = ({ service }) => (service === 's3' ? s3Error(503, 'SlowDown') : undefined);
  expect(await failures([record(1, 'good', 0, 1), record(2, '日本語', 0, 4)])).toEqual(['2']);
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['no records', {}],
  ['records that are no list', { Records: 'x' }],
])('%s is no event of a stream: our own error', async (_what, event) => {
  const invoked = streamHandler(deps)(event, EIGHTEEN_SECONDS);
  await expect(invoked).rejects.toMatchObject({ code: 'STREAM_FORMAT' });
});

test('an empty batch is done', async () => {
  expect(await failures([])).toEqual([]);
});
