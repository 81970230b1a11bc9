/** Listening to a board: until it says something, time is up or it is stopped, whatever its port does meanwhile. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { OutsideError } from '../../../cloud/protocol/errors.ts';
import {
  type MonitorEvent,
  type MonitorOptions,
  type MonitorWorld,
  monitor,
} from '../../../firmware-template/serial/monitor.ts';

const FOR_EVER: MonitorOptions = { until: undefined, timeoutMs: undefined };
const noPort = () => new OutsideError('PORT', 'there is no port', 'Plug it in.');

/** A board on a port that can be pulled, and a clock that goes when it is told to. */
class Bench {
  readonly events: MonitorEvent[] = [];
  readonly stop = new AbortController();
  closes = 0;
  opens = 0;
  /** Whether the port is there; an error in its place is thrown once. */
  there: boolean | Error = true;
  #now = Date.UTC(2026, 2, 1);
  #hear: (bytes: Uint8Array) => void = () => undefined;
  #pulled: () => void = () => undefined;
  #sleepers: { at: number; wake: () => void }[] = [];

  readonly world: MonitorWorld = {
    open: async (onData) => {
      this.opens++;
      if (this.there !== true) throw this.there || noPort();
      this.#hear = onData;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#pulled = resolve;
      return {
        closed: promise,
        close: async () => {
          this.closes++;
          resolve();
        },
      };
    },
    now: () => this.#now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        this.#sleepers.push({ at: this.#now + ms, wake: resolve });
        signal.addEventListener('abort', () => reject(new Error('aborted')));
        if (signal.aborted) reject(new Error('aborted'));
      }),
    stop: this.stop.signal,
    tell: (event) => void this.events.push(event),
  };

  print(text: string): void {
    this.#hear(new TextEncoder().encode(text));
  }

  async pull(): Promise<void> {
    this.there = false;
    this.#pulled();
    await settled();
  }

  /** Lets time go on, second by second. */
  async pass(ms: number): Promise<void> {
    for (const until = this.#now + ms; this.#now < until; ) {
      this.#now += 250;
      const due = this.#sleepers.filter(({ at }) => at <= this.#now);
      this.#sleepers = this.#sleepers.filter(({ at }) => at > this.#now);
      for (const { wake } of due) wake();
      await settled();
    }
  }

  lines(): string[] {
    return this.events.flatMap((event) => (event.kind === 'line' ? [event.text] : []));
  }

  kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }
}

/** All that can go on without time has gone on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

/** Begins, and lets it come as far as it comes by itself. */
async function start(options: MonitorOptions = FOR_EVER) {
  const ended = monitor(bench.world, options);
  ended.catch(() => undefined);
  await settled();
  return { ended };
}

describe('it ends', () => {
  test('when the board has said what is waited for, and hears nothing after it', async () => {
    const { ended } = await start({ until: 'registered', timeoutMs: 60_000 });
    bench.print('Starting mbed Client example in IPv4 mode\r\nRegistered object successfully!\r\nhandle_button_click');
    bench.print(', new value of counter is 1\r\n');
    expect(await ended).toMatchObject({
      ended: 'heard',
      lines: 2,
      reconnects: 0,
      heard: [{ code: 'started' }, { code: 'registered' }],
    });
    expect(bench.lines()).toHaveLength(2);
    expect(bench.closes).toBe(1);
  });

  test('when time is up', async () => {
    const { ended } = await start({ until: 'registered', timeoutMs: 60_000 });
    bench.print('Unregistered Object Successfully\n');
    await bench.pass(60_000);
    expect(await ended).toMatchObject({ ended: 'timeout', lines: 1 });
    expect(bench.closes).toBe(1);
  });

  test('when it is stopped, also before it began', async () => {
    const { ended } = await start();
    bench.stop.abort();
    expect(await ended).toEqual({ ended: 'stopped', lines: 0, reconnects: 0, heard: [] });
    expect(bench.closes).toBe(1);
    expect(await (await start()).ended).toMatchObject({ ended: 'stopped' });
    expect(bench.closes).toBe(2);
  });

  test('when it is stopped while the port is gone', async () => {
    const { ended } = await start();
    await bench.pull();
    bench.stop.abort();
    expect(await ended).toMatchObject({ ended: 'stopped', reconnects: 0 });
  });

  test('when time is up while the port is gone', async () => {
    const { ended } = await start({ until: 'registered', timeoutMs: 5_000 });
    await bench.pull();
    await bench.pass(5_000);
    expect(await ended).toMatchObject({ ended: 'timeout' });
  });

  test('with the error of whoever is told, and the port closed', async () => {
    const full = new OutsideError('FILE', 'the disk is full', 'Make room.');
    const world: MonitorWorld = {
      ...bench.world,
      tell: ({ kind }) => {
        if (kind === 'line') throw full;
      },
    };
    const ended = monitor(world, FOR_EVER);
    ended.catch(() => undefined);
    await settled();
    bench.print('one\ntwo\n');
    await expect(ended).rejects.toBe(full);
    expect(bench.closes).toBe(1);
  });

  test('at once when the port cannot be opened at first', async () => {
    bench.there = false;
    await expect((await start()).ended).rejects.toMatchObject({ code: 'PORT' });
    expect(bench.events).toEqual([]);
  });
});

