/** Datagrams over real sockets; time is virtual. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { listenUdp, type UdpLimits, type UdpTransport } from '../../../../cloud/connector/transports/udp.ts';
import { OutsideError } from '../../../../cloud/protocol/errors.ts';
import { Coming } from './coming.ts';
import { Listening, message, type Spoken, until } from './listening.ts';

const listening = (limits: Partial<UdpLimits> = {}): Promise<Listening<UdpTransport>> =>
  Listening.by((options) => listenUdp({ ...options, limits }));

class Peer implements AsyncDisposable {
  readonly messages = new Coming<Uint8Array>();
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', this.messages.push);
  }

  static async to(port: number, host = '127.0.0.1'): Promise<Peer> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.connect(port, host);
    await once(socket, 'connect');
    return new Peer(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => this.#socket.send(bytes, (error) => (error ? reject(error) : resolve())));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }
}

/** Has the peer heard by the transport, and gives back its connection. */
async function spoken(served: Listening<UdpTransport>, peer: Peer): Promise<Spoken> {
  await peer.send(message(4));
  return await served.spoken.next();
}

test('an address and port is a connection, from its first message on', async () => {
  await using served = await listening();
  await using one = await Peer.to(served.port);
  await using other = await Peer.to(served.port);
  const first = await spoken(served, one);
  const second = await spoken(served, other);
  expect(first.connection).toMatchObject({ transport: 'udp', peer: `127.0.0.1:${one.port}`, mostBytes: 1_152 });
  expect(first.connection.id).not.toBe(second.connection.id);
  expect('identity' in first.connection).toBe(false);
  expect(await first.messages.next()).toEqual(Buffer.from(message(4)));

  await one.send(message(1_152));
  expect(await first.messages.untilLength(2)).toBeUndefined();
  expect(first.messages.all[1]).toHaveLength(1_152);
  expect(served.spoken.all).toHaveLength(2);

  first.connection.send(message(5));
  second.connection.send(message(6));
  expect(await one.messages.next()).toHaveLength(5);
  expect(await other.messages.next()).toHaveLength(6);
  expect(served.transport.counts).toEqual({
    open: 2,
    halfOpen: 0,
    opened: 2,
    received: 3,
    sent: 2,
    unsent: 0,
    refused: {},
  });
});

test('over IPv6, and by a name', async () => {
  await using served = await Listening.by((options) => listenUdp({ ...options, host: '::1' }));
  await using peer = await Peer.to(served.port, '::1');
  const { connection } = await spoken(served, peer);
  expect(connection.peer).toBe(`[::1]:${peer.port}`);
  connection.send(message(7));
  expect(await peer.messages.next()).toHaveLength(7);

  await using named = await Listening.by((options) => listenUdp({ ...options, host: 'localhost' }));
  expect(['127.0.0.1', '::1']).toContain(named.transport.address.host);
});

test.each([
  ['nothing', ''],
  ['less than a header', '400102'],
  ['version 0', '00010203'],
  ['version 2', '80010203'],
  ['a DNS query', '000001000001000000000000'],
  ['a DTLS record', `16feff${'00'.repeat(50)}`],
  ['too much', '41'.repeat(1_153)],
])('%s makes no connection and is told', async (_name, bytes) => {
  await using served = await listening();
  await using peer = await Peer.to(served.port);
  await peer.send(Buffer.from(bytes, 'hex'));
  expect(await served.refused.next()).toMatchObject({ reason: 'bytes', peer: `127.0.0.1:${peer.port}` });
  const { messages } = await spoken(served, peer);
  expect(messages.all).toHaveLength(1);
  expect(served.transport.counts).toMatchObject({ opened: 1, received: 1, refused: { bytes: 1 } });
});

test('any bytes: a message or a refusal, each counted once, and nothing thrown', async () => {
  await using served = await listening();
  await using peer = await Peer.to(served.port);
  const datagrams = fc.sample(fc.uint8Array({ maxLength: 1_200 }), { numRuns: 300, seed: 5 });
  let told = 0;
  for (const datagram of datagrams) {
    await peer.send(datagram);
    told++;
    await until(() => served.transport.counts.received + (served.reasons.bytes ?? 0) === told);
  }
  expect(served.transport.counts.received).toBe(
    datagrams.filter((one) => one.length >= 4 && one.length <= 1_152 && one[0]! >> 6 === 1).length,
  );
  expect(served.problems).toEqual([]);
});

