/** The whole stack on this machine, with the handlers that are deployed: what is sent is counted, and told to CloudWatch. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { connectAsync } from 'mqtt';
import { lockFolder } from '../../../../../cloud/platforms/aws/local/folder-lock.ts';
import {
  type LocalStack,
  type LocalStackOptions,
  startLocalStack,
} from '../../../../../cloud/platforms/aws/local/stack.ts';
import { EXACT_DIMENSION, EXACT_METRIC } from '../../../../../cloud/platforms/aws/names.ts';
import { hourOf, startOfHour } from '../../../../../cloud/protocol/hour.ts';
import { dynamoDbLocal, dynamoDbWanted, fetchedDynamoDbLocal, JAVA, LOCAL_CLIENT } from '../dynamodb-local.ts';

let dir: string;
const stacks: LocalStack[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-stack-'));
});
afterEach(async () => {
  await Promise.all(stacks.splice(0).map((stack) => stack.close()));
  await rm(dir, { recursive: true });
});

(dynamoDbWanted ? describe : describe.skip)('the local stack', () => {
  test('counts what comes by webhook and by MQTT, and CloudWatch has both metrics; a restart doubles nothing', async () => {
    const dataDir = join(dir, 'data');
    const first = await start({ dataDir });
    expect(await put(first, message('node-001', 3))).toBe(200);
    const client = await connectAsync(first.mqttUrl, { protocolVersion: 4 });
    await client.publishAsync('mbed/node-002/notifications', message('node-002', 5), { qos: 1 });
    await client.endAsync();
    expect(await put(first, message('node-001', 4))).toBe(200);
    await first.drained();
    expect(await counted(first, 'node-001')).toEqual({ table: 2, sum: 2, exact: 2 });
    expect(await counted(first, 'node-002')).toEqual({ table: 1, sum: 1, exact: 1 });
    const key = `x-api-key: ${first.apiKey}\n`;
    expect(await readFile(first.apiKeyFile!, 'utf8')).toBe(key);
    expect((await stat(first.apiKeyFile!)).mode & 0o077).toBe(0);
    await expect(start({ dataDir })).rejects.toMatchObject({
      code: 'FILE',
      message: expect.stringMatching(/another stack/),
    });
    await first.close();

    const second = await start({ dataDir });
    expect(second.apiKey).toBe(first.apiKey);
    expect(await put(second, message('node-001', 6))).toBe(200);
    await second.drained();
    expect(await counted(second, 'node-001')).toEqual({ table: 4, sum: 4, exact: 4 });
    expect(await counted(second, 'node-002')).toEqual({ table: 1, sum: 1, exact: 1 });
  });

  test('a function killed between the write and the answer: sent again, it counts once', async () => {
    const stack = await start({ functions: { webhook: { killBeforeAnswer: (invocation) => invocation === 2 } } });
    expect(await put(stack, message('node-001', 1))).toBe(200);
    expect(await put(stack, message('node-001', 3))).toBe(502);
    await stack.drained();
    expect((await counted(stack, 'node-001')).table).toBe(3);
    expect(await put(stack, message('node-001', 3))).toBe(200);
    await stack.drained();
    expect(await counted(stack, 'node-001')).toEqual({ table: 3, sum: 3, exact: 3 });
  });

  test('CloudWatch that is down is told when it is back', async () => {
    const stack = await start();
    stack.services!.cloudwatch.faults.fail({ kind: 'error', times: 3 });
    expect(await put(stack, message('node-001', 1))).toBe(200);
    expect(await put(stack, message('node-001', 2))).toBe(200);
    await stack.drained();
    expect(await counted(stack, 'node-001')).toEqual({ table: 2, sum: 2, exact: 2 });
  });

  test('what is not understood lies in the bucket, and the failure queue says why', async () => {
    const stack = await start();
    expect(await put(stack, 'no JSON')).toBe(200);
    const { Messages = [] } = await stack.backends.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: stack.queueUrl, MaxNumberOfMessages: 10 }),
    );
    expect(Messages.map(({ Body }) => JSON.parse(Body ?? ''))).toMatchObject([
      { kind: 'notification', bucket: stack.bucket, key: expect.stringMatching(/^aside\//) },
    ]);
  });

  test('the key is demanded, and the header beside it when there is one', async () => {
    const digest = createHash('sha256').update('secret').digest('hex');
    const stack = await start({ demandedHeader: `authorization:${digest}` });
    expect(await put(stack, message('node-001', 1), { 'x-api-key': 'other' })).toBe(403);
    expect(await put(stack, message('node-001', 1))).toBe(401);
    expect(await put(stack, message('node-001', 1), { 'x-api-key': stack.apiKey, authorization: 'secret' })).toBe(200);
  });

  test('what the user has elsewhere is used there, and nothing of it is started here', async () => {
    const other = await start();
    const environment = {
      AWS_ENDPOINT_URL_DYNAMODB: other.dynamoDbEndpoint,
      AWS_ENDPOINT_URL_CLOUDWATCH: other.servicesEndpoint,
      AWS_ENDPOINT_URL_SQS: other.servicesEndpoint,
      AWS_ENDPOINT_URL_S3: other.servicesEndpoint,
    };
    const home = () => Promise.reject(new Error('DynamoDB Local is not to be fetched'));
    const stack = await start({ environment, dynamoDb: { home, java: '/nonexistent/java' }, prefix: 'other_' });
    expect([stack.dynamoDbEndpoint, stack.servicesEndpoint]).toEqual([other.dynamoDbEndpoint, undefined]);
    expect(await put(stack, message('node-001', 1))).toBe(200);
    await stack.drained();
    expect((await counted({ ...stack, servicesEndpoint: other.servicesEndpoint }, 'node-001')).exact).toBe(1);
  });

  test('when a part cannot start, nothing is left running', async () => {
    const stack = await start();
    const port = Number(new URL(stack.webhookUrl).port);
    const dataDir = join(dir, 'data');
    await expect(start({ dataDir, ports: { gateway: port } })).rejects.toMatchObject({ code: 'PORT' });
    lockFolder(dataDir)();
  });
});

let prefixes = 0;

/** With a data folder, on a DynamoDB Local of its own; else on that of this file, with other names. */
async function start(options: Partial<LocalStackOptions> = {}): Promise<LocalStack> {
  const shared = { AWS_ENDPOINT_URL_DYNAMODB: (await dynamoDbLocal()).endpoint };
  prefixes += 1;
  const stack = await startLocalStack({
    dynamoDb: { home: fetchedDynamoDbLocal, java: JAVA },
    ...(options.dataDir === undefined ? { environment: shared, prefix: `t${prefixes}_` } : { environment: {} }),
    throttle: { rate: 1_000, burst: 1_000 },
    random: Math.random,
    now: Date.now,
    sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
    newId: randomUUID,
    log: () => undefined,
    windowMs: 100,
    ...options,
  });
  stacks.push(stack);
  return stack;
}

