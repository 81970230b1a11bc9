/** Real sockets and certificates on this machine: a few boards, a few seconds, before a real BoardService. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { parseFaults } from '../../../simulator/faults.ts';
import { endpointName } from '../../../simulator/fleet/names.ts';
import type { FleetDeps, FleetOptions } from '../../../simulator/options.ts';
import { runFleet } from '../../../simulator/run.ts';
import { expectExact, recording } from './playing.ts';
import { RealService } from './real-service.ts';

const DEPS: FleetDeps = { now: Date.now, sleep: async () => undefined };
const PLAN = {
  ...{ boards: 4, schedule: { kind: 'steady', rate: 8 }, durationMs: 1_500, seed: 3, dialect: 'connector' },
  faults: {},
} as const satisfies Partial<FleetOptions>;
const NAMES = Array.from({ length: PLAN.boards }, (_, index) => endpointName(index, PLAN.boards));

describe.each(['udp', 'tcp', 'tls'] as const)('over real %s', (transport) => {
  test('boards register, are pressed, and every press is counted', async () => {
    await using real = await RealService.open(transport, NAMES);
    const { ledger, carried } = recording();
    const credentialsOf = (endpoint: string) => real.credentials.get(endpoint)!;
    const { url } = real;
    const lwm2m = transport === 'tls' ? { credentialsOf } : {};
    const summary = await runFleet({ ...PLAN, via: `lwm2m+${transport}`, url, ledger, lwm2m }, DEPS);
    expect(summary).toMatchObject({ pressed: 12, died: 0, undelivered: 0, lwm2m: { registered: 4, errors: {} } });
    expect(carried).toHaveLength(12);
    // Of a board's main loop, and this machine.
    expect(summary.latencyMs.p50).toBeGreaterThanOrEqual(10);
    const counted = await real.counted.counted();
    expect([...counted.values()]).toEqual([3, 3, 3, 3]);
    expectExact({ ledger, counted });
  });
});

test('over real TLS connections that are cut are made again', async () => {
  await using real = await RealService.open('tls', NAMES, { silenceMs: 400, quietMs: 440 });
  const { ledger } = recording();
  const lwm2m = { speed: 50, credentialsOf: (endpoint: string) => real.credentials.get(endpoint)! };
  const faults = parseFaults('disconnect=0.5');
  const summary = await runFleet({ ...PLAN, faults, via: 'lwm2m+tls', url: real.url, ledger, lwm2m }, DEPS);
  expect(summary.lwm2m?.played.disconnect).toBeGreaterThan(0);
  expect(summary.lwm2m?.connections).toBeGreaterThan(4);
  expect(summary.undelivered).toBe(0);
  expectExact({ ledger, counted: await real.counted.counted() });
});

test('a board without a usable certificate is refused for good, and the others are pressed', async () => {
  await using real = await RealService.open('tls', NAMES.slice(1));
  const lwm2m = { speed: 10, credentialsOf: (endpoint: string) => real.credentials.get(endpoint)! };
  const summary = await runFleet({ ...PLAN, via: 'lwm2m+tls', url: real.url, lwm2m }, DEPS);
  expect(summary).toMatchObject({ pressed: 9, ignored: 3, lwm2m: { registered: 3, dead: 1 } });
});

describe('where nobody answers', () => {
  const silent = { ...PLAN, lwm2m: { patienceMs: 500 } };

  test('over UDP it says so', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    try {
      const url = `coap://127.0.0.1:${socket.address().port}`;
      await expect(runFleet({ ...silent, via: 'lwm2m+udp', url }, DEPS)).rejects.toMatchObject({ code: 'SERVER' });
    } finally {
      socket.close();
    }
  });

  test('over TCP, where the port is closed, it says that it is the network', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    server.close();
    await once(server, 'close');
    const url = `coap+tcp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    const running = runFleet({ ...silent, via: 'lwm2m+tcp', url }, DEPS);
    await expect(running).rejects.toMatchObject({ code: 'SERVER', message: expect.stringContaining('network') });
  });

  test('a name without an address is said at once', async () => {
    const running = runFleet({ ...silent, via: 'lwm2m+udp', url: 'coap://nobody.invalid' }, DEPS);
    await expect(running).rejects.toMatchObject({ code: 'SERVER', message: expect.stringContaining('nobody.invalid') });
  });
});

test('Ctrl-C ends it in good order', async () => {
  await using real = await RealService.open('udp');
  const stop = new AbortController();
  const { ledger } = recording();
  const deps = { ...DEPS, signal: stop.signal, onProgress: () => stop.abort() };
  const summary = await runFleet({ ...PLAN, durationMs: 1e9, via: 'lwm2m+udp', url: real.url, ledger }, deps);
  expect(summary.pressed).toBeGreaterThan(5);
  expect(summary.undelivered).toBe(0);
  expectExact({ ledger, counted: await real.counted.counted() });
});
