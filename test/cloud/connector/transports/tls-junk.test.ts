/** Strangers by the thousand before the TLS port: bounded, counted, and no hindrance to a board. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { StreamLimits } from '../../../../cloud/connector/transports/listener.ts';
import { listenTls, type TlsTransport } from '../../../../cloud/connector/transports/tls.ts';
import { seededRandom } from '../../../../cloud/protocol/random.ts';
import { Authority, type Pair } from './certificates.ts';
import { Listening, message, until } from './listening.ts';
import { RecordProxy } from './record-proxy.ts';
import { TlsPeer } from './tls-peer.ts';

let authority: Authority;
let server: Pair;
let board: Pair;

beforeAll(async () => {
  authority = await Authority.named('boards');
  [server, board] = await Promise.all([authority.issue('/CN=connector'), authority.board('dom', 'k64f')]);
});
afterAll(async () => {
  await authority[Symbol.asyncDispose]();
});

const listening = (limits: Partial<StreamLimits> = {}): Promise<Listening<TlsTransport>> =>
  Listening.by((options) =>
    listenTls({ ...options, limits, credentials: { ...server, authority: authority.own.cert } }),
  );

/** A socket that does what it does with the server, and does not mind its end. */
function stranger(port: number, from = '127.0.0.1'): Socket {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  socket.on('error', () => {});
  return socket.resume();
}

/** However it ends. */
function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())));
}

test('a handshake that is not through in time is ended; one that is has all the time it wants', async () => {
  await using served = await listening({ handshakeMs: 10_000 });
  const silent = stranger(served.port);
  await using peer = await TlsPeer.shaken(served.port, board);
  const { closed } = await served.spoken.next();
  await until(() => served.transport.counts.halfOpen === 1);
  await served.world.pass(9_999);
  expect(served.refused.all).toEqual([]);
  await served.world.pass(1);
  expect(await served.refused.next()).toMatchObject({ reason: 'handshake-timeout', detail: 'not begun in 10 s' });
  await ended(silent);
  await served.world.pass(100_000);
  expect(closed.all).toEqual([]);
  await peer.send(message(4));
  await served.spoken.all[0]!.messages.next();
});

test('the same while bytes trickle in', async () => {
  await using served = await listening({ handshakeMs: 10_000 });
  const slow = stranger(served.port);
  for (const byte of Buffer.from('160301', 'hex')) {
    await new Promise((resolve) => slow.write(Uint8Array.of(byte), resolve));
    await until(() => served.transport.counts.halfOpen === 1);
    await served.world.pass(3_333);
  }
  await served.world.pass(1);
  expect(await served.refused.next()).toMatchObject({ reason: 'handshake-timeout' });
  await ended(slow);
});

test('whoever has the most that did not begin loses the oldest; a slow board of another address does not', async () => {
  await using served = await listening({ halfOpen: 10 });
  // Its handshake stops in the middle.
  const slow = stranger(served.port, '127.0.0.2');
  slow.write(Buffer.from('1603010200', 'hex'));
  await until(() => served.transport.counts.halfOpen === 1);
  const flood: Socket[] = [];
  for (let count = 0; count < 50; count++) {
    flood.push(stranger(served.port));
    await once(flood.at(-1)!, 'connect');
  }
  await served.refused.untilLength(41);
  expect(served.reasons).toEqual({ 'half-open-full': 41 });
  expect(served.refused.all.every(({ peer }) => peer.startsWith('127.0.0.1:'))).toBe(true);
  await Promise.all(flood.slice(0, 41).map(ended));
  expect([slow, ...flood.slice(41)].map(({ closed }) => closed)).toEqual(Array(10).fill(false));
  for (const socket of [slow, ...flood]) socket.destroy();
});

test('as many connections as may be, in all and from one address', async () => {
  await using served = await listening({ connections: 3, perAddress: 2 });
  await using _one = await TlsPeer.shaken(served.port, board);
  await using two = await TlsPeer.shaken(served.port, board);
  await served.spoken.untilLength(2);
  await using third = new TlsPeer(served.port, board);
  expect(await served.refused.next()).toMatchObject({ reason: 'address-full' });
  await third.ended;
  await using _elsewhere = await TlsPeer.shaken(served.port, board, { localAddress: '127.0.0.2' });
  await served.spoken.untilLength(3);
  await using last = new TlsPeer(served.port, board, { localAddress: '127.0.0.3' });
  expect(await served.refused.next()).toMatchObject({ reason: 'full' });
  await last.ended;
  two.socket.destroy();
  await until(() => served.transport.counts.open === 2);
  await using _again = await TlsPeer.shaken(served.port, board);
  await served.spoken.untilLength(4);
  expect(served.spoken.all[0]!.closed.all).toEqual([]);
});

test('thousands of strangers: bounded all the time, each told once, and the boards go on', async () => {
  const halfOpen = 64;
  await using served = await listening({ halfOpen });
  await using good = await TlsPeer.shaken(served.port, board);
  const spoken = await served.spoken.next();
  served.onMessage = (connection, bytes) => connection.send(bytes);

  const hello = await clientHello();
  const random = seededRandom(7);
  const kinds: ((socket: Socket) => void)[] = [
    // Nothing, for as long as it may.
    () => {},
    (socket) => socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'),
    (socket) => socket.write(Uint8Array.from({ length: 600 }, () => random.int(256))),
    (socket) => socket.write(hello),
    (socket) => socket.write(hello.subarray(0, 1 + random.int(hello.length - 1))),
    (socket) => socket.write(Buffer.from(hello).fill(random.int(256), 20, 40)),
    (socket) => socket.write(Buffer.concat([hello, hello, hello])),
    (socket) => socket.end(),
    (socket) => socket.resetAndDestroy(),
    (socket) => socket.write(hello, () => socket.resetAndDestroy()),
  ];
  const strangers = 3_000;
  const sockets = new Set<Socket>();
  let most = 0;
  for (let count = 0; count < strangers; count++) {
    const socket = stranger(served.port);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    await once(socket, 'connect');
    kinds[count % kinds.length]!(socket);
    most = Math.max(most, served.transport.counts.halfOpen);
    // A board says something now and then, and another one comes.
    if (count % 100 === 0) {
      void good.send(message(4 + (count % 1_000)));
      await good.messages.untilLength(count / 100 + 1);
      await using young = await TlsPeer.shaken(served.port, board);
      await young.send(message(8));
      expect(await young.messages.next()).toHaveLength(8);
    }
  }
  for (const socket of sockets) socket.destroy();
  await until(() => served.transport.counts.halfOpen === 0);
  // No timer is left but that which looks for the quiet.
  await until(() => served.world.pending <= 1);
  expect(most).toBeLessThanOrEqual(halfOpen);
  expect(most).toBeGreaterThan(halfOpen / 2);
  expect(served.refused.all.length).toBe(strangers);
  expect(Object.keys(served.reasons).sort()).toEqual(['half-open-full', 'handshake']);
  expect(spoken.closed.all).toEqual([]);
  expect(served.problems).toEqual([]);
  expect(good.messages.all).toHaveLength(strangers / 100);
});

/** What a board sends first. */
async function clientHello(): Promise<Buffer> {
  await using served = await listening();
  await using proxy = await RecordProxy.before(served.port);
  proxy.hold();
  await using _peer = new TlsPeer(proxy.port, board);
  await until(() => proxy.toServer.length === 1);
  return proxy.held;
}
