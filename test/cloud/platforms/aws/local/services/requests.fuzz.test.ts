/** Whatever is sent: an answer or a refusal of the service's own, never a failure of this machine. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseSearch } from '../../../../../../cloud/platforms/aws/local/services/cloudwatch/search.ts';
import { Refusal } from '../../../../../../cloud/platforms/aws/local/services/refusal.ts';
import { type AwsServices, awsServices } from '../../../../../../cloud/platforms/aws/local/services/services.ts';
import type { ServiceRequest } from '../../../../../../cloud/platforms/aws/local/services/wire.ts';
import { BUCKET, Clock, NOON, QUEUE } from './served.ts';

let services: AwsServices;

beforeAll(async () => {
  const { now, newId } = new Clock();
  // Whoever waits has waited.
  services = await awsServices({ now, newId, sleep: async () => {}, buckets: [BUCKET], queues: [QUEUE] });
});

afterAll(() => services.close());

const signed = { authorization: 'AWS4', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };

async function isAnswered(request: Partial<ServiceRequest>): Promise<void> {
  const { headers, ...rest } = request;
  const answer = await services.handle({
    method: 'POST',
    origin: 'http://local',
    path: '/',
    body: new Uint8Array(),
    ...rest,
    headers: { ...signed, ...headers },
  });
  if (typeof answer === 'symbol') throw new Error('cut without a fault');
  expect([200, 204, 400, 403, 404, 405, 409, 412, 413, 501]).toContain(answer.status);
  // What Node would refuse to send.
  expect(() => new Headers(answer.headers)).not.toThrow();
}

const CLOUDWATCH = ['PutMetricData', 'GetMetricData', 'GetMetricStatistics', 'ListMetrics', 'constructor', ''];
const SQS = [
  ...['SendMessage', 'SendMessageBatch', 'DeleteMessage', 'DeleteMessageBatch', 'ChangeMessageVisibility'],
  ...['GetQueueAttributes', 'GetQueueUrl', 'CreateQueue', 'toString'],
];
const target = fc.constantFrom(
  ...CLOUDWATCH.map((name) => `GraniteServiceVersion20100801.${name}`),
  ...SQS.map((name) => `AmazonSQS.${name}`),
  'AmazonSQS.ReceiveMessage',
);

/** Members that the services know, so that the values get somewhere. */
const MEMBERS = [
  ...['Namespace', 'MetricName', 'MetricData', 'EntityMetricData', 'Dimensions', 'Name', 'Value', 'Values', 'Counts'],
  ...[
    'StatisticValues',
    'SampleCount',
    'Sum',
    'Minimum',
    'Maximum',
    'Unit',
    'StorageResolution',
    'Timestamp',
    'Period',
  ],
  ...['MetricDataQueries', 'MetricStat', 'Metric', 'Stat', 'Id', 'Expression', 'StartTime', 'EndTime', 'NextToken'],
  ...['Statistics', 'MaxDatapoints', 'ScanBy', 'Label', 'RecentlyActive', 'QueueName', 'Attributes', 'AttributeNames'],
  ...['MessageBody', 'MessageAttributes', 'DataType', 'StringValue', 'BinaryValue', 'DelaySeconds', 'Entries'],
  ...['ReceiptHandle', 'VisibilityTimeout', 'MaxNumberOfMessages', '__proto__', 'constructor'],
];
const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    'Presses',
    'Sum',
    'Count',
    'String',
    'a',
    'NaN',
    '-Infinity',
    60,
    3_600,
    1,
    0,
    -1,
    NOON / 1000,
  ),
  fc.constantFrom<unknown>(`SEARCH('{Presses} a', 'Sum', 60)`, Buffer.from(`${QUEUE}.1.1`).toString('base64url')),
  fc.jsonValue({ maxDepth: 1 }),
  fc.double(),
  fc.string({ unit: 'binary' }),
);
const { node } = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...MEMBERS), tie('node'), { maxKeys: 8 }),
  ),
}));
const input = fc.dictionary(fc.constantFrom(...MEMBERS), node, { maxKeys: 12 });

