/** All kinds of channel together: one a key, and what becomes of them when something else is asked for. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import {
  type ChannelKind,
  Channels,
  type ChannelsOptions,
  type ExtraChannel,
} from '../../../../cloud/connector/channels/channels.ts';
import { websocketServer } from '../../../../cloud/connector/channels/websocket/server.ts';
import { UsageError } from '../../../../cloud/protocol/errors.ts';
import { press, type QueueFile, queueFile } from '../events/queue-files.ts';
import { got, NOW, turns, WAIT } from './poll/polling.ts';
import { values } from './webhook/delivering.ts';
import { type Answering, startReceiver, until } from './webhook/receiver.ts';

const presses = (many: number, first = 0) => Array.from({ length: many }, (_, index) => press('a', first + index, 5));

/** An MQTT channel for the key `m`. */
class Mqtt implements ExtraChannel {
  readonly has = new Set(['m']);
  isClosed = false;
  keys = () => [...this.has];
  remove = async (key: string) => this.has.delete(key);
  state = (key: string) => ({ doing: `publishing for ${key}`, url: 'mqtts://broker.example' });
  close = async () => {
    this.isClosed = true;
  };
}

interface Open extends AsyncDisposable {
  readonly file: QueueFile;
  readonly told: string[];
  readonly mqtt: Mqtt;
  channels: Channels;
  restart(): Promise<void>;
}

async function opened(spoken: ChannelsOptions['spoken'], more: Partial<ChannelsOptions> = {}): Promise<Open> {
  const file = await queueFile();
  const told: string[] = [];
  const mqtt = new Mqtt();
  const hooks: ChannelsOptions['hooks'] = {
    onRemoved: (key, why, events, kind) => told.push(`${kind} ${key} ${why} ${events}`),
    onProblem: (key, problem) => told.push(`${key} ${problem}`),
  };
  const open = () => new Channels({ events: file.events, world: file.world, spoken, hooks, mqtt, ...more });
  const made: Open = {
    file,
    told,
    mqtt,
    channels: open(),
    async restart() {
      await made.channels.close();
      file.reopen();
      made.channels = open();
    },
    async [Symbol.asyncDispose]() {
      await made.channels.close();
      await file[Symbol.asyncDispose]();
    },
  };
  return made;
}

/** A key with a channel of this kind. */
async function has(it: Open, kind: ChannelKind, url: string): Promise<string> {
  if (kind === 'mqtt') return 'm';
  if (kind === 'poll') await it.channels.poll('k', NOW);
  if (kind === 'websocket') await it.channels.putWebsocket('k');
  if (kind === 'callback') await it.channels.register('k', { url });
  return 'k';
}

/** What comes of asking for a channel of this kind: its reason, if it is refused. */
async function asked(it: Open, kind: Exclude<ChannelKind, 'mqtt'>, key: string, url: string): Promise<string> {
  if (kind === 'poll') {
    const answer = await it.channels.poll(key, NOW);
    return answer.status === 400 ? answer.reason : 'taken';
  }
  if (kind === 'websocket') {
    const put = await it.channels.putWebsocket(key);
    return put.status === 400 ? put.reason : 'taken';
  }
  const registering = await it.channels.register(key, { url });
  return registering.accepted ? 'taken' : registering.reason;
}

const KINDS: readonly ChannelKind[] = ['callback', 'poll', 'websocket', 'mqtt'];
const WORDS: Readonly<Record<ChannelKind, RegExp>> = {
  callback: /has a callback .* already/,
  poll: /has a long poll .* already/,
  websocket: /has a websocket .* already/,
  mqtt: /has an MQTT channel already/,
};

