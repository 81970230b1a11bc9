/** The connection to carbon: kept, made again, and never more waiting here than carbon reads. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Carbon } from '../../../../cloud/platforms/graphite/carbon.ts';
import type { Point } from '../../../../cloud/platforms/graphite/metric.ts';
import { OutsideError } from '../../../../cloud/protocol/errors.ts';

let server: Server;
let sockets: Socket[];
let heard: string;
let arrived: (() => void)[];
let carbon: Carbon;
let naps: number[];

beforeEach(async () => {
  [sockets, heard, arrived, naps] = [[], '', [], []];
  server = await listen(0);
  carbon = carbonAt(portOf(server));
});
afterEach(async () => {
  await carbon.close();
  await end();
});

async function listen(port: number): Promise<Server> {
  const made = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (piece) => {
      heard += piece;
      for (const wake of arrived.splice(0)) wake();
    });
  }).listen(port, '127.0.0.1');
  await once(made, 'listening');
  return made;
}

async function end(): Promise<void> {
  for (const socket of sockets) socket.destroy();
  if (!server.listening) return;
  server.close();
  await once(server, 'close');
}

function portOf(one: Server): number {
  return (one.address() as AddressInfo).port;
}

function carbonAt(port: number, nap: (ms: number) => Promise<void> = async () => undefined): Carbon {
  const sleep = (ms: number): Promise<void> => {
    naps.push(ms);
    return nap(ms);
  };
  return new Carbon({ host: '127.0.0.1', port, protocol: 'plaintext', sleep });
}

async function heardAll(text: string): Promise<void> {
  while (heard.length < text.length) await new Promise<void>((resolve) => arrived.push(resolve));
  expect(heard).toBe(text);
}

const patience = (ms = 60_000): AbortSignal => AbortSignal.timeout(ms);
const point = (metric: string): Point => ({ metric, at: 3_600, value: 1 });
/** More than both ends and the network between them hold. */
const flood = (): Point[] => Array.from({ length: 400_000 }, (_, index) => point(`mbed.${'x'.repeat(60)}.${index}`));

test('one connection for all that is said, in order', async () => {
  const vias = [await carbon.send([point('a')], patience()), await carbon.send([point('b')], patience())];
  await heardAll('a 1 3600\nb 1 3600\n');
  expect([sockets.length, vias[0] === vias[1], carbon.isOpen(vias[0]!)]).toEqual([1, true, true]);
});

test('what carbon ends is noticed, and the next points go over another', async () => {
  const via = await carbon.send([point('a')], patience());
  await heardAll('a 1 3600\n');
  sockets[0]?.end();
  while (carbon.isOpen(via)) await new Promise(setImmediate);
  const next = await carbon.send([point('b')], patience());
  await heardAll('a 1 3600\nb 1 3600\n');
  expect([sockets.length, next === via, carbon.isOpen(next)]).toEqual([2, false, true]);
});

test('a carbon that does not read is waited for, and not talked at: then it failed', async () => {
  carbon = carbonAt(portOf(server));
  server.once('connection', (socket: Socket) => socket.pause());
  await expect(carbon.send(flood(), patience(300))).rejects.toMatchObject({
    code: 'SERVER',
    message: expect.stringContaining('in time'),
  });
  const left = heard.length + sockets[0]!.bytesRead;
  // The next points wait behind the piece that is still here, and add nothing to it.
  await expect(carbon.send(flood(), patience(100))).rejects.toBeInstanceOf(OutsideError);
  expect(left).toBeLessThan(20_000_000);
  // It reads again: whole lines came, and the next ones follow.
  sockets[0]!.resume();
  await carbon.send([point('after')], patience());
  while (!heard.endsWith('after 1 3600\n')) await new Promise<void>((resolve) => arrived.push(resolve));
  expect(sockets).toHaveLength(1);
  for (const line of heard.trimEnd().split('\n')) expect(line).toMatch(/^(mbed\.x{60}\.\d+|after) 1 3600$/);
});

test('a connection that breaks while it is written to failed, and the next is a new one', async () => {
  server.once('connection', (socket: Socket) => socket.once('data', () => socket.resetAndDestroy()));
  await expect(carbon.send(flood(), patience())).rejects.toBeInstanceOf(OutsideError);
  heard = '';
  await carbon.send([point('b')], patience());
  await heardAll('b 1 3600\n');
});

test('down: tried again at growing intervals, then said with the address and what to do', async () => {
  await end();
  await expect(carbon.send([point('a')], patience())).rejects.toMatchObject({
    code: 'SERVER',
    message: expect.stringMatching(/127\.0\.0\.1:\d+ \(plaintext\).*ECONNREFUSED/),
    fix: expect.stringContaining('carbon-cache'),
  });
  expect(naps).toEqual([100, 200, 400, 800, 1_600, 2_000]);
});

test('down for a moment: it is told all the same', async () => {
  const port = portOf(server);
  await end();
  carbon = carbonAt(port, async () => {
    if (naps.length === 2) server = await listen(port);
  });
  await carbon.send([point('a')], patience());
  await heardAll('a 1 3600\n');
});

test('when the time is up nothing is tried', async () => {
  await expect(carbon.send([point('a')], AbortSignal.abort())).rejects.toBeInstanceOf(OutsideError);
  expect(sockets).toEqual([]);
});

test('dropped, it is another; closed, what was sent has arrived', async () => {
  const via = await carbon.send([point('a')], patience());
  carbon.drop();
  expect(carbon.isOpen(via)).toBe(false);
  await carbon.send([point('b')], patience());
  const gone = Promise.all(sockets.map((socket) => (socket.closed ? undefined : once(socket, 'close'))));
  await carbon.close();
  await gone;
  expect(heard.split('\n').sort()).toEqual(['', 'a 1 3600', 'b 1 3600']);
  await carbon.close();
});