async function put(stack: LocalStack, body: string, headers: Record<string, string> = { 'x-api-key': stack.apiKey }) {
  const answer = await fetch(stack.webhookUrl, { method: 'PUT', body, headers });
  await answer.arrayBuffer();
  return answer.status;
}

/** A board tells its counter; without `boot`, the first one counts 1. */
function message(ep: string, counter: number): string {
  const payload = Buffer.from(String(counter)).toString('base64');
  return JSON.stringify({
    notifications: [{ ep, path: '/3200/0/5501', ct: 'text/plain', payload, 'max-age': 0, timestamp: Date.now() }],
  });
}

const HOUR = hourOf(Date.now());

/** What table and CloudWatch have of the hours since the tests began. */
async function counted(
  stack: Pick<LocalStack, 'backends' | 'table' | 'namespace' | 'servicesEndpoint'>,
  endpoint: string,
) {
  let table = 0;
  for (const hour of new Set([HOUR, hourOf(Date.now())])) {
    const Key = { Endpoint: { S: endpoint }, EventHour: { S: hour } };
    const { Item } = await stack.backends.dynamoDb.send(
      new GetItemCommand({ TableName: stack.table, Key, ConsistentRead: true }),
    );
    table += Number(Item?.EventCount?.N ?? 0);
  }
  const client = new CloudWatchClient({ ...LOCAL_CLIENT, endpoint: stack.servicesEndpoint! });
  const read = async (metric: object, statistic: 'Sum' | 'Maximum'): Promise<number> => {
    const { Datapoints = [] } = await client.send(
      new GetMetricStatisticsCommand({
        ...{ Namespace: stack.namespace, Period: 3600, Statistics: [statistic], MetricName: '' },
        ...{ StartTime: new Date(startOfHour(HOUR)!), EndTime: new Date(Date.now() + 3_600_000) },
        ...metric,
      }),
    );
    return Datapoints.reduce((total, point) => total + (point[statistic] ?? 0), 0);
  };
  const sum = await read({ MetricName: endpoint }, 'Sum');
  const dimension = { Name: EXACT_DIMENSION, Value: endpoint };
  const exact = await read({ MetricName: EXACT_METRIC, Dimensions: [dimension] }, 'Maximum');
  client.destroy();
  return { table, sum, exact };
}
