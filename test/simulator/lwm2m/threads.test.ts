/** Several threads are one run: the same presses, one ledger, one summary. */
import { describe, expect, test } from '@jest/globals';
import { endpointName } from '../../../simulator/fleet/names.ts';
import type { FleetDeps, FleetOptions, FleetProgress } from '../../../simulator/options.ts';
import { runFleet } from '../../../simulator/run.ts';
import { byEndpoint, expectExact, recording } from './playing.ts';
import { RealService } from './real-service.ts';

const DEPS: FleetDeps = { now: Date.now, sleep: async () => undefined };
const PLAN = {
  ...{ boards: 5, schedule: { kind: 'steady', rate: 50 }, durationMs: 1_000, seed: 3, dialect: 'connector' },
  ...{ faults: {}, via: 'lwm2m+udp' },
} as const satisfies Partial<FleetOptions>;

test('two threads press what one does, into one ledger', async () => {
  await using real = await RealService.open('udp');
  const [one, two] = [recording(), recording()];
  const { url } = real;
  const alone = await runFleet({ ...PLAN, url, ledger: one.ledger, namePrefix: 'a-' }, DEPS);
  const together = await runFleet({ ...PLAN, url, ledger: two.ledger, namePrefix: 'b-', lwm2m: { threads: 2 } }, DEPS);
  const presses = ({ carried }: typeof one) => carried.map(({ ep, value }) => `${ep.slice(1)} ${value}`).sort();
  expect(presses(two)).toEqual(presses(one));
  expect(two.ledger.pressed).toBe(50);
  const { latencyMs: _, lwm2m, requests: __, ...numbers } = together;
  expect(alone).toMatchObject(numbers);
  expect(lwm2m).toMatchObject({ registered: 5, registrations: 5, connections: 5, dead: 0, crashed: 0, errors: {} });
  expect(together.latencyMs.p50).toBeGreaterThanOrEqual(10);
  expect(together.latencyMs.p99).toBeGreaterThanOrEqual(together.latencyMs.p50);
  const counted = new Map([...(await real.counted.counted())].filter(([ep]) => ep.startsWith('b-')));
  expectExact({ ledger: two.ledger, counted });
  expect(byEndpoint(two.ledger.counts())).toEqual(counted);
});

test('faults of each board are its own: with three threads as with one', async () => {
  await using real = await RealService.open('udp');
  const faults = { wrap: 0.5, coalesce: 0.3 };
  const [one, three] = [recording(), recording()];
  const plan = { ...PLAN, faults, url: real.url };
  const alone = await runFleet({ ...plan, ledger: one.ledger, namePrefix: 'a-', lwm2m: { speed: 20 } }, DEPS);
  const lwm2m = { speed: 20, threads: 3 };
  const together = await runFleet({ ...plan, ledger: three.ledger, namePrefix: 'b-', lwm2m }, DEPS);
  expect(together.pressed).toBe(alone.pressed);
  const wrapped = ({ carried }: typeof one) => carried.flatMap(({ ep, n }) => (n === 65_530 ? [ep.slice(1)] : []));
  expect(wrapped(three).sort()).toEqual(wrapped(one).sort());
  expect(together.pressed).toBeGreaterThan(65_530);
  const counted = new Map([...(await real.counted.counted())].filter(([ep]) => ep.startsWith('b-')));
  expectExact({ ledger: three.ledger, counted });
});

test('over TLS each thread has the certificates of its boards', async () => {
  const names = Array.from({ length: 3 }, (_, index) => endpointName(index, 3));
  await using real = await RealService.open('tls', names);
  const { ledger } = recording();
  const lwm2m = { threads: 5, credentialsOf: (endpoint: string) => real.credentials.get(endpoint)! };
  const plan = { ...PLAN, boards: 3, via: 'lwm2m+tls', url: real.url, ledger, lwm2m } as const;
  const summary = await runFleet(plan, DEPS);
  expect(summary).toMatchObject({ pressed: 50, lwm2m: { registered: 3 } });
  expectExact({ ledger, counted: await real.counted.counted() });
});

describe('the thread that started them', () => {
  test('passes Ctrl-C on, waits for whoever reads, and tells how it goes', async () => {
    await using real = await RealService.open('udp');
    const stop = new AbortController();
    const progress: FleetProgress[] = [];
    const { ledger } = recording();
    let settled = 0;
    const summary = await runFleet(
      { ...PLAN, durationMs: 1e9, url: real.url, ledger, lwm2m: { threads: 2 } },
      {
        ...DEPS,
        signal: stop.signal,
        settled: async () => {
          settled += 1;
        },
        onProgress: (one) => {
          progress.push(one);
          if (progress.length === 2) stop.abort();
        },
      },
    );
    expect(settled).toBe(1);
    expect(summary.pressed).toBeGreaterThan(20);
    expect(summary.undelivered).toBe(0);
    expect(progress[1]).toMatchObject({ ready: 5, dropped: 0 });
    expect(progress[1]!.pressed).toBeGreaterThan(progress[0]!.pressed);
    expectExact({ ledger, counted: await real.counted.counted() });
  });

  test('is not held up when all is abandoned', async () => {
    await using real = await RealService.open('udp');
    const both = new AbortController();
    const deps = { ...DEPS, signal: both.signal, abandon: both.signal, onProgress: () => both.abort() };
    const summary = await runFleet({ ...PLAN, durationMs: 1e9, url: real.url, lwm2m: { threads: 2 } }, deps);
    expect(summary.pressed).toBeGreaterThan(0);
  });

  test('says what they failed by', async () => {
    const running = runFleet(
      { ...PLAN, via: 'lwm2m+tcp', url: 'coap+tcp://127.0.0.1:9', lwm2m: { threads: 2, patienceMs: 300 } },
      DEPS,
    );
    await expect(running).rejects.toMatchObject({ name: 'OutsideError', code: 'SERVER', fix: expect.any(String) });
  });

  test('says what the ledger failed by, and no thread goes on', async () => {
    await using real = await RealService.open('udp');
    const failure = new Error('full');
    const { ledger } = recording();
    const failing = { ...ledger, flush: () => Promise.reject(failure) };
    const running = runFleet({ ...PLAN, durationMs: 1e9, url: real.url, ledger: failing, lwm2m: { threads: 2 } }, DEPS);
    await expect(running).rejects.toBe(failure);
  });
});
