/** A run of boards that speak LwM2M, from outside: what it repeats, what it tells, and how it ends. In virtual time. */
import { describe, expect, test } from '@jest/globals';
import { OutsideError, UsageError } from '../../../cloud/protocol/errors.ts';
import { parseFaults } from '../../../simulator/faults.ts';
import { createTally } from '../../../simulator/ledger/writer.ts';
import type { FleetOptions } from '../../../simulator/options.ts';
import { runFleet } from '../../../simulator/run.ts';
import { VirtualClock } from '../../virtual-clock.ts';
import { CountedService } from './counted.ts';
import { byEndpoint, expectExact, type Play, play, through, URLS } from './playing.ts';
import { ServiceWire } from './service-wire.ts';

/** Ctrl-C came before it began. */
const STOPPED = { deps: { signal: AbortSignal.abort() } };

/** Who was pressed when, and how far each counter came. */
async function pressesOf(options: Partial<FleetOptions>): Promise<readonly string[]> {
  const { carried, died } = await play({ options });
  return [...carried, ...died].map(({ ep, at, value, n = 1 }) => `${ep} ${at} ${value} ${n}`).sort();
}

describe('a seed', () => {
  const options = { faults: parseFaults('reboot=0.05,coalesce=0.2,wrap=0.2,silence=0.01') };

  test('repeats its presses; another one has others', async () => {
    const presses = await pressesOf(options);
    expect(await pressesOf(options)).toEqual(presses);
    expect(await pressesOf({ ...options, seed: 8 })).not.toEqual(presses);
  });

  test('has the same presses in shards, each board in one of them', async () => {
    const whole = await pressesOf(options);
    const shards: (readonly string[])[] = [];
    for (const index of [0, 1, 2]) shards.push(await pressesOf({ ...options, shard: { index, of: 3 } }));
    expect(shards.flat().sort()).toEqual(whole);
    const names = shards.map((lines) => new Set(lines.map((line) => line.split(' ')[0]!)));
    expect(names.map(({ size }) => size)).toEqual([4, 3, 3]);
    expect(new Set(names.flatMap((some) => [...some])).size).toBe(10);
  });

  test('a shard without boards ends as well, at its time', async () => {
    const { summary, world } = await play({ options: { boards: 2, shard: { index: 2, of: 3 }, durationMs: 1_000 } });
    expect(summary.pressed).toBe(0);
    expect(world.now()).toBeLessThan(5_000);
  });
});

test('a machine that is too busy to be in time changes neither which presses are counted nor when they were', async () => {
  const options = { schedule: { kind: 'steady', rate: 100 }, durationMs: 10_000 } as const;
  const [quick, busy] = [await play({ options }), await play({ options, lateMs: 450 })];
  expect(busy.summary).toMatchObject({ pressed: 1_000, ignored: 0, undelivered: 0 });
  const [atOnce, later] = [quick, busy].map(({ carried }) => {
    const first = Math.min(...carried.map(({ at }) => at));
    return carried.map(({ ep, at, value }) => `${ep} ${Math.round(at - first)} ${value}`).sort();
  });
  expect(later).toEqual(atOnce);
  expect(busy.summary.latencyMs.p50).toBeGreaterThan(100);
  expectExact(busy);
});

describe('a summary', () => {
  test('says what boards did', async () => {
    const { summary, wire } = await play({ options: { schedule: { kind: 'steady', rate: 20 } } });
    expect(summary).toMatchObject({ boards: 10, pressed: 400, batches: 400, seed: 7 });
    // Registration, its answers to reads, an update each 15 s, and a notification a press.
    expect(summary.requests).toBeGreaterThan(420);
    const { latencyMs, lwm2m } = summary;
    // A main loop of 10 ms, and a millisecond each way.
    expect(latencyMs).toEqual({ p50: 12, p95: 12, p99: 12 });
    expect(lwm2m).toMatchObject({
      registered: 10,
      observed: 10,
      registrations: 10,
      connections: 10,
      dead: 0,
      errors: {},
      maybe: 0,
    });
    expect(lwm2m.readyMs).toBeLessThan(100);
    expect(wire.connections).toBe(10);
  });

  test('progress comes about once a second, and tells how many are ready', async () => {
    const { progress } = await play({ options: { schedule: { kind: 'steady', rate: 20 } } });
    expect(progress.length).toBeGreaterThanOrEqual(18);
    expect(progress.length).toBeLessThanOrEqual(21);
    for (const [index, { elapsedMs, ready }] of progress.entries()) {
      expect(elapsedMs - (progress[index - 1]?.elapsedMs ?? 0)).toBeGreaterThanOrEqual(1_000);
      expect(ready).toBe(10);
    }
    const { pressed, batches, queued } = progress[9]!;
    expect(pressed).toBeGreaterThan(190);
    expect(pressed - batches).toBeLessThanOrEqual(1);
    expect(queued).toBe(pressed - batches);
  });
});

