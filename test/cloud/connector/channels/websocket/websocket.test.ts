/** Websocket channels, spoken to by real clients. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { StoreError } from '../../../../../cloud/protocol/errors.ts';
import { press, registration } from '../../events/queue-files.ts';
import { values } from '../webhook/delivering.ts';
import { until } from '../webhook/receiver.ts';
import { type Serving, serving } from './sockets.ts';

const HOUR_MS = 3_600_000;
const presses = (many: number, first = 0) => Array.from({ length: many }, (_, index) => press('a', first + index, 5));
const said = (many: number, first = 0) => Array.from({ length: many }, (_, index) => `a ${first + index}`);
const delivered = ({ events }: Serving) => events.queue.numbers('k')?.delivered ?? 0;

describe('the channel', () => {
  test('is made by PUT, told by GET, removed by DELETE', async () => {
    await using it = await serving();
    expect(it.channels.status('k')).toBeUndefined();
    expect(await it.channels.remove('k')).toBe(false);
    expect(await it.channels.put('k')).toEqual({ status: 201 });
    expect(await it.channels.put('k')).toEqual({ status: 200 });
    await it.events.queue.append('k', presses(2));
    expect(it.channels.status('k')).toEqual({ status: 'disconnected', queue_size: 2 });
    await it.restart();
    expect(it.channels.status('k')).toEqual({ status: 'disconnected', queue_size: 2 });
    expect(await it.channels.remove('k')).toBe(true);
    expect(it.channels.status('k')).toBeUndefined();
    await it.restart();
    expect(it.channels.keys()).toEqual([]);
    expect(it.events.queue.numbers('k')).toBeUndefined();
  });

  test.each([0, 10_001, 1.5])('is not made for messages of %d events', async (mostItems) => {
    await using it = await serving();
    expect(await it.channels.put('k', { mostItems })).toMatchObject({ status: 400 });
    expect(it.channels.has('k')).toBe(false);
  });

  test('that cannot be written down is none', async () => {
    await using it = await serving();
    it.events.close();
    await expect(it.channels.put('k')).rejects.toThrow(StoreError);
    expect(it.channels.has('k')).toBe(false);
  });

  test('without an open socket for 24 h is removed, with what is queued', async () => {
    await using it = await serving();
    await it.channels.put('k');
    await it.world.pass(23 * HOUR_MS);
    const { socket, closed } = await it.client('k');
    await until(() => it.channels.status('k')?.status === 'connected');
    await it.events.queue.append('k', presses(1));
    await until(() => delivered(it) === 1);
    socket.close();
    await closed;
    await until(() => it.channels.status('k')?.status === 'disconnected');
    await it.events.queue.append('k', presses(3));
    await it.world.pass(24 * HOUR_MS - 1);
    expect(it.channels.has('k')).toBe(true);
    await it.world.pass(1);
    expect(it.channels.has('k')).toBe(false);
    await until(() => it.removed.length > 0);
    expect(it.removed).toEqual(['k idle 3']);
    await it.restart();
    expect(it.channels.keys()).toEqual([]);
  });
});

describe('delivery', () => {
  test('is in text frames, in order, of no more events than were asked for, in the dialect that was', async () => {
    await using it = await serving({ mostBytes: 1_500 });
    await it.channels.put('k', { mostItems: 7, dialect: 'pelion' });
    await it.events.queue.append('k', [registration('b'), ...presses(39)]);
    const { texts, socket } = await it.client('k');
    expect(socket.protocol).toBe('wss');
    await it.events.queue.append('k', presses(10, 39));
    await until(() => delivered(it) === 50);
    expect(texts.flatMap(values)).toEqual(['b', ...said(49)]);
    for (const text of texts) {
      expect(text.length).toBeLessThanOrEqual(1_500);
      expect(values(text).length).toBeLessThanOrEqual(7);
      expect(text).not.toContain('uid');
    }
    await it.channels.put('k');
    await it.events.queue.append('k', presses(1));
    await until(() => delivered(it) === 51);
    expect(texts.at(-1)).toContain('uid');
  });

  test('waits for the client: nothing is acknowledged before its pong, and nothing sent beyond', async () => {
    await using it = await serving();
    await it.channels.put('k', { mostItems: 2 });
    await it.events.queue.append('k', presses(4));
    const { texts, socket, pings } = await it.client('k', { autoPong: false });
    await until(() => pings.length === 1);
    expect(texts.map(values)).toEqual([said(2)]);
    expect(it.channels.state('k')?.doing).toBe('sending');
    socket.pong('something else');
    socket.ping();
    await new Promise((resolve) => socket.once('pong', resolve));
    expect(delivered(it)).toBe(0);
    expect(texts).toHaveLength(1);
    socket.pong(pings[0]);
    await until(() => pings.length === 2);
    await until(() => delivered(it) === 2);
    expect(texts.map(values)).toEqual([said(2), said(2, 2)]);
  });

  test('to a client that does not answer ends after a minute; the next one gets it', async () => {
    await using it = await serving();
    await it.channels.put('k');
    await it.events.queue.append('k', presses(2));
    const slow = await it.client('k', { autoPong: false });
    await until(() => slow.pings.length === 1);
    await it.world.pass(59_999);
    expect(it.channels.status('k')?.status).toBe('connected');
    await it.world.pass(1);
    expect(await slow.closed).toBe('1006');
    expect(it.channels.state('k')).toMatchObject({
      doing: 'waiting for a connection',
      lastError: { text: 'it did not answer in time', atMs: it.world.wall() },
    });
    const { texts } = await it.client('k');
    await until(() => delivered(it) === 2);
    expect(texts).toEqual(slow.texts);
  });

  test('to a client that reads nothing at all is one message', async () => {
    await using it = await serving({ mostBytes: 20_000 });
    await it.channels.put('k');
    const { socket } = await it.client('k');
    await until(() => it.channels.status('k')?.status === 'connected');
    socket.pause();
    await it.events.queue.append('k', presses(1_000));
    await until(() => it.channels.state('k')?.doing === 'sending');
    await new Promise((resolve) => setImmediate(resolve));
    const { held, delivered: done } = it.events.queue.numbers('k')!;
    expect([done, it.channels.state('k')?.doing]).toEqual([0, 'sending']);
    expect(held).toBeLessThan(200);
    await it.world.pass(60_000);
    expect(it.channels.state('k')?.lastError?.text).toBe('it did not answer in time');
  });

  test('ends with a client that pings and does not read the pongs', async () => {
    await using it = await serving();
    await it.channels.put('k');
    const { socket } = await it.client('k');
    await until(() => it.channels.status('k')?.status === 'connected');
    socket.pause();
    for (let many = 0; many < 1_000; many++) socket.ping('x'.repeat(125));
    await until(() => it.channels.status('k')?.status === 'disconnected');
  });

  test('of nothing: the socket is tried every 30 s, and a dead one is cut off', async () => {
    await using it = await serving();
    await it.channels.put('k');
    const { socket, pings, closed } = await it.client('k', { autoPong: false });
    await until(() => it.channels.status('k')?.status === 'connected');
    for (let turn = 1; turn <= 3; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      await it.world.pass(30_000);
      await until(() => pings.length === turn);
      socket.pong(pings[turn - 1]);
      socket.ping();
      await new Promise((resolve) => socket.once('pong', resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await it.world.pass(30_000);
    await until(() => pings.length === 4);
    await it.world.pass(60_000);
    expect(await closed).toBe('1006');
    await it.events.queue.append('k', presses(1));
    const { texts } = await it.client('k');
    await until(() => delivered(it) === 1);
    expect(texts.flatMap(values)).toEqual(said(1));
  });

  test('what a client sends is thrown away, and too much of it is its end', async () => {
    await using it = await serving();
    await it.channels.put('k');
    const { socket, texts, closed } = await it.client('k');
    socket.send('hello');
    socket.send(Buffer.alloc(4_096));
    await it.events.queue.append('k', presses(1));
    await until(() => delivered(it) === 1);
    expect(texts).toHaveLength(1);
    socket.send(Buffer.alloc(4_097));
    expect(await closed).toMatch(/^1009/);
    expect(it.channels.status('k')?.status).toBe('disconnected');
  });
});

describe('a socket is closed', () => {
  test('with 1011 where there is no channel', async () => {
    await using it = await serving();
    expect(await (await it.client('k')).closed).toBe('1011 no channel');
  });

  test('with 1001 by a new one, which gets what the old had not taken', async () => {
    await using it = await serving();
    await it.channels.put('k');
    await it.events.queue.append('k', presses(1));
    const old = await it.client('k', { autoPong: false });
    await until(() => old.texts.length === 1);
    const young = await it.client('k');
    expect(await old.closed).toMatch(/^1001/);
    await until(() => delivered(it) === 1);
    expect(young.texts).toEqual(old.texts);
    expect(it.channels.status('k')?.status).toBe('connected');
    await it.events.queue.append('k', presses(1, 1));
    await until(() => delivered(it) === 2);
    expect(young.texts).toHaveLength(2);
  });

  test.each([
    ['1000 deleted', 'deleted'],
    ['1008 the API key is gone', 'keyGone'],
  ] as const)('with %s', async (text, why) => {
    await using it = await serving();
    await it.channels.put('k');
    const { closed } = await it.client('k');
    await until(() => it.channels.status('k')?.status === 'connected');
    expect(await it.channels.remove('k', why)).toBe(true);
    expect(await closed).toBe(text);
    expect(it.channels.keys()).toEqual([]);
    expect(it.world.pending).toBeLessThanOrEqual(1);
  });

  test('with 1012 when the connector ends: clients come back', async () => {
    await using it = await serving();
    await it.channels.put('k');
    const { closed } = await it.client('k');
    const deaf = await it.client('l');
    deaf.socket.pause();
    await it.restart();
    expect(await closed).toMatch(/^1012/);
    await it.events.queue.append('k', presses(1));
    const { texts } = await it.client('k');
    await until(() => delivered(it) === 1);
    expect(texts).toHaveLength(1);
  });

  test('and cut off if its client takes no part in it', async () => {
    await using it = await serving();
    await it.channels.put('k');
    const deaf = await it.client('k');
    await until(() => it.channels.status('k')?.status === 'connected');
    deaf.socket.pause();
    await it.channels.remove('k');
    let isClosed = false;
    void it.channels.close().then(() => {
      isClosed = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(false);
    await it.world.pass(2_000);
    await until(() => isClosed);
  });

  test('at once, before it was ours', async () => {
    await using it = await serving();
    await it.channels.put('k');
    const dead = new WebSocket(it.url);
    dead.on('error', () => undefined);
    dead.terminate();
    it.channels.connect('k', dead);
    expect(it.channels.status('k')?.status).toBe('disconnected');
  });
});

test('trouble with the connector’s file is told, and tried again', async () => {
  await using it = await serving();
  await it.channels.put('k');
  await it.events.queue.append('k', presses(1));
  const { queue } = it.events;
  const next = queue.next.bind(queue);
  queue.next = () => Promise.reject(new StoreError('STORE_DOWN', 'full'));
  const { texts } = await it.client('k');
  await until(() => it.problems.length === 1);
  queue.next = next;
  await it.world.pass(1_000);
  await until(() => delivered(it) === 1);
  expect(texts).toHaveLength(1);
});

test('whatever breaks, every event comes, in its order, and none that was acknowledged comes again', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('append', 'break', 'replace', 'close', 'restart'), { maxLength: 12 }),
      async (steps) => {
        await using it = await serving();
        await it.channels.put('k', { mostItems: 3 });
        let appended = 0;
        const texts: string[][] = [];
        const connect = async () => {
          const client = await it.client('k');
          texts.push(client.texts);
          return client;
        };
        let client = await connect();
        for (const what of steps) {
          await it.events.queue.append('k', presses(5, appended));
          appended += 5;
          if (what === 'append') continue;
          if (what === 'break') client.socket.terminate();
          if (what === 'close') client.socket.close();
          if (what === 'restart') await it.restart();
          client = await connect();
        }
        await until(() => (it.events.queue.numbers('k')?.events ?? 0) === 0);
        const all = texts.flat().flatMap(values);
        expect([...new Set(all)]).toEqual(said(appended));
        // What comes twice is what was on its way when a socket broke: one message a socket.
        expect(all.length).toBeLessThanOrEqual(appended + 3 * texts.length);
      },
    ),
    { numRuns: 15 },
  );
});
