/** Failures on demand, as the SDK sees them: over the HTTP server, and through msw. */
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setupServer } from 'msw/node';
import { serveServices } from '../../../../../../cloud/platforms/aws/local/services/server.ts';
import { type AwsServices, awsServices } from '../../../../../../cloud/platforms/aws/local/services/services.ts';
import { answeredBy } from '../../services-by-msw.ts';
import { BUCKET, Clock, CREDENTIALS, QUEUE, type Served, SIGNED, serve } from './served.ts';

const MetricData = [{ MetricName: 'm', Value: 1 }];
const put = new PutMetricDataCommand({ Namespace: 'Presses', MetricData });
const told = (services: AwsServices): number =>
  services.cloudwatch.datapoints({ namespace: 'Presses', name: 'm', dimensions: [] })[0]?.count ?? 0;

describe('over HTTP', () => {
  let served: Served;

  beforeEach(async () => {
    served = await serve();
  });

  afterEach(() => served.stop());

  test.each([
    ['throttle', { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 }, $fault: 'client' }, 0],
    ['error', { name: 'InternalServiceFault', $metadata: { httpStatusCode: 500 }, $fault: 'server' }, 0],
    ['down', { message: expect.stringContaining('socket hang up') }, 0],
    ['lost', { message: expect.stringContaining('socket hang up') }, 1],
  ] as const)('CloudWatch %s, twice', async (kind, error, added) => {
    const { cloudwatch, services } = served;
    services.cloudwatch.faults.fail({ kind, times: 2 });
    await expect(cloudwatch.send(put)).rejects.toMatchObject(error);
    await expect(cloudwatch.send(put)).rejects.toMatchObject(error);
    expect(told(services)).toBe(2 * added);
    await cloudwatch.send(put);
    expect([told(services), services.cloudwatch.faults.calls('PutMetricData')]).toEqual([2 * added + 1, 3]);
  });

  test.each(['throttle', 'error', 'down', 'lost'] as const)('the SDK gets over it by itself: %s', async (kind) => {
    const config = { region: 'eu-west-1', credentials: CREDENTIALS, endpoint: served.url };
    const patient = new CloudWatchClient(config);
    served.services.cloudwatch.faults.fail({ kind, times: 1 });
    await patient.send(put);
    patient.destroy();
    expect(served.services.cloudwatch.faults.calls('PutMetricData')).toBe(2);
    // A lost answer is told twice, and CloudWatch adds it twice.
    expect(told(served.services)).toBe(kind === 'lost' ? 2 : 1);
  });

  test('SQS and S3 fail in their own words', async () => {
    const send = new SendMessageCommand({ QueueUrl: served.queueUrl, MessageBody: 'm' });
    const { s3, sqs } = served.services;
    sqs.faults.fail({ kind: 'throttle', times: 1 });
    await expect(served.sqs.send(send)).rejects.toMatchObject({ name: 'RequestThrottled' });
    sqs.faults.fail({ kind: 'error', times: 1 });
    await expect(served.sqs.send(send)).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
    s3.faults.fail({ kind: 'throttle', times: 1 });
    s3.faults.fail({ kind: 'error', times: 1 });
    for (const [status, code] of [
      [503, 'SlowDown'],
      [500, 'InternalError'],
    ]) {
      const answer = await served.s3('PUT', `${BUCKET}/k`, 'body');
      expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(`<Code>${code}</Code>`)]);
    }
    s3.faults.fail({ kind: 'lost', times: 1 });
    await expect(served.s3('PUT', `${BUCKET}/k`, 'body')).rejects.toThrow();
    expect(await s3.objects.keys(BUCKET)).toEqual([`k`]);
  });

  test('a failure lasts as long as it is said to, or until it is ended, for the operations that are named', async () => {
    const { faults } = served.services.s3;
    let isDown = true;
    faults.fail({ kind: 'error', while: () => isDown });
    expect((await served.s3('HEAD', BUCKET)).status).toBe(500);
    isDown = false;
    expect((await served.s3('HEAD', BUCKET)).status).toBe(200);
    const end = faults.fail({ kind: 'error', operations: ['PutObject'] });
    expect((await served.s3('HEAD', BUCKET)).status).toBe(200);
    expect((await served.s3('PUT', `${BUCKET}/k`, '')).status).toBe(500);
    end();
    expect((await served.s3('PUT', `${BUCKET}/k`, '')).status).toBe(200);
    faults.fail({ kind: 'error' });
    faults.heal();
    expect((await served.s3('HEAD', BUCKET)).status).toBe(200);
  });

  test('slow: done when its time is over; nothing is done for a caller that went away', async () => {
    served.services.s3.faults.fail({ kind: 'slow', delayMs: 5_000, times: 1 });
    const slow = served.s3('PUT', `${BUCKET}/slow`, 'body');
    await served.clock.someoneSleeps();
    expect(await served.services.s3.objects.keys(BUCKET)).toEqual([]);
    served.clock.advance(5_000);
    expect((await slow).status).toBe(200);
    served.services.s3.faults.fail({ kind: 'slow', delayMs: 5_000 });
    const gone = new AbortController();
    const headers = { ...SIGNED, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    const asked = fetch(`${served.url}/${BUCKET}/gone`, { method: 'PUT', headers, body: 'b', signal: gone.signal });
    await served.clock.someoneSleeps();
    gone.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    while (served.clock.sleeping > 0) await new Promise(setImmediate);
    served.clock.advance(5_000);
    expect(await served.services.s3.objects.keys(BUCKET)).toEqual(['slow']);
  });
});