describe.each(['pelion', 'mdc'] as const)('in the dialect %s', (spoken) => {
  const pairs = KINDS.flatMap((present) =>
    (['callback', 'poll', 'websocket'] as const).map((wanted) => [present, wanted] as const),
  );
  test.each(pairs)('a key with %s that asks for %s', async (present, wanted) => {
    await using receiver = await startReceiver();
    await using it = await opened(spoken);
    const key = await has(it, present, receiver.url);
    expect(it.channels.kindOf(key)).toBe(present);
    const said = await asked(it, wanted, key, receiver.url);
    const isTaken = present === wanted || (spoken === 'mdc' && present === 'poll' && wanted === 'callback');
    expect(said).toMatch(isTaken ? /^taken$/ : WORDS[present]);
    expect(it.channels.kindOf(key)).toBe(isTaken ? wanted : present);
    expect(it.channels.keys().toSorted()).toEqual(key === 'm' ? ['m'] : ['k', 'm']);
    await it.restart();
    expect(it.channels.kindOf(key)).toBe(isTaken ? wanted : present);
  });

  test('while a callback is tried out, the key gets no other channel', async () => {
    let answer: () => void = () => undefined;
    const later: Answering = (response) => {
      answer = () => response.writeHead(204).end();
    };
    await using receiver = await startReceiver(later);
    await using it = await opened(spoken);
    const registering = it.channels.register('k', { url: receiver.url });
    await until(() => receiver.received.length === 1);
    expect(it.channels.keys()).toEqual(['m']);
    for (const kind of ['poll', 'websocket'] as const) {
      expect(await asked(it, kind, 'k', receiver.url)).toMatch(WORDS.callback);
      expect(await asked(it, kind, 'l', receiver.url)).toBe('taken');
      await it.channels.forgetKey('l');
    }
    answer();
    expect(await registering).toEqual({ accepted: true });
  });

  test('a callback that is refused leaves the key free', async () => {
    await using receiver = await startReceiver((response) => response.writeHead(500).end());
    await using it = await opened(spoken);
    expect(await it.channels.register('k', { url: receiver.url })).toMatchObject({ accepted: false });
    expect(it.channels.kindOf('k')).toBeUndefined();
    expect(await asked(it, 'poll', 'k', receiver.url)).toBe('taken');
  });
});

describe('in Device Connector’s dialect, a callback after a long poll', () => {
  test('gets what was queued, and what the open GET waited for', async () => {
    await using receiver = await startReceiver();
    await using it = await opened('mdc');
    await it.channels.poll('k', NOW);
    await it.file.events.queue.append('k', presses(2));
    (await got(it.channels.poll('k', NOW))).failed();
    const first = await got(it.channels.poll('k', WAIT));
    await first.delivered();
    const waiting = it.channels.poll('k', WAIT);
    await turns();
    expect(await it.channels.register('k', { url: receiver.url })).toEqual({ accepted: true });
    expect(await waiting).toEqual({ status: 204 });
    await it.file.events.queue.append('k', presses(3, 2));
    await until(() => (it.file.events.queue.numbers('k')?.events ?? 0) === 0);
    expect(receiver.received.slice(1).flatMap(({ body }) => values(body))).toEqual(['a 2', 'a 3', 'a 4']);
    expect(it.told).toEqual([]);
  });

  test('ends the open GET before it is even tried out: one of the two takes events, never both', async () => {
    let answer: () => void = () => undefined;
    await using receiver = await startReceiver((response) => {
      answer = () => response.writeHead(204).end();
    });
    await using it = await opened('mdc');
    const waiting = it.channels.poll('k', WAIT);
    await turns();
    const registering = it.channels.register('k', { url: receiver.url });
    expect(await waiting).toEqual({ status: 204 });
    await until(() => receiver.received.length === 1);
    answer();
    expect(await registering).toEqual({ accepted: true });
  });

  test('that is refused leaves the long poll as it was', async () => {
    await using receiver = await startReceiver((response) => response.writeHead(500).end());
    await using it = await opened('mdc');
    await it.channels.poll('k', NOW);
    await it.file.events.queue.append('k', presses(1));
    expect(await it.channels.register('k', { url: receiver.url })).toMatchObject({ accepted: false });
    expect(values((await got(it.channels.poll('k', WAIT))).text)).toEqual(['a 0']);
  });
});

test('a claim keeps others out until it is given back, by all who hold it', async () => {
  await using it = await opened('pelion');
  const [one, other] = [it.channels.claim('k', 'mqtt'), it.channels.claim('k', 'mqtt')];
  expect(it.channels.claim('k', 'poll')).toMatchObject({ granted: false, reason: expect.stringMatching(WORDS.mqtt) });
  if (one.granted) one.release();
  expect(it.channels.claim('k', 'poll').granted).toBe(false);
  if (other.granted) other.release();
  expect(it.channels.claim('k', 'poll').granted).toBe(true);
});

test('a key cannot begin with MQTT where it has another channel: its events would go now here, now there', async () => {
  await using it = await opened('pelion');
  await it.channels.putWebsocket('k');
  await it.channels.close();
  it.file.reopen();
  it.mqtt.has.add('k');
  const open = () => new Channels({ events: it.file.events, world: it.file.world, spoken: 'pelion', mqtt: it.mqtt });
  expect(open).toThrow(UsageError);
  expect(open).toThrow(/the key k has a websocket/);
  it.mqtt.has.delete('k');
  it.channels = open();
});

