/** The MQTT receiver behind brokers that come and go, and before a store that does: nothing lost, nothing twice. */
import { describe, expect, test } from '@jest/globals';
import { BODY_LIMIT } from '../../../../cloud/ingest/server.ts';
import { StoreError } from '../../../../cloud/protocol/errors.ts';
import { startBroker } from '../../../simulator/links/mqtt/broker.ts';
import { BROKERS } from '../../../simulator/links/mqtt/brokers.ts';
import { publish, receiving, topicOf, until, value } from './receiving.ts';
import { scripted } from './scripted-broker.ts';

const DOWN = new StoreError('STORE_DOWN', 'the disk is full', 'Make room.');

const values = (ep: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => [topicOf(ep), value(ep, from + index)] as const);

describe.each(BROKERS)('$name', ({ wanted, start }) => {
  const on = wanted ? test : test.skip;

  on('what is published is counted; settled says when', async () => {
    await using broker = await start();
    await using it = await receiving({ port: broker.port });
    await publish(broker.port, [...values('a', 1, 300), ...values('b', 1, 200)]);
    await it.receiver.settled();
    expect(await it.presses()).toBe(500);
    // Several messages went into the store at once.
    expect(it.calls.taken).toBeLessThan(400);
    expect(await it.metrics()).toMatch(/^mts_mqtt_messages_total\{outcome="taken"\} 501$/m);
    expect(await it.metrics()).toMatch(/^mts_presses_total 500$/m);
    expect(await it.metrics()).toMatch(/^mts_mqtt_connected 1$/m);
  });

  on('what is published while it is away waits in its session', async () => {
    await using broker = await start();
    await using it = await receiving({ port: broker.port });
    await it.receiver.close();
    await publish(broker.port, values('a', 1, 50));
    await it.restart();
    await until(async () => (await it.presses()) === 50);
    expect(it.log).toEqual([]);
  });

  on('nothing is acknowledged before the store has it: a connection that breaks before gets it again', async () => {
    await using broker = await start();
    const reached = Promise.withResolvers<void>();
    const broken = Promise.withResolvers<void>();
    let calls = 0;
    const before = async (): Promise<void> => {
      calls += 1;
      if (calls > 1) return;
      reached.resolve();
      await broken.promise;
    };
    await using it = await receiving({ port: broker.port, before });
    // A board each: none of them is told by another's message.
    const boards = Array.from({ length: 5 }, (_, index) => `board-${index}`);
    await publish(
      broker.port,
      boards.map((ep) => [topicOf(ep), value(ep, 1)]),
    );
    await reached.promise;
    // Held for the store alone, and not taken yet.
    it.failure = DOWN;
    it.sockets[0]!.destroy();
    broken.resolve();
    await it.said(/the store takes nothing/);
    it.failure = undefined;
    await until(async () => (await it.presses()) === 5);
    await it.receiver.settled();
    expect(await it.presses()).toBe(5);
    expect(it.sockets.length).toBeGreaterThan(1);
  });

  on('a store that is down: tried again, and told once', async () => {
    await using broker = await start();
    await using it = await receiving({ port: broker.port });
    it.failure = DOWN;
    await publish(broker.port, values('a', 1, 20));
    await until(() => it.calls.asked >= 4);
    expect(await it.metrics()).toMatch(/^mts_mqtt_messages_total\{outcome="taken"\} 0$/m);
    it.failure = undefined;
    await it.receiver.settled();
    expect(await it.presses()).toBe(20);
    expect(it.log.map(({ msg }) => msg)).toEqual([
      'the store takes nothing: messages wait at the broker',
      'the store takes messages again',
    ]);
  });

  on('more than fits in memory while the store is down: all of it, later', async () => {
    await using broker = await start();
    await using it = await receiving({ port: broker.port });
    it.failure = DOWN;
    await publish(broker.port, values('a', 1, 3_000));
    await until(() => it.calls.asked >= 2);
    it.failure = undefined;
    await it.receiver.settled();
    expect(await it.presses()).toBe(3_000);
  });

  on('the broker goes and comes back empty: it subscribes again, and says what may be lost', async () => {
    let broker = await start();
    await using it = await receiving({ port: broker.port });
    await broker.stop();
    await it.said(/trying again/);
    broker = await start(broker.port);
    try {
      await it.said(/forgotten the session/);
      await it.said(/connected to the broker again/);
      await publish(broker.port, values('a', 1, 10));
      await it.receiver.settled();
      expect(await it.presses()).toBe(10);
    } finally {
      await broker[Symbol.asyncDispose]();
    }
  });
});