test('a quiet address is forgotten; its next message makes another connection', async () => {
  await using served = await listening({ idleMs: 80_000 });
  await using peer = await Peer.to(served.port);
  await using quiet = await Peer.to(served.port);
  const first = await spoken(served, peer);
  const other = await spoken(served, quiet);
  await served.world.pass(60_000);
  await peer.send(message(4));
  await first.messages.untilLength(2);
  await served.world.pass(40_000);
  expect(other.closed.all).toEqual(['nothing came for 80 s']);
  expect(first.closed.all).toEqual([]);
  expect(served.reasons).toEqual({ idle: 1 });

  const again = await spoken(served, quiet);
  expect(again.connection.id).not.toBe(other.connection.id);
  expect(again.connection.peer).toBe(other.connection.peer);
  // The one that was forgotten ends no other.
  other.connection.close();
  expect(again.closed.all).toEqual([]);
});

test('an address is kept while a board is registered from it, however quiet, and forgotten in time when it is not', async () => {
  await using served = await listening({ idleMs: 80_000 });
  await using peer = await Peer.to(served.port);
  const board = await spoken(served, peer);
  board.connection.keep?.(true);
  await served.world.pass(1_000_000);
  board.connection.send(message(4));
  expect(await peer.messages.next()).toHaveLength(4);
  await peer.send(message(4));
  await board.messages.untilLength(2);
  await served.world.pass(1_000_000);
  board.connection.keep?.(false);
  await served.world.pass(79_000);
  expect(board.closed.all).toEqual([]);
  await served.world.pass(20_000);
  expect(board.closed.all).toEqual(['nothing came for 80 s']);
  // Nobody was refused anything.
  expect([served.refused.all, served.reasons, served.world.pending]).toEqual([[], { idle: 1 }, 0]);
  board.connection.keep?.(true);
  expect(served.transport.counts.open).toBe(0);
});

test('a registered board keeps its place as long as there is any other', async () => {
  await using served = await listening({ connections: 3 });
  await using peer = await Peer.to(served.port);
  const board = await spoken(served, peer);
  board.connection.keep?.(true);
  for (let stranger = 0; stranger < 10; stranger++) {
    await using other = await Peer.to(served.port);
    const regular = await spoken(served, other);
    await other.send(message(4));
    await regular.messages.untilLength(2);
  }
  expect(board.closed.all).toEqual([]);
  for (const { connection } of served.spoken.all) connection.keep?.(true);
  await using newest = await Peer.to(served.port);
  await spoken(served, newest);
  expect(board.closed.all).toEqual(['a newer peer needs its place']);
  expect(served.transport.counts.open).toBe(3);
});

test('a newer address takes the place of one that was heard once, before any that was heard again', async () => {
  await using served = await listening({ connections: 3 });
  await using board = await Peer.to(served.port);
  const regular = await spoken(served, board);
  await board.send(message(4));
  await regular.messages.untilLength(2);
  for (let stranger = 0; stranger < 50; stranger++) {
    await using peer = await Peer.to(served.port);
    await spoken(served, peer);
    expect(served.transport.counts.open).toBeLessThanOrEqual(3);
  }
  expect(regular.closed.all).toEqual([]);
  expect(served.spoken.all[1]!.closed.all).toEqual(['a newer peer needs its place']);
  expect(served.reasons).toEqual({ forgotten: 48 });
});

test('where all were heard again the quietest goes', async () => {
  await using served = await listening({ connections: 2, idleMs: 1_000 });
  const peers = [await Peer.to(served.port), await Peer.to(served.port), await Peer.to(served.port)] as const;
  const heard: Spoken[] = [];
  for (const peer of peers.slice(0, 2)) {
    const one = await spoken(served, peer);
    await peer.send(message(4));
    await one.messages.untilLength(2);
    heard.push(one);
    await served.world.pass(20);
  }
  await peers[0].send(message(4));
  await heard[0]!.messages.untilLength(3);
  await spoken(served, peers[2]);
  expect(heard.map(({ closed }) => closed.all.length)).toEqual([0, 1]);
  for (const peer of peers) await peer[Symbol.asyncDispose]();
});

