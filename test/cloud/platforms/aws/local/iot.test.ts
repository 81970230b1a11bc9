/** The broker with the limits of AWS IoT Core, and the queue between it and the function. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { AsyncQueue, type AsyncQueueOptions } from '../../../../../cloud/platforms/aws/local/functions/async-queue.ts';
import type { Invoked } from '../../../../../cloud/platforms/aws/local/functions/invocation.ts';
import { type Broker, startBroker } from '../../../../../cloud/platforms/aws/local/iot/broker.ts';
import type { RuleEvent } from '../../../../../cloud/platforms/aws/local/iot/rule.ts';

const TOPIC = 'mbed/node-001/notifications';
const clients: MqttClient[] = [];
const brokers: Broker[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
  await Promise.all(brokers.splice(0).map((broker) => broker.close()));
});

test('messages of the rule reach the function with their bytes and the endpoint of their topic; others do not', async () => {
  const { url, events } = await broker();
  const client = await connect(url);
  const bytes = Buffer.from([0, 255, 1]);
  await client.publishAsync(TOPIC, bytes, { qos: 1 });
  await client.publishAsync('mbed/a b/notifications', '{}', { qos: 1 });
  for (const topic of ['mbed/node-001', 'mbed/x/y/notifications', 'other/x/notifications', 'mbed/x/notifications/y']) {
    await client.publishAsync(topic, '{}', { qos: 1 });
  }
  expect(events).toEqual([
    { body: bytes.toString('base64'), endpoint: 'node-001' },
    { body: 'e30=', endpoint: 'a b' },
  ]);
});

test('QoS 0 reaches the function, too', async () => {
  const { url, arrived } = await broker();
  const client = await connect(url);
  const event = arrived();
  await client.publishAsync(TOPIC, '{}', { qos: 0 });
  expect(await event).toMatchObject({ endpoint: 'node-001' });
});

test('a message is acknowledged only when it is held', async () => {
  let hold: () => void = () => undefined;
  const room = new Promise<void>((resolve) => {
    hold = resolve;
  });
  const { url, arrived } = await broker(() => room);
  const client = await connect(url);
  const event = arrived();
  let acknowledged = false;
  const published = client.publishAsync(TOPIC, '{}', { qos: 1 }).then(() => {
    acknowledged = true;
  });
  await event;
  // What the broker sends after this would come after the acknowledgement, were there one.
  await (await connect(url)).subscribeAsync('other');
  expect(acknowledged).toBe(false);
  hold();
  await published;
  expect(acknowledged).toBe(true);
});

test.each([
  ['QoS 2', TOPIC, '{}', 2],
  ['a message of more than 128 KB', TOPIC, 'x'.repeat(131_073), 1],
  ['a topic of more than 256 bytes', `mbed/${'x'.repeat(240)}/notifications`, '{}', 1],
  ['more than 7 slashes', 'a/b/c/d/e/f/g/h/i', '{}', 1],
  ['a reserved topic', '$aws/things/x', '{}', 1],
] as const)('%s ends the connection, and nothing is taken', async (_, topic, payload, qos) => {
  const { url, events, log } = await broker();
  const client = await connect(url);
  const closed = closeOf(client);
  client.publish(topic, payload, { qos }, () => undefined);
  await closed;
  expect([events, log.length]).toEqual([[], 1]);
});

test('what is just within the limits is taken', async () => {
  const { url, events } = await broker();
  const client = await connect(url, { clientId: 'x'.repeat(128) });
  await client.publishAsync(TOPIC, 'x'.repeat(131_072), { qos: 1 });
  await client.publishAsync(`mbed/${'x'.repeat(237)}/notifications`, '{}', { qos: 1 });
  expect(events).toHaveLength(2);
  await expect(connect(url, { clientId: 'x'.repeat(129) })).rejects.toThrow();
});

test('a second connection under the same client id ends the first', async () => {
  const { url } = await broker();
  const first = await connect(url, { clientId: 'node-001' });
  const closed = closeOf(first);
  const second = await connect(url, { clientId: 'node-001' });
  await closed;
  await second.publishAsync(TOPIC, '{}', { qos: 1 });
});

test('a last will is a message like others', async () => {
  const { url, arrived } = await broker();
  const client = await connect(url, { will: { topic: TOPIC, payload: Buffer.from('{}'), qos: 1, retain: false } });
  const event = arrived();
  client.stream.destroy();
  expect(await event).toEqual({ body: 'e30=', endpoint: 'node-001' });
});

test('a port that is taken is said', async () => {
  const { url } = await broker();
  await expect(startBroker({ ...OPTIONS, port: Number(new URL(url).port) })).rejects.toMatchObject({ code: 'PORT' });
});

test('the queue holds no more than there is room for: who offers waits', async () => {
  const held: Array<() => void> = [];
  const queue = new AsyncQueue({
    ...QUEUE,
    room: 2,
    concurrency: 1,
    target: target(() => new Promise((resolve) => held.push(() => resolve(WELL)))),
  });
  await Promise.all([queue.offer({ n: 1 }), queue.offer({ n: 2 })]);
  let third = false;
  const offered = queue.offer({ n: 3 }).then(() => {
    third = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect([queue.held, third, held.length]).toEqual([2, false, 1]);
  held.shift()?.();
  await offered;
  const drained = queue.drained();
  for (let done = 0; done < 2; ) {
    const next = held.shift();
    if (next === undefined) await new Promise((resolve) => setImmediate(resolve));
    else {
      next();
      done += 1;
    }
  }
  await drained;
  expect(queue.held).toBe(0);
});

test('an event that fails is tried again twice, and then told with what the function said', async () => {
  const told: string[] = [];
  let [tries, refusals] = [0, 1];
  const queue = new AsyncQueue({
    ...QUEUE,
    target: target(async () => {
      tries += 1;
      return { requestId: 'r', failed: true, payload: '{"errorType":"StoreError","errorMessage":"down"}' };
    }),
    onFailure: async (message) => {
      if (refusals-- > 0) throw new Error('down');
      told.push(message);
    },
  });
  await queue.offer({ endpoint: 'node-001' });
  await queue.drained();
  expect(tries).toBe(3);
  expect(JSON.parse(told.join())).toMatchObject({
    version: '1.0',
    requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3, functionArn: 'arn:iot:$LATEST' },
    requestPayload: { endpoint: 'node-001' },
    responsePayload: { errorType: 'StoreError', errorMessage: 'down' },
  });
});

test('a failed event does not hold up the others, and one that is well at the second try is told to nobody', async () => {
  const done: number[] = [];
  let first = true;
  const queue = new AsyncQueue({
    ...QUEUE,
    concurrency: 1,
    target: target(async (event) => {
      const { n } = event as { n: number };
      if (n === 1 && first) {
        first = false;
        return { ...WELL, failed: true, payload: '{}' };
      }
      done.push(n);
      return WELL;
    }),
    random: () => 0,
    onFailure: async () => {
      throw new Error('nothing is to be told');
    },
  });
  for (const n of [1, 2, 3]) await queue.offer({ n });
  await queue.drained();
  expect(done).toEqual([2, 3, 1]);
});

test('an event that is too old is not tried again', async () => {
  const told: string[] = [];
  const queue = new AsyncQueue({
    ...QUEUE,
    maxAgeMs: 1,
    retryDelaysMs: [10],
    target: target(async () => ({ ...WELL, failed: true, payload: '{}' })),
    onFailure: async (message) => void told.push(message),
  });
  await queue.offer({});
  await queue.drained();
  expect(JSON.parse(told.join()).requestContext).toMatchObject({
    condition: 'EventAgeExceeded',
    approximateInvokeCount: 1,
  });
});

test('events overtake each other', async () => {
  const order: number[] = [];
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const queue = new AsyncQueue({
    ...QUEUE,
    concurrency: 1,
    random: () => 0.99,
    target: target(async (event) => {
      await gate;
      order.push((event as { n: number }).n);
      return WELL;
    }),
  });
  for (const n of [1, 2, 3, 4]) await queue.offer({ n });
  release();
  await queue.drained();
  expect(order).toEqual([1, 4, 3, 2]);
});

test('a closed queue refuses, and says what is lost', async () => {
  const lines: string[] = [];
  const queue = new AsyncQueue({
    ...QUEUE,
    room: 1,
    log: (line) => lines.push(line),
    target: target(() => new Promise(() => undefined)),
  });
  await queue.offer({});
  const waiting = queue.offer({});
  queue.close();
  await expect(waiting).rejects.toThrow('closed');
  await expect(queue.offer({})).rejects.toThrow('closed');
  expect(lines).toEqual([expect.stringMatching(/1 events .* lost/)]);
});

const WELL: Invoked = { requestId: 'r', failed: false, payload: 'null' };
const OPTIONS = { port: 0, offer: async () => undefined, log: () => undefined };
const QUEUE: Omit<AsyncQueueOptions, 'target'> = {
  ...{ concurrency: 4, room: 100, retryDelaysMs: [1, 2], maxAgeMs: 60_000, random: Math.random, now: Date.now },
  onFailure: async () => undefined,
  log: () => undefined,
  sleep: (ms, signal) => sleep(Math.min(ms, 5), undefined, { signal }),
};

function target(invoke: (event: unknown) => Promise<Invoked>): AsyncQueueOptions['target'] {
  return { arn: 'arn:iot', invoke };
}

async function connect(url: string, options: IClientOptions = {}): Promise<MqttClient> {
  const client = await connectAsync(
    url,
    { reconnectPeriod: 0, connectTimeout: 5_000, protocolVersion: 4, ...options },
    false,
  );
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

function closeOf(client: MqttClient): Promise<void> {
  return new Promise((resolve) => client.once('close', () => resolve()));
}

/** A broker that notes what it hands on; `hold` says when it is held. */
async function broker(hold: () => Promise<void> = async () => undefined) {
  const [events, log]: [RuleEvent[], string[]] = [[], []];
  let heard: (event: RuleEvent) => void = () => undefined;
  const one = await startBroker({
    port: 0,
    offer: (event) => {
      events.push(event);
      heard(event);
      return hold();
    },
    log: (line) => log.push(line),
  });
  brokers.push(one);
  const arrived = (): Promise<RuleEvent> =>
    new Promise((resolve) => {
      heard = resolve;
    });
  return { url: one.url, events, log, arrived };
}
