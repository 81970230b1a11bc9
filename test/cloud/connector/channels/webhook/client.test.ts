import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { describeAnswer, isAcknowledged } from '../../../../../cloud/connector/channels/webhook/answer.ts';
import { type ClientOptions, webhookClient } from '../../../../../cloud/connector/channels/webhook/client.ts';
import { VirtualTime } from '../../events/virtual-time.ts';
import { ownCertificate } from './certificate.ts';
import { startReceiver, until } from './receiver.ts';

const BODY = new TextEncoder().encode('{"notifications":[]}');
const TIMEOUT_MS = 20_000;

function client(url: string, options: Partial<ClientOptions> = {}, headers: Record<string, string> = {}) {
  const world = new VirtualTime();
  const made = webhookClient({
    webhook: { url, headers },
    timeoutMs: TIMEOUT_MS,
    publicOnly: false,
    world,
    ...options,
  });
  return { ...made, world, [Symbol.dispose]: () => made.close() };
}

/** A server that is no web server: does with each connection what it is told, once there is a request. */
async function rawServer(treat: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => treat(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    sockets,
    [Symbol.dispose]: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

describe('put', () => {
  test('sends the body, its type and the headers', async () => {
    await using receiver = await startReceiver();
    using webhook = client(receiver.url, {}, { Authorization: 'Bearer x' });
    expect(await webhook.put(BODY)).toEqual({ kind: 'status', status: 204 });
    const headers = { authorization: 'Bearer x', 'content-type': 'application/json', 'content-length': '20' };
    expect(receiver.received).toMatchObject([{ method: 'PUT', body: '{"notifications":[]}', headers }]);
    expect(webhook.world.pending).toBe(0);
  });

  test.each([200, 201, 202, 204, 206, 301, 302, 307, 308, 400, 401, 404, 413, 429, 500, 503])('%d', async (status) => {
    await using receiver = await startReceiver((response) => response.writeHead(status, { location: '/other' }).end());
    using webhook = client(receiver.url);
    const answer = await webhook.put(BODY);
    expect(answer).toEqual({ kind: 'status', status });
    expect(isAcknowledged(answer)).toBe(status === 200 || status === 204);
    // Nothing is followed.
    expect(receiver.received).toHaveLength(1);
    expect(describeAnswer(answer)).toMatch(
      status >= 300 && status < 400 ? /redirects .* not followed/ : String(status),
    );
  });

  const hangs: readonly [string, (response: ServerResponse) => void][] = [
    ['no answer', () => undefined],
    ['half an answer', (response) => response.writeHead(200, { 'content-length': 10 }).write('ab')],
    ['only hints', (response) => response.writeProcessing()],
  ];
  test.each(hangs)('%s: the time is over', async (_, answer) => {
    await using receiver = await startReceiver(answer);
    using webhook = client(receiver.url);
    const put = webhook.put(BODY);
    await until(() => receiver.received.length === 1);
    await webhook.world.pass(TIMEOUT_MS - 1);
    expect(receiver.open.now).toBe(1);
    await webhook.world.pass(1);
    expect(await put).toEqual({ kind: 'timeout' });
    await until(() => receiver.open.now === 0);
  });

  test('a receiver that does not read: the time is over', async () => {
    using server = await rawServer((socket) => socket.pause());
    using webhook = client(server.url);
    const put = webhook.put(new Uint8Array(32 * 1024 ** 2));
    await until(() => server.sockets.size === 1);
    await webhook.world.pass(TIMEOUT_MS);
    expect(await put).toEqual({ kind: 'timeout' });
  });

  test('an answer that is slow, but whole in time', async () => {
    await using receiver = await startReceiver((response) => {
      response.writeHead(200).write('a');
      setImmediate(() => response.end('b'));
    });
    using webhook = client(receiver.url);
    expect(await webhook.put(BODY)).toEqual({ kind: 'status', status: 200 });
  });

  const breaks: readonly [string, (socket: Socket) => void, string | RegExp][] = [
    ['a reset', (socket) => socket.resetAndDestroy(), 'ECONNRESET'],
    ['an end', (socket) => socket.end(), 'ECONNRESET'],
    ['garbage', (socket) => socket.end('\0\x01 garbage\r\n\r\n'), /^HPE_/],
    [
      'an endless header',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`),
      'HPE_HEADER_OVERFLOW',
    ],
    [
      'a reset within the answer',
      (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab', () => socket.resetAndDestroy()),
      'ECONNRESET',
    ],
    ['bad chunks', (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'), /^HPE_/],
    [
      'another protocol',
      (socket) => socket.write('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
      /./,
    ],
  ];
  test.each(breaks)('%s', async (_, treat, reason) => {
    using server = await rawServer(treat);
    using webhook = client(server.url);
    const matching = typeof reason === 'string' ? reason : expect.stringMatching(reason);
    expect(await webhook.put(BODY)).toEqual({ kind: 'unreachable', reason: matching });
    expect(webhook.world.pending).toBe(0);
  });

  test('an endless answer counts by its status, and is not read', async () => {
    let written = 0;
    using server = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const more = (): void => {
        while (!socket.destroyed && socket.write(`2000\r\n${'x'.repeat(0x2000)}\r\n`)) written += 0x2000;
        if (!socket.destroyed) socket.once('drain', more);
      };
      more();
    });
    using webhook = client(server.url);
    expect(await webhook.put(BODY)).toEqual({ kind: 'status', status: 200 });
    await until(() => [...server.sockets].every((socket) => socket.destroyed));
    expect(written).toBeLessThan(20 * 1024 ** 2);
  });

  test('an answer before the body was read leaves nothing under way', async () => {
    using server = await rawServer((socket) => {
      socket.pause();
      socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n');
    });
    using webhook = client(server.url);
    expect(await webhook.put(new Uint8Array(32 * 1024 ** 2))).toEqual({ kind: 'status', status: 413 });
    for (const socket of server.sockets) socket.resume();
    await until(() => [...server.sockets].every((socket) => socket.destroyed));
  });

  test('nobody there, and no such name', async () => {
    using webhook = client('http://127.0.0.1:1/hook');
    expect(await webhook.put(BODY)).toEqual({ kind: 'unreachable', reason: 'ECONNREFUSED' });
    using nameless = client('http://receiver.example/hook', {
      lookup: (_host, _options, callback) => callback(Object.assign(new Error('none'), { code: 'ENOTFOUND' }), ''),
    });
    expect(await nameless.put(BODY)).toEqual({ kind: 'unreachable', reason: 'ENOTFOUND' });
  });

  test('connections are kept; one that its server has just closed is no failure', async () => {
    let connections = 0;
    let requests = 0;
    using server = await rawServer((socket) => {
      connections += 1;
      socket.write('HTTP/1.1 204 No Content\r\n\r\n');
      requests += 1;
      socket.on('data', () => {
        requests += 1;
        socket.resetAndDestroy();
      });
    });
    using webhook = client(server.url);
    expect(await webhook.put(BODY)).toEqual({ kind: 'status', status: 204 });
    expect(await webhook.put(BODY)).toEqual({ kind: 'status', status: 204 });
    expect({ connections, requests }).toEqual({ connections: 2, requests: 3 });
  });

  test('a cut comes after the receiver has answered', async () => {
    await using receiver = await startReceiver();
    using webhook = client(receiver.url);
    expect(await webhook.put(BODY, { cut: true })).toEqual({ kind: 'cut' });
    expect(receiver.received).toHaveLength(1);
  });

  test('close ends what is under way', async () => {
    await using receiver = await startReceiver(() => undefined);
    using webhook = client(receiver.url);
    const put = webhook.put(BODY);
    await until(() => receiver.received.length === 1);
    webhook.close();
    expect(await put).toMatchObject({ kind: 'unreachable' });
    expect(await webhook.put(BODY)).toMatchObject({ kind: 'unreachable' });
    expect(webhook.world.pending).toBe(0);
  });
});

describe('TLS', () => {
  test('a receiver is trusted by its authority only', async () => {
    const tls = await ownCertificate();
    await using receiver = await startReceiver(undefined, tls);
    using webhook = client(receiver.url, { ca: tls.cert });
    expect(await webhook.put(BODY)).toEqual({ kind: 'status', status: 204 });
    using stranger = client(receiver.url);
    expect(await stranger.put(BODY)).toEqual({ kind: 'unreachable', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    using elsewhere = client(receiver.url.replace('127.0.0.1', 'localhost'), {
      ca: tls.cert,
      lookup: (_host, { all }, callback) =>
        all === true ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4),
    });
    expect(await elsewhere.put(BODY)).toEqual({ kind: 'unreachable', reason: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(receiver.received).toHaveLength(1);
  });

  test('a receiver that speaks no TLS', async () => {
    await using receiver = await startReceiver();
    using webhook = client(receiver.url.replace('http:', 'https:'));
    expect(await webhook.put(BODY)).toMatchObject({ kind: 'unreachable' });
  });
});

describe('public addresses only', () => {
  test.each(['127.0.0.1', 'localhost', '2130706433', '127.1', '[::ffff:127.0.0.1]'])(
    '%s is not asked',
    async (host) => {
      await using receiver = await startReceiver();
      using webhook = client(receiver.url.replace('127.0.0.1', host), { publicOnly: true });
      expect(await webhook.put(BODY)).toEqual({ kind: 'not-public' });
      expect(receiver.received).toHaveLength(0);
    },
  );

  test('a name that leads here is not, even if it also leads elsewhere', async () => {
    await using receiver = await startReceiver();
    using webhook = client(receiver.url.replace('127.0.0.1', 'receiver.example'), {
      publicOnly: true,
      lookup: (_host, _options, callback) =>
        callback(null, [
          { address: '127.0.0.1', family: 4 },
          { address: '8.8.8.8', family: 4 },
        ]),
    });
    expect(await webhook.put(BODY)).toEqual({ kind: 'not-public' });
    expect(receiver.received).toHaveLength(0);
  });
});