test('members of the right names with any values', async () => {
  await fc.assert(
    fc.asyncProperty(target, input, fc.boolean(), async (operation, members, compressed) => {
      const body = Buffer.from(JSON.stringify({ QueueUrl: `http://local/0/${QUEUE}`, ...members }));
      await isAnswered({
        headers: { 'x-amz-target': operation, ...(compressed ? { 'content-encoding': 'gzip' } : {}) },
        body: compressed ? gzipSync(body) : body,
      });
    }),
    { numRuns: 3_000 },
  );
});

test('bytes that are anything', async () => {
  await fc.assert(
    fc.asyncProperty(target, fc.uint8Array({ maxLength: 200 }), fc.string(), async (operation, body, encoding) => {
      await isAnswered({ headers: { 'x-amz-target': operation }, body });
      await isAnswered({ headers: { 'x-amz-target': operation, 'content-encoding': 'gzip' }, body });
      await isAnswered({ headers: { 'x-amz-target': encoding, 'content-encoding': encoding }, body });
    }),
    { numRuns: 1_000 },
  );
});

test('JSON nested as deep as fits', async () => {
  const body = Buffer.from(`{"MetricData":${'['.repeat(500_000)}${']'.repeat(500_000)}}`);
  await isAnswered({ headers: { 'x-amz-target': 'GraniteServiceVersion20100801.PutMetricData' }, body });
  const listed = Buffer.from(`{"Namespace":${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}}`);
  await isAnswered({ headers: { 'x-amz-target': 'GraniteServiceVersion20100801.ListMetrics' }, body: listed });
});

test('paths, methods and headers of S3 that are anything', async () => {
  const method = fc.constantFrom('GET', 'PUT', 'HEAD', 'DELETE', 'POST', 'constructor');
  const part = fc.oneof(
    fc.constantFrom(
      BUCKET,
      'k',
      '..',
      '%2e%2e',
      '%',
      '?list-type=2',
      '&prefix=k',
      '&max-keys=1',
      '&continuation-token=',
    ),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );
  const path = fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/'));
  const within = fc.array(part, { maxLength: 4 }).map((parts) => `/${BUCKET}/${parts.join('')}`);
  const listed = fc.array(part, { maxLength: 4 }).map((parts) => `/${BUCKET}?list-type=2${parts.join('')}`);
  const header = fc.dictionary(
    fc.constantFrom('x-amz-meta-a', 'content-type', 'if-none-match', 'content-md5', 'x-amz-content-sha256'),
    fc.oneof(fc.constantFrom('*', 'UNSIGNED-PAYLOAD'), fc.string({ unit: 'binary' })),
  );
  await fc.assert(
    fc.asyncProperty(method, fc.oneof(path, within, listed), header, async (verb, way, headers) => {
      await isAnswered({ method: verb, path: way, headers, body: Buffer.from('body') });
    }),
    { numRuns: 3_000 },
  );
});

test('a search is read or refused, however it is nested', () => {
  const word = fc.constantFrom(
    ...['{', '}', ',', '(', ')', '=', '"', 'NOT', 'AND', 'OR', 'a', '"b c"', ' ', 'é', '\n'],
  );
  const expression = fc.array(word, { maxLength: 600 }).map((words) => `SEARCH('${words.join(' ')}', 'Sum')`);
  const metric = { namespace: 'a', name: 'b c', dimensions: [{ name: 'a', value: '' }] };
  fc.assert(
    fc.property(fc.oneof(expression, fc.string({ unit: 'binary' })), (text) => {
      try {
        expect(typeof parseSearch(text).matches(metric)).toBe('boolean');
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal);
      }
    }),
    { numRuns: 3_000 },
  );
  const nested = `SEARCH('${'('.repeat(500)}a${')'.repeat(500)}', 'Sum')`;
  expect(parseSearch(nested).matches(metric)).toBe(true);
});
