/** The three files as Lambda loads them: their environment read, their clients made, against services over HTTP. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { hourOf } from '../../../../../cloud/protocol/hour.ts';
import { FakeAws } from '../http/fake-aws.ts';
import { restEvent } from './http-events.ts';
import { EIGHTEEN_SECONDS } from './invoking.ts';
import { record } from './stream-records.ts';

const ENVIRONMENT = {
  ...{ TABLE: 'presses', ASIDE_BUCKET: 'shelf', FAILURE_QUEUE_URL: 'http://sqs.test/123456789012/failures' },
  ...{
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKID',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'session',
  },
  ...{ AWS_ENDPOINT_URL_S3: 'http://s3.test', AWS_ENDPOINT_URL_SQS: 'http://sqs.test' },
  ...{ AWS_ENDPOINT_URL_CLOUDWATCH: 'http://cloudwatch.test', POWERTOOLS_METRICS_NAMESPACE: 'MbedTimeSeries' },
  POWERTOOLS_SERVICE_NAME: 'test',
};

let aws: FakeAws;
const written: string[] = [];
beforeEach(() => {
  aws = new FakeAws().start();
  Object.assign(process.env, ENVIRONMENT);
  const collect = (chunk: unknown): boolean => written.push(String(chunk)) > 0;
  jest.spyOn(process.stdout, 'write').mockImplementation(collect);
  jest.spyOn(process.stderr, 'write').mockImplementation(collect);
});
afterEach(() => {
  jest.restoreAllMocks();
  for (const name of Object.keys(ENVIRONMENT)) delete process.env[name];
  written.length = 0;
  aws.stop();
});

test('the webhook sets aside what is no message: object, notice, log and metrics', async () => {
  const { handler } = await import('../../../../../cloud/platforms/aws/handlers/webhook.main.ts');
  const event = restEvent({ method: 'PUT', headers: { authorization: 'Bearer 5f1c' }, body: 'open sesame' });
  expect(await handler(event, EIGHTEEN_SECONDS)).toMatchObject({ statusCode: 200, body: '{}' });
  const [[key, object] = ['', undefined]] = aws.objects;
  expect(object?.body.toString()).toBe('open sesame');
  expect(aws.messages).toMatchObject([{ kind: 'notification', bucket: 'shelf', key }]);
  expect(aws.seen.every(({ headers }) => headers.get('x-amz-security-token') === 'session')).toBe(true);
  const log = written.join('');
  expect(log).toContain('"message":"set aside"');
  expect(log).toContain('"messagesTaken":1');
  expect(log).not.toMatch(/5f1c|sesame|secret/);
});

test('the IoT function sets aside a message of another board', async () => {
  const { handler } = await import('../../../../../cloud/platforms/aws/handlers/iot.main.ts');
  const body = btoa(JSON.stringify({ registrations: [{ ep: 'other' }] }));
  await handler({ body, endpoint: 'board' }, EIGHTEEN_SECONDS);
  expect(aws.objects.size).toBe(1);
  expect(aws.messages).toMatchObject([{ kind: 'notification', reason: expect.stringContaining('"other"') }]);
});

test('the stream function tells CloudWatch, and sets poison aside', async () => {
  const { handler } = await import('../../../../../cloud/platforms/aws/handlers/stream.main.ts');
  const hour = hourOf(Date.now());
  const event = { Records: [record(1, 'board', 0, 3, hour), record(2, 'board', 3, 'many', hour)] };
  expect(await handler(event, EIGHTEEN_SECONDS)).toEqual({ batchItemFailures: [] });
  expect(aws.data.map(({ Namespace, MetricName, Value }) => [Namespace, MetricName, Value])).toEqual([
    ['MbedButtonPressHour', 'PressesPerHour', 3],
    ['MbedButtonPressHour', 'board', 3],
  ]);
  expect([...aws.objects.keys()]).toEqual(['aside/record-event-2']);
});