test('what cannot be sent is counted, and nothing is thrown', async () => {
  await using served = await listening();
  await using peer = await Peer.to(served.port);
  const { connection } = await spoken(served, peer);
  connection.send(new Uint8Array(70_000));
  await until(() => served.transport.counts.unsent === 1);
  connection.send(message(4));
  expect(await peer.messages.next()).toHaveLength(4);
  expect(served.transport.counts).toMatchObject({ sent: 1, unsent: 1 });
  await served.transport.close();
  connection.send(message(4));
  expect(served.transport.counts).toMatchObject({ sent: 1, unsent: 2 });
});

test('closing ends every connection, once, and messages after it come to nobody', async () => {
  await using served = await listening();
  await using peer = await Peer.to(served.port);
  const first = await spoken(served, peer);
  first.connection.close();
  first.connection.close();
  expect(first.closed.all).toEqual(['closed by the connector']);
  const second = await spoken(served, peer);
  expect(first.messages.all).toHaveLength(1);
  await Promise.all([served.transport.close(), served.transport.close()]);
  expect(second.closed.all).toEqual(['the connector is closing']);
  expect(served.transport.counts.open).toBe(0);
  expect(served.world.pending).toBe(0);
  // Its port is free again.
  await using next = await Listening.by((options) => listenUdp({ ...options, port: served.port }));
  expect(next.port).toBe(served.port);
});

test('what a callback throws is told, and the next message comes all the same', async () => {
  await using served = await listening();
  await using peer = await Peer.to(served.port);
  served.onMessage = (connection) => {
    connection.close();
    throw new Error('ours');
  };
  const { messages } = await spoken(served, peer);
  served.onMessage = () => {};
  await spoken(served, peer);
  expect(messages.all).toHaveLength(1);
  expect(served.problems).toEqual([new Error('ours')]);
});

test('one port for both kinds of addresses: IPv4 peers are written, and answered, as such', async () => {
  await using served = await Listening.by((options) => listenUdp({ ...options, host: '::' }));
  await using old = await Peer.to(served.port);
  await using young = await Peer.to(served.port, '::1');
  for (const [peer, text] of [
    [old, `127.0.0.1:${old.port}`],
    [young, `[::1]:${young.port}`],
  ] as const) {
    const { connection } = await spoken(served, peer);
    expect(connection.peer).toBe(text);
    connection.send(message(4));
    expect(await peer.messages.next()).toHaveLength(4);
  }
});

test('what onRefused throws is told, too', async () => {
  const problems: unknown[] = [];
  await using served = await Listening.by((options) =>
    listenUdp({
      ...options,
      onRefused: () => {
        throw new Error('ours');
      },
      onProblem: (problem) => problems.push(problem),
    }),
  );
  await using peer = await Peer.to(served.port);
  await peer.send(Uint8Array.of(1));
  await spoken(served, peer);
  expect(problems).toEqual([new Error('ours')]);
});

test('a port that is taken, and a host that is not this machine', async () => {
  await using served = await listening();
  const on = (host: string, port: number) => Listening.by((options) => listenUdp({ ...options, host, port }));
  await expect(on('127.0.0.1', served.port)).rejects.toThrow(OutsideError);
  await expect(on('127.0.0.1', served.port)).rejects.toThrow('another program has the port');
  await expect(on('192.0.2.1', 0)).rejects.toThrow('cannot listen on 192.0.2.1:0');
  await expect(on('no.such.host.invalid', 0)).rejects.toThrow(OutsideError);
});

test('the kernel is asked for the receive buffer', async () => {
  await using small = await listening({ receiveBufferBytes: 8_192 });
  await using large = await listening({ receiveBufferBytes: 131_072 });
  expect(large.transport.receiveBufferBytes).toBeGreaterThan(small.transport.receiveBufferBytes);
});
