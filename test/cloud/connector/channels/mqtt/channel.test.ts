/** The MQTT channel to real brokers: every event of the queue is published, in its board's order, and none is given up. */
import { describe, expect, test } from '@jest/globals';
import type { AttemptFaults } from '../../../../../cloud/connector/channels/webhook/attempt.ts';
import type { NewEvent } from '../../../../../cloud/connector/events/event.ts';
import { seededRandom } from '../../../../../cloud/protocol/random.ts';
import { ownBroker } from '../../../../../scripts/mqtt-words.ts';
import { startBroker } from '../../../../simulator/links/mqtt/broker.ts';
import { BROKERS } from '../../../../simulator/links/mqtt/brokers.ts';
import { makeAuthority } from '../../../../simulator/links/mqtt/certificates.ts';
import { countArrived } from '../../../../simulator/links/mqtt/counted.ts';
import { type Arrived, subscribe } from '../../../../simulator/links/mqtt/subscriber.ts';
import { receiving, until } from '../../../ingest/mqtt/receiving.ts';
import { press, registration } from '../../events/queue-files.ts';
import { values } from '../webhook/delivering.ts';
import { KEY, type Publishing, publishing } from './publishing.ts';

const BOOT = Date.UTC(2026, 0, 1);
const presses = (ep: string, from: number, to: number): NewEvent[] =>
  Array.from({ length: to - from + 1 }, (_, index) => press(ep, from + index, BOOT));

const delivered = (it: Publishing, many: number) =>
  until(() => it.events.queue.numbers(KEY)?.delivered === many && it.events.queue.numbers(KEY)?.events === 0);

const countOf = (arrived: readonly Arrived[]): number =>
  countArrived(arrived, Date.now()).reduce((sum, { count }) => sum + count, 0);

describe.each(BROKERS)('$name', ({ wanted, start }) => {
  const on = wanted ? test : test.skip;

  on('each board on its own topic, in its order; acknowledged to the queue', async () => {
    await using broker = await start();
    await using subscriber = await subscribe(`mqtt://127.0.0.1:${broker.port}`, 1);
    await using it = await publishing(broker.port);
    await it.events.queue.append(KEY, [press('a', 1), registration('b'), press('b', 7), press('a', 2)]);
    await delivered(it, 4);
    await subscriber.all();
    expect(subscriber.arrived.map(({ endpoint, body }) => [endpoint, values(body)])).toEqual([
      ['a', ['a 1', 'a 2']],
      ['b', ['b', 'b 7']],
    ]);
    expect(it.channel.state(KEY)).toMatchObject({
      ...{ doing: 'waiting for events', connected: true, url: `mqtt://127.0.0.1:${broker.port}`, tooLarge: 0 },
      ...{ topic: 'mbed/{endpoint}/notifications', queue: { events: 0, delivered: 4 } },
    });
  });

  on('a broker that is away and comes back: told once, all of it arrives', async () => {
    let broker = await start();
    await using it = await publishing(broker.port);
    await it.events.queue.append(KEY, presses('a', 1, 5));
    await delivered(it, 5);
    await broker.stop();
    await it.events.queue.append(KEY, presses('a', 6, 20));
    await until(() => it.lost.some((why) => /ECONNREFUSED/.test(why)));
    expect(it.channel.state(KEY)).toMatchObject({ connected: false, lastError: { text: expect.any(String) } });
    broker = await start(broker.port);
    try {
      await delivered(it, 20);
      expect(it.channel.state(KEY)).toMatchObject({ connected: true });
      expect(it.lost.filter((why) => /ECONNREFUSED/.test(why))).toHaveLength(1);
    } finally {
      await broker[Symbol.asyncDispose]();
    }
  });

  on('with every fault of the way, and restarts: counted exactly behind the broker', async () => {
    await using broker = await start();
    await using behind = await receiving({ port: broker.port });
    const random = seededRandom(5);
    const draw = (): AttemptFaults => ({
      redeliver: random.next() < 0.2,
      concurrent: random.next() < 0.2,
      lostAnswer: random.next() < 0.1,
    });
    let attempts = 0;
    const before = (): AttemptFaults => {
      attempts += 1;
      return draw();
    };
    await using it = await publishing(broker.port, { before, settings: { batchItems: 7 } });
    let total = 0;
    for (let turn = 0; turn < 30; turn++) {
      const [from, to] = [turn * 5 + 1, turn * 5 + 5];
      await it.events.queue.append(
        KEY,
        ['a', 'b', 'c', 'd'].flatMap((ep) => presses(ep, from, to)),
      );
      total += 20;
      if (turn % 10 === 9) await it.restart();
    }
    await delivered(it, total);
    await behind.receiver.settled();
    expect(await behind.presses()).toBe(total);
    expect(attempts).toBeGreaterThan(100);
    expect(it.problems).toEqual([]);
  });
});

test('acknowledged to the queue only when every message of the batch is', async () => {
  const held = Promise.withResolvers<void>();
  const published: string[] = [];
  await using broker = await startBroker({
    authorizePublish: (_client, { topic }, done) => {
      published.push(topic);
      if (topic.includes('/b/')) void held.promise.then(() => done());
      else done();
    },
  });
  await using it = await publishing(broker.port);
  await it.events.queue.append(KEY, [press('a', 1), press('b', 1), press('c', 1)]);
  await until(() => published.length === 3);
  // Whatever was to be acknowledged early would be by the time another program's message has come and gone.
  await using subscriber = await subscribe(`mqtt://127.0.0.1:${broker.port}`, 1);
  await subscriber.all();
  expect(it.events.queue.numbers(KEY)).toMatchObject({ events: 3, delivered: 0 });
  held.resolve();
  await delivered(it, 3);
});