describe('through msw', () => {
  const CLOUDWATCH = 'https://monitoring.eu-west-1.amazonaws.com';
  const SQS = 'https://sqs.eu-west-1.amazonaws.com';
  const S3 = 'https://s3.eu-west-1.amazonaws.com';
  const msw = setupServer();
  const config = { region: 'eu-west-1', credentials: CREDENTIALS, maxAttempts: 1 };
  const [cloudwatch, sqs] = [new CloudWatchClient(config), new SQSClient(config)];
  let services: AwsServices;

  beforeAll(() => msw.listen({ onUnhandledRequest: 'error' }));

  beforeEach(async () => {
    services = await awsServices({ ...parts(new Clock()), buckets: [BUCKET], queues: [QUEUE] });
    msw.use(...answeredBy(services, CLOUDWATCH, SQS, S3));
  });

  afterEach(() => {
    msw.resetHandlers();
    services.close();
  });

  afterAll(() => msw.close());

  const parts = ({ now, sleep, newId }: Clock) => ({ now, sleep, newId });

  test('the SDK reaches the services at their real addresses', async () => {
    await cloudwatch.send(put);
    expect(told(services)).toBe(1);
    const names = Array.from({ length: 1_000 }, (_, i) => ({ MetricName: `m${i}`, Value: 1 }));
    await cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Many', MetricData: names }));
    expect(services.cloudwatch.metrics()).toHaveLength(1_001);
    await sqs.send(new SendMessageCommand({ QueueUrl: `${SQS}/000000000000/${QUEUE}`, MessageBody: 'm' }));
    expect(services.sqs.messages(QUEUE)).toMatchObject([{ body: 'm' }]);
    const headers = { ...SIGNED, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    await fetch(`${S3}/${BUCKET}/k`, { method: 'PUT', headers, body: 'body' });
    expect((await fetch(`${S3}/${BUCKET}/k`, { method: 'DELETE', headers })).status).toBe(204);
  });

  test('errors and cut connections', async () => {
    const bad = new PutMetricDataCommand({ Namespace: 'AWS/x', MetricData });
    await expect(cloudwatch.send(bad)).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    services.cloudwatch.faults.fail({ kind: 'throttle', times: 1 });
    await expect(cloudwatch.send(put)).rejects.toMatchObject({ name: 'ThrottlingException' });
    services.cloudwatch.faults.fail({ kind: 'lost', times: 1 });
    await expect(cloudwatch.send(put)).rejects.toThrow();
    expect(told(services)).toBe(1);
  });
});

test('a port that is taken is said', async () => {
  const served = await serve();
  const port = Number(new URL(served.url).port);
  await expect(serveServices(served.services, { port })).rejects.toMatchObject({ code: 'PORT' });
  await served.stop();
});
