/** Messages behind their lengths over real sockets; time is virtual. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import type { Connection, Transport } from '../../../../cloud/connector/transports/connection.ts';
import type { StreamLimits } from '../../../../cloud/connector/transports/listener.ts';
import { listenTcp } from '../../../../cloud/connector/transports/tcp.ts';
import { OutsideError } from '../../../../cloud/protocol/errors.ts';
import { Coming } from './coming.ts';
import { Listening, message, until } from './listening.ts';

const listening = (limits: Partial<StreamLimits> = {}): Promise<Listening<Transport>> =>
  Listening.by((options) => listenTcp({ ...options, limits }));

class Peer implements AsyncDisposable {
  readonly socket: Socket;
  readonly chunks = new Coming<Buffer>();
  readonly ended: Promise<unknown>;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.on('error', () => {});
    this.socket.on('data', this.chunks.push);
    this.ended = once(this.socket, 'close');
  }

  /** Bytes as they are. */
  send(...parts: Uint8Array[]): Promise<void> {
    return new Promise((resolve) => this.socket.write(Buffer.concat(parts), () => resolve()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.ended;
  }
}

function framed(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

async function met(served: Listening<Transport>) {
  const peer = new Peer(served.port);
  await peer.send(framed(message(4)));
  const spoken = await served.spoken.next();
  await spoken.messages.next();
  return { peer, spoken, [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}

test('a connection begins with its first whole message', async () => {
  await using served = await listening();
  await using peer = new Peer(served.port);
  await peer.send(framed(message(1_151)).subarray(0, 1_000));
  await until(() => served.transport.counts.halfOpen === 1);
  expect(served.spoken.all).toEqual([]);
  await peer.send(framed(message(1_151)).subarray(1_000), framed(message(6)));
  const { connection, messages } = await served.spoken.next();
  await messages.untilLength(2);
  expect(messages.all.map(({ length }) => length)).toEqual([1_151, 6]);
  expect(connection).toMatchObject({ transport: 'tcp', peer: `127.0.0.1:${peer.socket.localPort}`, mostBytes: 1_147 });
  expect('identity' in connection).toBe(false);
  expect(served.transport.counts).toMatchObject({ open: 1, halfOpen: 0, opened: 1, received: 2 });
});

test('each message sent is behind its length, in order', async () => {
  await using served = await listening();
  await using one = await met(served);
  const sent = Array.from({ length: 50 }, (_, index) => message(4 + index * 20, index));
  for (const bytes of sent) one.spoken.connection.send(bytes);
  const wanted = Buffer.concat(sent.map(framed));
  await until(() => Buffer.concat(one.peer.chunks.all).length === wanted.length);
  expect(Buffer.concat(one.peer.chunks.all)).toEqual(wanted);
  expect(() => one.spoken.connection.send(message(1_148))).toThrow(RangeError);
});

test('a message sent when the last one has left is one piece to the peer', async () => {
  await using served = await listening();
  await using one = await met(served);
  for (const length of [4, 700, 1_147]) {
    one.spoken.connection.send(message(length));
    expect(await one.peer.chunks.next()).toEqual(framed(message(length)));
  }
});

test('many messages in one piece, the first of which has the caller close', async () => {
  await using served = await listening();
  served.onMessage = (connection) => connection.close();
  await using peer = new Peer(served.port);
  await peer.send(framed(message(4)), framed(message(5)));
  const { messages, closed } = await served.spoken.next();
  await peer.ended;
  expect(messages.all).toHaveLength(1);
  expect(closed.all).toEqual(['closed by the connector']);
});

test.each([
  ['a length that is none', '47455420', 'a frame of 1195725856 bytes, where 4 to 1151 can be'],
  ['more than a board can send', '00000480', 'a frame of 1152 bytes, where 4 to 1151 can be'],
])('%s: ended at once, before it is a connection and after', async (_name, bytes, detail) => {
  await using served = await listening();
  await using stranger = new Peer(served.port);
  await stranger.send(Buffer.from(bytes, 'hex'));
  expect(await served.refused.next()).toMatchObject({ reason: 'bytes', detail });
  await stranger.ended;
  await using one = await met(served);
  await one.peer.send(Buffer.from(bytes, 'hex'));
  expect(await one.spoken.closed.next()).toBe(detail);
  await one.peer.ended;
  await until(() => served.transport.counts.halfOpen === 0);
  expect(served.transport.counts).toMatchObject({ open: 0, opened: 1, refused: { bytes: 2 } });
});

test('a stream that ends within a frame is told, one that ends between two is none’s fault', async () => {
  await using served = await listening();
  await using cut = await met(served);
  await using whole = await met(served);
  cut.peer.socket.end(framed(message(9)).subarray(0, 7));
  expect(await cut.spoken.closed.next()).toBe('the stream ended 7 bytes into a frame');
  whole.peer.socket.end();
  expect(await whole.spoken.closed.next()).toBe('closed by the peer');
  expect(served.reasons).toEqual({ bytes: 1 });
});

test('who says nothing, and who comes and goes, is no connection', async () => {
  await using served = await listening({ handshakeMs: 30_000 });
  await using silent = new Peer(served.port);
  await using hasty = new Peer(served.port);
  await until(() => served.transport.counts.halfOpen === 2);
  hasty.socket.destroy();
  expect(await served.refused.next()).toMatchObject({ reason: 'handshake', detail: 'gone' });
  await served.world.pass(29_999);
  expect(served.transport.counts.halfOpen).toBe(1);
  await served.world.pass(1);
  await silent.ended;
  expect(served.refused.all.map(({ reason }) => reason)).toEqual(['handshake', 'handshake-timeout']);
  expect(served.spoken.all).toEqual([]);
});

test('who says nothing is offered to the caller, who may speak to it and end it, or leave it', async () => {
  for (const isTaken of [true, false]) {
    const offered = new Coming<Connection>();
    const onSilent = (connection: Connection): boolean => {
      offered.push(connection);
      return isTaken;
    };
    await using served = await Listening.by((options) => listenTcp({ ...options, onSilent }));
    await using silent = new Peer(served.port);
    await using stammering = new Peer(served.port);
    await stammering.send(Uint8Array.of(0));
    await using board = await met(served);
    await until(() => served.transport.counts.halfOpen === 2);
    await served.world.pass(19_999);
    expect(offered.all).toEqual([]);
    await served.world.pass(1);
    expect(offered.all.map(({ peer }) => peer)).toEqual([`127.0.0.1:${silent.socket.localPort}`]);
    if (isTaken) {
      offered.all[0]!.send(message(4));
      expect(await silent.chunks.next()).toEqual(framed(message(4)));
      offered.all[0]!.close();
      await silent.ended;
    }
    await served.world.pass(10_000);
    await silent.ended;
    await stammering.ended;
    expect(served.reasons).toEqual({ 'handshake-timeout': isTaken ? 1 : 2 });
    expect(board.spoken.closed.all).toEqual([]);
    expect(served.transport.counts).toMatchObject({ open: 1, opened: 1 });
  }
});

test('limits: all connections, those of one address, those that did not begin', async () => {
  await using served = await listening({ connections: 3, perAddress: 2, halfOpen: 4 });
  await using one = await met(served);
  await using two = await met(served);
  await using third = new Peer(served.port);
  expect(await served.refused.next()).toMatchObject({ reason: 'address-full' });
  await third.ended;
  one.spoken.connection.close();
  await one.peer.ended;
  await using again = await met(served);
  expect(again.spoken.closed.all).toEqual([]);
  expect(two.spoken.closed.all).toEqual([]);
  expect(served.transport.counts.open).toBe(2);
});

test('two that begin at once where there is room for one', async () => {
  await using served = await listening({ connections: 1 });
  const peers = [new Peer(served.port), new Peer(served.port)];
  await until(() => served.transport.counts.halfOpen === 2);
  await Promise.all(peers.map((peer) => peer.send(framed(message(4)), framed(message(4)))));
  expect(await served.refused.next()).toMatchObject({ reason: 'full' });
  await until(() => served.transport.counts.halfOpen === 0);
  expect(served.transport.counts).toMatchObject({ open: 1, opened: 1, refused: { full: 1 } });
  expect(served.spoken.all).toHaveLength(1);
  for (const peer of peers) await peer[Symbol.asyncDispose]();
});

test('idle, closing, and a port that is taken', async () => {
  await using served = await listening({ idleMs: 50_000, keepAliveMs: 10_000 });
  await using silent = await met(served);
  await served.world.pass(60_000);
  expect(silent.spoken.closed.all).toEqual(['nothing came for 50 s']);
  await using last = await met(served);
  await expect(Listening.by((options) => listenTcp({ ...options, port: served.port }))).rejects.toThrow(OutsideError);
  await served.transport.close();
  expect(last.spoken.closed.all).toEqual(['closed by the connector']);
  await until(() => served.world.pending === 0);
});
