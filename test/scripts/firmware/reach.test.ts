/** Whether a server answers now: asked as the board would ask, told in a sentence, and never waited for long. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { reachProblem } from '../../../scripts/firmware/reach.ts';

const open: (Server | Socket)[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

const SOON = { timeoutMs: 100 };
const here = (port: number) => ({ host: '127.0.0.1', port });

async function tcp(): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  open.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A server for CoAP without security, which answers each datagram by `answer`. */
async function udp(answer: (datagram: Buffer) => Buffer | undefined): Promise<number> {
  const socket = createSocket('udp4');
  open.push(socket);
  socket.on('message', (datagram, { port, address }) => {
    const bytes = answer(datagram);
    if (bytes !== undefined) socket.send(bytes, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket.address().port;
}

describe('with TLS', () => {
  test('a server that takes connections answers', async () => {
    expect(await reachProblem(here(await tcp()), 'tls', SOON)).toBeUndefined();
  });

  test('a port that nobody listens at is said at once', async () => {
    const port = await tcp();
    open.pop()!.close();
    expect(await reachProblem(here(port), 'tls', { timeoutMs: 60_000 })).toMatch(
      /^nothing answers now at 127\.0\.0\.1, port \d+ \(TCP\)/,
    );
  });
});

describe('without security', () => {
  test('a CoAP server answers a ping', async () => {
    // RFC 7252 §4.2: an empty Confirmable message is rejected with a Reset of its message ID.
    const port = await udp((ping) => {
      expect(ping.subarray(0, 2)).toEqual(Buffer.of(0x40, 0));
      expect(ping).toHaveLength(4);
      return Buffer.of(0x70, 0, ping[2]!, ping[3]!);
    });
    expect(await reachProblem(here(port), 'plain', { timeoutMs: 10_000 })).toBeUndefined();
  });

  test.each<[string, (ping: Buffer) => Buffer | undefined]>([
    ['silence', () => undefined],
    ['an echo', (ping) => ping],
    ['a Reset of another message', (ping) => Buffer.of(0x70, 0, ping[2]!, ping[3]! + 1)],
  ])('%s is no answer', async (_name, answer) => {
    expect(await reachProblem(here(await udp(answer)), 'plain', SOON)).toMatch(/^nothing answers now .*CoAP over UDP/);
  });

  test('an address that cannot be sent to', async () => {
    const broadcast = { host: '255.255.255.255', port: 5683 };
    expect(await reachProblem(broadcast, 'plain', { timeoutMs: 60_000 })).toMatch(/^nothing answers now/);
  });

  test('a port that nobody listens at', async () => {
    const port = await udp(() => undefined);
    open.pop()!.close();
    expect(await reachProblem(here(port), 'plain', SOON)).toMatch(/^nothing answers now/);
  });
});

describe('a name', () => {
  const server = { host: 'connector.example', port: 5684 };
  const problem = (resolve: () => Promise<readonly string[]>) => reachProblem(server, 'tls', { ...SOON, resolve });

  test('that does not resolve, or not in time', async () => {
    const silent = /does not resolve here now/;
    expect(await problem(() => Promise.reject(new Error('ENOTFOUND')))).toMatch(silent);
    expect(await problem(() => Promise.resolve([]))).toMatch(silent);
    expect(await problem(() => new Promise(() => undefined))).toMatch(silent);
  });

  test('that means this machine, to whoever asks', async () => {
    expect(await problem(() => Promise.resolve(['10.1.1.1', '127.0.1.1']))).toMatch(
      /connector\.example is 10\.1\.1\.1, 127\.0\.1\.1: .*loopback/,
    );
  });
});
