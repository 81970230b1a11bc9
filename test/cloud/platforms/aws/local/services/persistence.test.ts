/** What a data folder keeps over a restart: the same series, messages and objects. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BUCKET, NOON, QUEUE, type Served, serve } from './served.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mts-services-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

const metric = { namespace: 'Presses', name: 'm', dimensions: [{ name: 'Endpoint', value: 'board' }] };

function put({ cloudwatch }: Served, Value: number) {
  const MetricData = [{ MetricName: 'm', Dimensions: [{ Name: 'Endpoint', Value: 'board' }], Value }];
  return cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Presses', MetricData }));
}

test('metrics, messages with what was handed out, and objects are there after a restart', async () => {
  const first = await serve(dir);
  await put(first, 3);
  await first.sqs.send(new SendMessageCommand({ QueueUrl: first.queueUrl, MessageBody: 'one' }));
  await first.sqs.send(new SendMessageCommand({ QueueUrl: first.queueUrl, MessageBody: 'two' }));
  const received = await first.sqs.send(new ReceiveMessageCommand({ QueueUrl: first.queueUrl }));
  await first.s3('PUT', `${BUCKET}/aside/k`, 'body', { 'x-amz-meta-reason': 'why' });
  await first.stop();

  const second = await serve(dir, first.clock);
  try {
    await put(second, 4);
    expect(second.services.cloudwatch.datapoints(metric)).toEqual([
      { start: NOON / 1000, unit: 'None', sum: 7, count: 2, minimum: 3, maximum: 4 },
    ]);
    const { ReceiptHandle } = received.Messages![0]!;
    await second.sqs.send(new DeleteMessageCommand({ QueueUrl: second.queueUrl, ReceiptHandle }));
    expect(second.services.sqs.messages(QUEUE)).toMatchObject([{ body: 'two' }]);
    const object = await second.s3('GET', `${BUCKET}/aside/k`);
    expect([await object.text(), object.headers.get('x-amz-meta-reason')]).toEqual(['body', 'why']);
  } finally {
    await second.stop();
  }
});

test('without a folder, everything goes', async () => {
  const first = await serve();
  await put(first, 3);
  await first.stop();
  const second = await serve();
  expect(second.services.cloudwatch.metrics()).toEqual([]);
  await second.stop();
});

test('the file is its owner’s; one of another program is left as it is, and said', async () => {
  await (await serve(dir)).stop();
  const file = join(dir, 'services.sqlite');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  rmSync(file);
  writeFileSync(file, 'something else that is no database, and long enough to be looked at');
  await expect(serve(dir)).rejects.toMatchObject({ code: 'FILE', message: expect.stringContaining(file) });
  expect(statSync(file).size).toBe(67);
});