test('what is under way stays within the limit; a board has one message under way', async () => {
  let [now, most] = [0, 0];
  const busy = new Set<string>();
  await using broker = await startBroker({
    authorizePublish: (_client, { topic }, done) => {
      expect(busy.has(topic)).toBe(false);
      busy.add(topic);
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
        busy.delete(topic);
        done();
      }, 2);
    },
  });
  await using it = await publishing(broker.port, { settings: { mostUnderWay: 5, mostBytes: 300 } });
  const many = Array.from({ length: 40 }, (_, index) => presses(`board-${index}`, 1, 3)).flat();
  await it.events.queue.append(KEY, many);
  await delivered(it, 120);
  expect(most).toBe(5);
});

test('a batch that is longer than a message becomes several; an event that is, is passed over and told', async () => {
  await using broker = await startBroker();
  await using subscriber = await subscribe(`mqtt://127.0.0.1:${broker.port}`, 1);
  await using it = await publishing(broker.port, { settings: { mostBytes: 1_000 } });
  const long = { ...registration('a').data, ept: 'x'.repeat(1_000) };
  await it.events.queue.append(KEY, [...presses('a', 1, 30), { kind: 'registration', data: long } as NewEvent]);
  await it.events.queue.append(KEY, presses('a', 31, 40));
  await delivered(it, 41);
  await subscriber.all();
  expect(subscriber.arrived.length).toBeGreaterThan(3);
  for (const { body } of subscriber.arrived) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(1_000);
  expect(countOf(subscriber.arrived)).toBe(40);
  expect(it.tooLarge).toEqual([1]);
  expect(it.channel.state(KEY)).toMatchObject({ tooLarge: 1, lastError: { text: expect.stringContaining('1000') } });
});

test('names that a topic cannot have, and events of nobody', async () => {
  await using broker = await startBroker();
  await using subscriber = await subscribe(`mqtt://127.0.0.1:${broker.port}`, 1);
  await using it = await publishing(broker.port);
  const odd = ['a/b', '+', '#', '50%', 'x\u0000y', '$SYS', 'ü', '\ud800'];
  const response: NewEvent = { kind: 'async-response', data: { id: '1', status: 200 } };
  await it.events.queue.append(KEY, [...odd.map((ep) => press(ep, 1, BOOT)), response]);
  await delivered(it, odd.length + 1);
  await subscriber.all();
  const topics = subscriber.arrived.map(({ endpoint }) => endpoint).sort();
  expect(topics).toEqual(['a%2Fb', '%2B', '%23', '50%25', 'x%00y', '%24SYS', 'ü', '\ufffd', '-'].sort());
});

test('another topic and dialect; two keys, each its own', async () => {
  await using broker = await startBroker();
  const topics: string[] = [];
  broker.aedes.on('publish', ({ topic, payload }, client) => {
    if (client !== null) topics.push(`${topic} ${payload.toString().includes('"boot"')}`);
  });
  await using it = await publishing(broker.port, { topic: 'site/{endpoint}', dialect: 'pelion' });
  await it.events.queue.append(KEY, [press('a', 1, BOOT)]);
  await it.events.queue.append('other', [press('a', 1, BOOT)]);
  await delivered(it, 1);
  expect(topics).toEqual(['site/a false']);
  expect(it.events.queue.numbers('other')).toMatchObject({ events: 1 });
});

test('removed: published no more, and its queue is gone', async () => {
  await using broker = await startBroker();
  await using it = await publishing(broker.port);
  expect(it.channel.keys()).toEqual([KEY]);
  expect(await it.channel.remove(KEY)).toBe(true);
  expect(await it.channel.remove(KEY)).toBe(false);
  expect(it.channel.keys()).toEqual([]);
  expect(it.events.queue.numbers(KEY)).toBeUndefined();
});

test('a broker that hangs up on every message is not asked without end', async () => {
  let connections = 0;
  await using broker = await startBroker({
    authorizePublish: (_client, _packet, done) => done(new Error('not allowed')),
    preConnect: (_client, _packet, done) => {
      connections += 1;
      done(null, true);
    },
  });
  await using it = await publishing(broker.port, { settings: { firstWaitMs: 100, longestWaitMs: 60_000 } });
  const began = performance.now();
  await it.events.queue.append(KEY, presses('a', 1, 3));
  await until(() => connections === 4);
  expect(performance.now() - began).toBeGreaterThanOrEqual(100 + 200 + 400 - 50);
  expect(it.channel.state(KEY)?.queue).toMatchObject({ events: 3 });
});

test('over TLS with a certificate of its own', async () => {
  await using authority = await makeAuthority('channel');
  const [server, own] = [await authority.sign('broker', 'server'), await authority.sign('connector', 'client')];
  const names: string[] = [];
  await using broker = await startBroker({
    tls: { cert: server.cert, key: server.key, ca: authority.own.cert, requestCert: true, rejectUnauthorized: true },
    authorizePublish: (client, _packet, done) => {
      const socket = client?.conn as unknown as { getPeerCertificate(): { subject: { CN: string } } };
      names.push(socket.getPeerCertificate().subject.CN);
      done();
    },
  });
  const url = `mqtts://127.0.0.1:${broker.port}`;
  const words = { ca: authority.own.certFile, cert: own.certFile, key: own.keyFile };
  await using it = await publishing(broker.port, { broker: await ownBroker(url, words) });
  await it.events.queue.append(KEY, presses('a', 1, 3));
  await delivered(it, 3);
  expect(names).toEqual(['connector']);
});