test('what is not understood is set aside, and does not hold up the rest', async () => {
  await using broker = await startBroker();
  await using it = await receiving({ port: broker.port });
  await publish(broker.port, [
    [topicOf('a'), 'no JSON'],
    [topicOf('a'), '{"notifications":[{"ep":"a","path":"/3200/0/5501","payload":"eA=="}]}'],
    [topicOf('other'), value('a', 3)],
  ]);
  await it.receiver.settled();
  expect(await it.store.totals()).toMatchObject({ presses: 3, setAside: 2 });
  expect(it.log[0]).toMatchObject({ msg: 'set aside' });
});

test('no room for what is not understood: what came before it counts, and it is taken when there is room', async () => {
  await using broker = await startBroker();
  await using it = await receiving({ port: broker.port, maxAside: 2_000 });
  const junk = 'x'.repeat(1_200);
  await publish(broker.port, [
    [topicOf('a'), `1${junk}`],
    [topicOf('a'), value('a', 1)],
    [topicOf('a'), `2${junk}`],
    [topicOf('a'), value('a', 2)],
  ]);
  await until(async () => (await it.presses()) === 1);
  const keys: string[] = [];
  for await (const { key } of it.store.aside()) keys.push(key);
  await it.store.dropAside(keys);
  await it.receiver.settled();
  expect(await it.store.totals()).toMatchObject({ presses: 2, setAside: 1 });
});

test('QoS 0 counts too, while nothing breaks', async () => {
  await using broker = await startBroker();
  await using it = await receiving({ port: broker.port });
  await publish(broker.port, values('a', 1, 20), 0);
  await it.receiver.settled();
  expect(await it.presses()).toBe(20);
});

describe('refused at the start', () => {
  test('a broker that grants QoS 0 only', async () => {
    await using broker = await scripted({ granted: 0 });
    await expect(receiving({ port: broker.port })).rejects.toMatchObject({
      code: 'SERVER',
      message: expect.stringContaining('grants QoS 0 only, by which messages can be lost: counts would not be exact'),
    });
  });

  test('a broker that lets nobody subscribe', async () => {
    await using broker = await startBroker({ authorizeSubscribe: (_client, _subscription, done) => done(null, null) });
    await expect(receiving({ port: broker.port })).rejects.toMatchObject({
      code: 'SERVER',
      message: expect.stringContaining('does not let this client subscribe'),
    });
  });

  test('nobody there', async () => {
    await expect(receiving({ port: 1 })).rejects.toMatchObject({
      code: 'SERVER',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

test('a second client of the same id: told by name, and tried again', async () => {
  await using broker = await scripted({ last: [0xe0, 2, 0x8e, 0] });
  await using it = await receiving({ port: broker.port });
  await it.said(/another client came with the same client id/);
  await until(() => it.sockets.length > 2);
});

test('a broker that keeps no sessions: told', async () => {
  await using broker = await scripted({ connack: [0x20, 8, 0, 0, 5, 0x11, 0, 0, 0, 0] });
  await using it = await receiving({ port: broker.port });
  expect(it.log).toMatchObject([{ msg: expect.stringContaining('keeps no sessions') }]);
});

test('a message that is too large is refused in its place, and the rest counts', async () => {
  await using broker = await startBroker();
  await using it = await receiving({ port: broker.port });
  await publish(broker.port, [
    [topicOf('a'), Buffer.alloc(BODY_LIMIT + 1, 'x')],
    [topicOf('a'), value('a', 1)],
  ]);
  await it.receiver.settled();
  expect(await it.store.totals()).toMatchObject({ presses: 1, setAside: 0 });
  expect(await it.metrics()).toMatch(/outcome="too_large"\} 1$/m);
  expect(it.log).toMatchObject([{ msg: expect.stringContaining('too large'), bytes: BODY_LIMIT + 1 }]);
});