describe('without a server', () => {
  async function refused(how: Play, patienceMs?: number): Promise<{ error: unknown; tookMs: number; later: number }> {
    const world = new VirtualClock(1);
    using counted = new CountedService(world);
    const wire = new ServiceWire(world, counted.service, 'udp');
    how.plot?.(world, wire, counted);
    const running = runFleet(
      {
        ...{ boards: 5, schedule: { kind: 'steady', rate: 1 }, seed: 1, dialect: 'connector', faults: {} },
        ...{ via: 'lwm2m+udp', url: URLS.udp, ...how.options },
        lwm2m: { world, wire, ...(patienceMs === undefined ? {} : { patienceMs }) },
      },
      { now: () => world.wall(), sleep: async () => undefined },
    );
    const error = await through(world, running).catch((failure: unknown) => failure);
    const tookMs = world.now();
    const { connections } = wire;
    await world.pass(300_000);
    expect(wire.isClosed).toBe(connections > 0);
    return { error, tookMs, later: wire.connections - connections };
  }
  const down = (_: VirtualClock, wire: ServiceWire): void => {
    wire.isDown = true;
  };

  test('it says so within its patience, and no board goes on trying', async () => {
    const { error, tookMs, later } = await refused({ plot: down });
    expect(error).toBeInstanceOf(OutsideError);
    expect(error).toMatchObject({ code: 'SERVER', message: expect.stringContaining('nothing answers') });
    expect(tookMs).toBeGreaterThanOrEqual(20_000);
    expect(tookMs).toBeLessThan(21_000);
    expect(later).toBe(0);
  });

  test('the patience is an option', async () => {
    const { error, tookMs } = await refused({ plot: down }, 2_000);
    expect(error).toMatchObject({ code: 'SERVER' });
    expect(tookMs).toBeLessThan(3_000);
  });

  test('it goes on with those that are registered, when others are not', async () => {
    const { summary } = await play({
      options: { lwm2m: { starting: 2, patienceMs: 3_000 }, durationMs: 20_000, drainMs: 1_000 },
      plot: (world, wire) => {
        world.after(4, () => {
          wire.isDown = true;
        });
        world.after(5_000, () => {
          wire.isDown = false;
        });
      },
    });
    expect(summary.lwm2m.readyMs).toBeGreaterThanOrEqual(3_000);
    expect(summary.pressed).toBeGreaterThan(0);
  });

  test('a ledger that cannot be written ends the run, and no board goes on', async () => {
    const failure = new OutsideError('FILE', 'the disk is full', 'Choose another file.');
    let flushes = 0;
    const ledger = {
      ...createTally(),
      flush: async () => {
        if (++flushes === 3) throw failure;
      },
    };
    const { error, later } = await refused({ options: { ledger, durationMs: 60_000 } });
    expect(error).toBe(failure);
    expect(later).toBe(0);
  });

  test.each([
    ['http://127.0.0.1', {}],
    ['coaps://127.0.0.1', {}],
    ['coap://127.0.0.1/path', {}],
    [URLS.udp, parseFaults('disconnect=0.1')],
    [URLS.udp, parseFaults('redeliver=0.1')],
  ])('%s with %j is refused as the wrong words', async (url, faults) => {
    const { error } = await refused({ options: { url, faults } });
    expect(error).toBeInstanceOf(UsageError);
  });
});

describe('Ctrl-C', () => {
  test('ends a run without end: what was pressed is told, and the rest is not pressed', async () => {
    const stop = new AbortController();
    const played = await play({
      options: { faults: parseFaults('coalesce=0.5,reboot=0.02'), durationMs: 1e9 },
      deps: { signal: stop.signal },
      plot: (world) => world.after(30_000, () => stop.abort()),
    });
    expect(played.world.now()).toBeLessThan(40_000);
    expect(played.summary.pressed).toBeGreaterThan(400);
    expect(played.summary.undelivered).toBe(0);
    expectExact(played);
  });

  test('before boards are registered it ends without a press', async () => {
    const { summary } = await play({
      deps: STOPPED.deps,
      plot: (_, wire) => {
        wire.isDown = true;
      },
    });
    expect(summary).toMatchObject({ pressed: 0, undelivered: 0 });
  });

  test('twice, it waits for nobody, and says what was not told', async () => {
    const [stop, abandon] = [new AbortController(), new AbortController()];
    const { summary, world, carried } = await play({
      options: { durationMs: 1e9, schedule: { kind: 'steady', rate: 20 } },
      deps: { signal: stop.signal, abandon: abandon.signal },
      plot: (clock, wire) => {
        clock.after(10_000, () => {
          wire.isDown = true;
        });
        clock.after(12_000, () => stop.abort());
        clock.after(13_000, () => abandon.abort());
      },
    });
    expect(world.now()).toBeLessThan(15_000);
    expect(summary.undelivered).toBeGreaterThan(35);
    expect(carried.length).toBe(summary.pressed);
  });

  test('whoever reads the boards is waited for while they still answer', async () => {
    let playing: ServiceWire | undefined;
    const asked: (boolean | undefined)[] = [];
    const { wire } = await play({
      deps: { settled: async () => void asked.push(playing?.isClosed) },
      plot: (_, own) => {
        playing = own;
      },
    });
    expect(asked).toEqual([false]);
    expect(wire.isClosed).toBe(true);
  });
});

test('books are by endpoint and hour', async () => {
  const { ledger, summary } = await play();
  expect([...byEndpoint(ledger.counts()).values()].reduce((sum, n) => sum + n)).toBe(summary.pressed);
  expect(byEndpoint(ledger.counts()).size).toBe(10);
});