test('events are spelt as the connector was told, by whatever channel; a callback may choose', async () => {
  await using receiver = await startReceiver();
  await using it = await opened('mdc', { notifications: 'mdc' });
  await it.channels.register('k', { url: receiver.url });
  await it.channels.register('l', { url: receiver.url, dialect: 'connector' });
  await it.channels.poll('p', NOW);
  await it.file.events.queue.append(['k', 'p'], presses(1));
  const polled = await got(it.channels.poll('p', WAIT));
  await until(() => receiver.received.length === 3);
  expect(JSON.parse(receiver.received[2]!.body)).toEqual(JSON.parse(polled.text));
  expect(JSON.parse(polled.text).notifications[0]).toMatchObject({ 'max-age': '0' });
  expect(polled.text).not.toContain('uid');
  await it.file.events.queue.append('l', presses(1));
  await until(() => receiver.received.length === 4);
  expect(receiver.received[3]!.body).toContain('uid');
});

test('states are for people: what each does, what waits, what went wrong; and nothing secret', async () => {
  await using receiver = await startReceiver((response, index) => response.writeHead(index < 1 ? 204 : 500).end());
  await using it = await opened('pelion');
  const url = receiver.url.replace('http://', 'http://user:hidden@');
  await it.channels.register('k', { url: `${url}?token=hidden`, headers: { authorization: 'hidden' } });
  await it.channels.poll('p', NOW);
  await it.channels.putWebsocket('w');
  await it.file.events.queue.append(['k', 'p', 'w'], presses(1));
  await until(() => it.channels.states()[0]?.doing === 'waiting to try again');
  const sinceMs = it.file.world.wall();
  const queue = expect.objectContaining({ events: 1 });
  expect(it.channels.states()).toEqual([
    {
      ...{ key: 'k', kind: 'callback', doing: 'waiting to try again', sinceMs, queue },
      url: expect.stringMatching(/^http:\/\/\*\*\*@127.0.0.1:\d+\/hook\?token=\*\*\*$/),
      lastError: { atMs: sinceMs, text: 'it answered 500' },
      nextAttemptMs: sinceMs + 1_000,
    },
    { key: 'p', kind: 'poll', doing: 'no GET is open', sinceMs, queue },
    { key: 'w', kind: 'websocket', doing: 'waiting for a connection', sinceMs, queue },
    { key: 'm', kind: 'mqtt', doing: 'publishing for m', url: 'mqtts://broker.example', queue: undefined },
  ]);
  expect(JSON.stringify(it.channels.states())).not.toContain('hidden');
});

test('a key that is gone takes everything with it, whatever it had, and its socket is told why', async () => {
  await using receiver = await startReceiver();
  await using it = await opened('pelion');
  const server = createServer();
  const sockets = websocketServer();
  server.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (open) => it.channels.connect('w', open)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await it.channels.register('k', { url: receiver.url });
    await it.channels.putWebsocket('w');
    const waiting = it.channels.poll('p', WAIT);
    await turns();
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await until(() => it.channels.websocket('w')?.status === 'connected');
    const closed = new Promise((resolve) => client.once('close', resolve));
    await it.file.events.queue.append('nobody', presses(1));
    for (const key of ['k', 'p', 'w', 'm', 'nobody', 'k']) await it.channels.forgetKey(key);
    expect(await waiting).toMatchObject({ status: 410 });
    expect(await closed).toBe(1008);
    expect([it.channels.keys(), it.file.events.queue.keys()]).toEqual([[], []]);
    await it.restart();
    expect(it.channels.keys()).toEqual([]);
  } finally {
    server.close();
  }
});

test('what goes by itself is told, with its kind', async () => {
  await using it = await opened('pelion', { settings: { websocket: { removedAfterIdleMs: 5_000 } } });
  await it.channels.poll('p', NOW);
  await it.channels.putWebsocket('w');
  await it.file.world.pass(5_000);
  await until(() => it.told.length === 1);
  await it.file.world.pass(600_000);
  await until(() => it.told.length === 2);
  expect(it.told).toEqual(['websocket w idle 0', 'poll p idle 0']);
});

test('ends with what it was given', async () => {
  const it = await opened('mdc');
  await it[Symbol.asyncDispose]();
  expect(it.mqtt.isClosed).toBe(true);
});
