/** One message a record, both ways, seen on the wire; what is no message; those who do not read. TLS is real, time virtual. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { StreamLimits } from '../../../../cloud/connector/transports/listener.ts';
import { listenTls, type TlsTransport } from '../../../../cloud/connector/transports/tls.ts';
import { OutsideError } from '../../../../cloud/protocol/errors.ts';
import { seededRandom } from '../../../../cloud/protocol/random.ts';
import { Authority, type Pair } from './certificates.ts';
import { Listening, message, type Spoken, until } from './listening.ts';
import { ALERT, RecordProxy } from './record-proxy.ts';
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

interface Met extends AsyncDisposable {
  readonly peer: TlsPeer;
  readonly spoken: Spoken;
}

async function met(served: Listening<TlsTransport>, port = served.port): Promise<Met> {
  const peer = await TlsPeer.shaken(port, board);
  return { peer, spoken: await served.spoken.next(), [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}

/** Different lengths, so that none can be taken for another, and all that a board's buffer has room for. */
function lengths(count: number, seed: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => 4 + random.int(1_148));
}

test('messages sent in one turn are a record each, and a message each to the peer', async () => {
  await using served = await listening();
  await using proxy = await RecordProxy.before(served.port);
  await using one = await met(served, proxy.port);
  const sent = lengths(60, 1);
  for (const length of sent) one.spoken.connection.send(message(length));
  await one.peer.messages.untilLength(sent.length);
  expect(one.peer.messages.all.map(({ length }) => length)).toEqual(sent);
  expect(RecordProxy.messages(proxy.toClient)).toEqual(sent);
  await until(() => served.transport.counts.sent === sent.length);
});

test.each([
  ['in one piece', 1_000_000],
  ['in pieces that cut them', 700],
  ['byte by byte', 1],
])('records that come %s are a message each', async (_name, pieceBytes) => {
  await using served = await listening();
  await using proxy = await RecordProxy.before(served.port);
  await using one = await met(served, proxy.port);
  const sent = lengths(pieceBytes === 1 ? 10 : 60, 2);
  proxy.hold();
  await Promise.all(sent.map((length, index) => one.peer.send(message(length, index))));
  await until(() => RecordProxy.messages(proxy.toServer).length === sent.length);
  await proxy.release(pieceBytes);
  await one.spoken.messages.untilLength(sent.length);
  expect(one.spoken.messages.all.map((bytes) => [bytes.length, bytes.at(-1)])).toEqual(
    sent.map((length, index) => [length, index]),
  );
});

test('both ways at once, with answers sent from within onMessage', async () => {
  await using served = await listening();
  await using proxy = await RecordProxy.before(served.port);
  served.onMessage = (connection, bytes) => {
    connection.send(bytes);
    connection.send(bytes.subarray(0, 4));
  };
  await using one = await met(served, proxy.port);
  const sent = lengths(100, 3);
  await Promise.all(sent.map((length) => one.peer.send(message(length))));
  await one.peer.messages.untilLength(2 * sent.length);
  expect(RecordProxy.messages(proxy.toServer)).toEqual(sent);
  expect(RecordProxy.messages(proxy.toClient)).toEqual(sent.flatMap((length) => [length, 4]));
});

test('says whose it is, and where it comes from', async () => {
  await using served = await listening();
  await using one = await met(served);
  const { connection } = one.spoken;
  expect(connection).toMatchObject({
    transport: 'tls',
    mostBytes: 1_151,
    peer: `127.0.0.1:${one.peer.socket.localPort}`,
    identity: { commonName: 'dom/k64f', domain: 'dom', endpoint: 'k64f' },
  });
  expect(connection.identity?.fingerprint256).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  await using other = await met(served);
  expect(other.spoken.connection.id).not.toBe(connection.id);
  expect(served.transport.counts).toMatchObject({ open: 2, opened: 2, halfOpen: 0, refused: {} });
});

test.each([
  ['a message larger than a board can send', 1_152],
  ['a record larger than a board can make', 2_049],
  ['the largest record', 16_384],
  ['less than a header', 3],
])('%s ends the connection', async (_name, length) => {
  await using served = await listening();
  await using one = await met(served);
  await one.peer.send(message(1_151));
  await one.peer.send(message(length));
  await one.peer.send(message(4));
  expect(await one.spoken.closed.next()).toBe(`a record of ${length} bytes, where 4 to 1151 can be`);
  expect(await served.refused.next()).toMatchObject({ reason: 'bytes', peer: one.spoken.connection.peer });
  expect(one.spoken.messages.all.map((bytes) => bytes.length)).toEqual([1_151]);
  await one.peer.ended;
  expect(served.transport.counts).toMatchObject({ open: 0, received: 1, refused: { bytes: 1 } });
});

test('a message larger than a board can take is the caller’s mistake', async () => {
  await using served = await listening();
  await using one = await met(served);
  expect(() => one.spoken.connection.send(message(1_152))).toThrow(RangeError);
  one.spoken.connection.send(message(1_151));
  expect(await one.peer.messages.next()).toHaveLength(1_151);
});

