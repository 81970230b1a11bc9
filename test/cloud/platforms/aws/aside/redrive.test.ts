/** Messages by MQTT that were given up are taken from the failure queue, once, and nothing else of it is. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { redrive } from '../../../../../cloud/platforms/aws/aside/redrive.ts';
import { type ServedServices, serveServices } from '../../../../../cloud/platforms/aws/local/services/server.ts';
import { type AwsServices, awsServices } from '../../../../../cloud/platforms/aws/local/services/services.ts';
import { LOCAL_CLIENT } from '../dynamodb-local.ts';

let services: AwsServices;
let served: ServedServices;
let client: SQSClient;
let queueUrl: string;
beforeEach(async () => {
  const world = {
    now: Date.now,
    newId: randomUUID,
    sleep: (ms: number, signal?: AbortSignal) => sleep(ms, undefined, { signal }),
  };
  services = await awsServices({ ...world, queues: ['failures'] });
  served = await serveServices(services, {});
  client = new SQSClient({ ...LOCAL_CLIENT, endpoint: served.url });
  queueUrl = `${served.url}/000000000000/failures`;
});
afterEach(async () => {
  client.destroy();
  await served.close();
  services.close();
});

const send = (message: unknown): Promise<unknown> =>
  client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(message) }));
const gaveUp = (endpoint: string) => ({ version: '1.0', requestPayload: { endpoint, body: btoa('{}') } });
const stop = new AbortController().signal;

test('what Lambda gave up and what the rule could not hand on; the rest stays', async () => {
  for (let board = 0; board < 12; board++) await send(gaveUp(`board-${board}`));
  await send({ ruleName: 'r', topic: 'mbed/board-12/notifications', base64OriginalPayload: btoa('{}'), failures: [] });
  await send({ kind: 'notification', reason: 'x', key: 'aside/k' });
  await send({ version: '1.0', requestContext: { condition: 'RetryAttemptsExhausted' }, DDBStreamBatchInfo: {} });
  const events: string[] = [];
  const take = async ({ body, endpoint }: { body: string; endpoint: string }): Promise<void> => {
    expect(body).toBe(btoa('{}'));
    events.push(endpoint);
  };
  expect(await redrive({ client, queueUrl, take, stop })).toEqual({ taken: 13, others: 2 });
  expect(events.sort()).toEqual(Array.from({ length: 13 }, (_, board) => `board-${board}`).sort());
  expect(services.sqs.messages('failures')).toHaveLength(2);
});

test('what cannot be taken now stays in the queue', async () => {
  await send(gaveUp('board'));
  const down = async (): Promise<never> => {
    throw new Error('the store is down');
  };
  await expect(redrive({ client, queueUrl, take: down, stop })).rejects.toThrow('the store is down');
  expect(services.sqs.messages('failures')).toHaveLength(1);
});

test('an empty queue, or one of things that are no JSON, is no error', async () => {
  expect(await redrive({ client, queueUrl, take: async () => undefined, stop })).toEqual({ taken: 0, others: 0 });
  await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'open sesame' }));
  expect(await redrive({ client, queueUrl, take: async () => undefined, stop })).toEqual({ taken: 0, others: 1 });
});