describe('the port goes', () => {
  test('and comes back, and listening goes on', async () => {
    const { ended } = await start({ until: 'press', timeoutMs: undefined });
    bench.print('Registered object successfully!\r\nhalf a li');
    await bench.pull();
    await bench.pass(2_000);
    bench.there = true;
    await bench.pass(250);
    bench.print('ne\nhandle_button_click, new value of counter is 1\n');
    expect(await ended).toMatchObject({ ended: 'heard', reconnects: 1, lines: 4 });
    // What was begun before is a line of its own.
    expect(bench.lines()).toEqual([
      'Registered object successfully!',
      'half a li',
      'ne',
      'handle_button_click, new value of counter is 1',
    ]);
    expect(bench.kinds()).toEqual(['open', 'line', 'line', 'gone', 'back', 'line', 'line']);
  });

  test('and is looked for four times a second', async () => {
    const { ended } = await start();
    await bench.pull();
    await bench.pass(10_000);
    expect(bench.opens).toBeGreaterThanOrEqual(40);
    expect(bench.opens).toBeLessThanOrEqual(43);
    bench.stop.abort();
    await ended;
  });

  test('and something else is in the way of it, which is not waited for', async () => {
    const { ended } = await start();
    bench.there = new OutsideError('TOOL', 'the package is missing', 'Install it.');
    const missing = bench.there;
    await bench.pull();
    bench.there = missing;
    await bench.pass(500);
    await expect(ended).rejects.toBe(missing);
  });
});

describe('of what is known', () => {
  test('each comes once, with how often and when first', async () => {
    const { ended } = await start();
    bench.print('handle_button_click, new value of counter is 1\nsomething else\n');
    await bench.pass(1_000);
    bench.print('handle_button_click, new value of counter is 2\n[ERROR:] M2MInterface::Timeout\n');
    bench.stop.abort();
    const { heard, lines } = await ended;
    expect(lines).toBe(4);
    expect(heard).toEqual([
      expect.objectContaining({
        code: 'press',
        times: 2,
        firstAt: Date.UTC(2026, 2, 1),
        meaning: expect.stringContaining('1 now'),
      }),
      expect.objectContaining({ code: 'client-Timeout', times: 1, firstAt: Date.UTC(2026, 2, 1, 0, 0, 1) }),
    ]);
    const times = bench.events.flatMap((event) => (event.kind === 'line' ? [event.heard?.times] : []));
    expect(times).toEqual([1, undefined, 2, 1]);
  });

  test('a stream of nonsense keeps nothing', async () => {
    const { ended } = await start();
    for (let index = 0; index < 2_000; index++) {
      const letters = String(index).replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)]!);
      bench.print(`[ERROR:] M2MInterface::X${letters}\n`);
    }
    bench.stop.abort();
    expect((await ended).heard).toHaveLength(1);
  });
});

test('a board that says nothing for ten seconds is told of, once', async () => {
  const { ended } = await start();
  await bench.pass(30_000);
  expect(bench.kinds()).toEqual(['open', 'silent']);
  bench.stop.abort();
  await ended;
  bench = new Bench();
  const again = await start();
  bench.print('x\n');
  await bench.pass(30_000);
  expect(bench.kinds()).toEqual(['open', 'line']);
  bench.stop.abort();
  await again.ended;
});