test('closing lets what was sent leave, in its records, and says goodbye', async () => {
  await using served = await listening();
  await using proxy = await RecordProxy.before(served.port);
  await using one = await met(served, proxy.port);
  const { connection, closed } = one.spoken;
  // The rescue of a board that has fallen silent: acknowledgements, then the end.
  for (let count = 0; count < 4; count++) connection.send(message(4));
  connection.close();
  expect(closed.all).toEqual(['closed by the connector']);
  await one.peer.ended;
  expect(one.peer.messages.all).toHaveLength(4);
  expect(RecordProxy.messages(proxy.toClient)).toEqual([4, 4, 4, 4]);
  expect(proxy.toClient.at(-1)).toMatchObject({ type: ALERT });
  connection.close();
  connection.send(message(4));
  await until(() => served.transport.counts.sent === 4);
  expect(closed.all).toHaveLength(1);
  expect(served.transport.counts).toMatchObject({ open: 0, unsent: 1 });
});

test('after close nothing that comes is a message', async () => {
  await using served = await listening();
  await using proxy = await RecordProxy.before(served.port);
  served.onMessage = (connection) => connection.close();
  await using one = await met(served, proxy.port);
  proxy.hold();
  await Promise.all([one.peer.send(message(4)), one.peer.send(message(5))]);
  await until(() => RecordProxy.messages(proxy.toServer).length === 2);
  await proxy.release(1_000_000);
  await one.peer.ended;
  expect(one.spoken.messages.all).toHaveLength(1);
});

test.each([
  ['says goodbye', 'end', 'closed by the peer'],
  ['is gone', 'resetAndDestroy', 'ECONNRESET'],
  ['is gone without a word', 'destroy', 'closed by the peer'],
] as const)('a peer that %s', async (_name, how, why) => {
  await using served = await listening();
  await using proxy = await RecordProxy.before(served.port);
  await using one = await met(served, proxy.port);
  if (how === 'end') one.peer.socket.end();
  else proxy.upstream[how]();
  expect(await one.spoken.closed.next()).toBe(why);
  await until(() => served.transport.counts.open === 0);
  expect(served.reasons).toEqual({});
  expect(served.problems).toEqual([]);
});

test('a peer that does not read is ended once too much waits for it; the others go on', async () => {
  await using served = await listening({ waitingBytes: 20_000 });
  await using slow = await met(served);
  await using good = await met(served);
  slow.peer.socket.pause();
  let sent = 0;
  // As much as the kernel keeps for it, and then as much as we do.
  while (slow.spoken.closed.all.length === 0) {
    for (let count = 0; count < 10; count++) slow.spoken.connection.send(message(1_151));
    sent += 10;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(slow.spoken.closed.all).toEqual(['20000 bytes wait for it']);
  expect(await served.refused.next()).toMatchObject({ reason: 'slow-reader' });
  good.spoken.connection.send(message(4));
  expect(await good.peer.messages.next()).toHaveLength(4);
  await until(() => served.transport.counts.sent + served.transport.counts.unsent === sent + 1);
  expect(served.transport.counts.open).toBe(1);
});

test('what waits for a peer that does not read does not keep a closed connection for ever', async () => {
  await using served = await listening({ waitingBytes: 40_000_000, flushMs: 2_000 });
  await using slow = await met(served);
  slow.peer.socket.pause();
  for (let count = 0; count < 10_000; count++) slow.spoken.connection.send(message(1_151));
  const closed = served.transport.close();
  let done = false;
  void closed.then(() => {
    done = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(done).toBe(false);
  await served.world.pass(2_000);
  await closed;
  await until(() => served.transport.counts.sent + served.transport.counts.unsent === 10_000);
  expect(served.transport.counts.unsent).toBeGreaterThan(1_000);
});

test('a connection from which nothing comes is ended', async () => {
  await using served = await listening({ idleMs: 100_000 });
  await using silent = await met(served);
  await using busy = await met(served);
  await served.world.pass(60_000);
  await busy.peer.send(message(4));
  await busy.spoken.messages.next();
  await served.world.pass(60_000);
  expect(silent.spoken.closed.all).toEqual(['nothing came for 100 s']);
  expect(busy.spoken.closed.all).toEqual([]);
  expect(served.reasons).toEqual({ idle: 1 });
  await silent.peer.ended;
});

test('closing ends connections and handshakes, and frees the port', async () => {
  await using served = await listening();
  await using one = await met(served);
  await served.transport.close();
  expect(one.spoken.closed.all).toEqual(['closed by the connector']);
  await one.peer.ended;
  expect(served.transport.counts).toMatchObject({ open: 0, halfOpen: 0, refused: {} });
  await until(() => served.world.pending === 0);
  await using next = await Listening.by((options) =>
    listenTls({ ...options, port: served.port, credentials: { ...server, authority: authority.own.cert } }),
  );
  await expect(listenTlsOn(next.port)).rejects.toThrow(OutsideError);
});

function listenTlsOn(port: number): Promise<unknown> {
  return Listening.by((options) =>
    listenTls({ ...options, port, credentials: { ...server, authority: authority.own.cert } }),
  );
}

test('what a callback throws is told, and the next message comes all the same', async () => {
  await using served = await listening();
  await using one = await met(served);
  served.onMessage = (_connection, bytes) => {
    if (bytes.length === 4) throw new Error('ours');
  };
  await one.peer.send(message(4));
  await one.peer.send(message(5));
  await one.spoken.messages.untilLength(2);
  expect(served.problems).toEqual([new Error('ours')]);
});
