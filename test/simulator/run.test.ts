import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { OutsideError, UsageError } from '../../cloud/protocol/errors.ts';
import { parseFaults } from '../../simulator/faults.ts';
import { compareLedger } from '../../simulator/ledger/compare.ts';
import { readLedger } from '../../simulator/ledger/read.ts';
import { createLedgerFile, createTally } from '../../simulator/ledger/writer.ts';
import type { FleetDeps, FleetOptions } from '../../simulator/options.ts';
import { runFleet } from '../../simulator/run.ts';
import { fastClock, sleepClock } from './clocks.ts';
import { startReceiver } from './links/webhook/receiver.ts';
import { countBodies } from './oracle.ts';

const START = Date.UTC(2026, 0, 5, 10, 59, 50);
const ALL_FAULTS = parseFaults('redeliver=0.2,concurrent=0.1,lost-answer=0.1,coalesce=0.3,reboot=0.05,wrap=0.2');
const OK = (response: ServerResponse): unknown => response.writeHead(204).end();
const DOWN = (response: ServerResponse): unknown => response.writeHead(503).end();

/** Twenty seconds, over the end of an hour. */
const PLAN = {
  boards: 10,
  schedule: { kind: 'poisson', rate: 20 },
  durationMs: 20_000,
  seed: 7,
  dialect: 'connector',
  faults: {},
  startMs: START,
} as const satisfies Partial<FleetOptions>;

/** A run against a receiver of its own: what came of it, and the bodies after the check. */
async function play(
  options: Partial<FleetOptions> = {},
  { answer = OK, ...deps }: Partial<FleetDeps> & { answer?: (response: ServerResponse, index: number) => unknown } = {},
) {
  await using receiver = await startReceiver((response, index) => void answer(response, index));
  const ledger = createTally();
  const summary = await runFleet({ ...PLAN, url: receiver.url, ledger, ...options }, { ...sleepClock(START), ...deps });
  const bodies = receiver.received.slice(1).map(({ body }) => body);
  const compared = compareLedger({
    expected: ledger.counts(),
    before: [],
    counted: countBodies(bodies),
    hoursKnown: true,
  });
  return { summary, bodies, compared, received: receiver.received };
}

/** The same, where each answer takes so long. */
function playSlowly(options: Partial<FleetOptions>, ms: number) {
  const clock = sleepClock(START);
  const answer = (response: ServerResponse): void => {
    clock.pass(ms);
    OK(response);
  };
  return play(options, { ...clock, answer });
}

describe('a run', () => {
  test('delivers every press it says it made', async () => {
    const { summary, compared, received } = await play();
    expect(received[0]?.body).toBe('{}');
    expect(summary).toMatchObject({
      boards: 10,
      seed: 7,
      died: 0,
      dropped: 0,
      undelivered: 0,
      requests: received.length,
    });
    expect(summary.batches).toBe(received.length - 1);
    expect(summary.pressed).toBeGreaterThan(300);
    expect(compared).toMatchObject({
      pressed: summary.pressed,
      counted: summary.pressed,
      lost: 0,
      doubled: 0,
      rows: [],
    });
  });

  test('ends with the duration, or with the presses if they are sooner', async () => {
    const schedule = { kind: 'steady', rate: 10 } as const;
    expect((await play({ schedule, presses: 50 })).summary.pressed).toBe(50);
    expect((await play({ schedule, presses: 5_000 })).summary.pressed).toBe(200);
  });

  test('sends the headers, and keeps them out of the bodies', async () => {
    const { received } = await play({ headers: { authorization: 'Bearer secret' }, presses: 5 });
    expect(received.every(({ headers }) => headers.authorization === 'Bearer secret')).toBe(true);
    expect(received.map(({ body }) => body).join('')).not.toContain('secret');
  });

  test('never tells a time that has not come', async () => {
    const from = Date.now();
    const clock = fastClock(20, from);
    const late: number[] = [];
    await play(
      { startMs: from, durationMs: 5_000 },
      {
        ...clock,
        answer: (response) => {
          late.push(clock.now());
          OK(response);
        },
      },
    ).then(({ bodies }) => {
      for (const [index, body] of bodies.entries()) {
        const newest = Math.max(...[...body.matchAll(/"timestamp":(\d+)/g)].map(([, ms]) => Number(ms)));
        expect(newest).toBeLessThanOrEqual(late[index + 1]!);
      }
      // How many there are is the machine's: a run that lags sends windows together.
      expect(bodies.length).toBeGreaterThan(1);
    });
  });

  test('of ten thousand boards sends batches of ten thousand at most', async () => {
    const { bodies } = await play({ boards: 10_000, presses: 10 });
    const sizes = bodies.map((body) => body.split('"ep":').length - 1);
    expect(Math.max(...sizes)).toBe(10_000);
  });

  test.each([{ boards: 0 }, { boards: 1.5 }, { durationMs: Number.NaN }, { presses: -1 }, { url: 'nowhere' }])(
    'refuses %j',
    async (wrong) => {
      await expect(play(wrong)).rejects.toBeInstanceOf(UsageError);
    },
  );

  test('does not begin if the webhook does not pass, and leaves the ledger alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'run-'));
    const path = join(folder, 'ledger');
    const error = await play(
      { ledger: createLedgerFile(path, null) },
      { answer: (response) => response.writeHead(401).end() },
    ).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OutsideError);
    await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
    await rm(folder, { recursive: true });
  });

  test('tells how it goes each second', async () => {
    const told: number[] = [];
    await play({}, { onProgress: ({ elapsedMs }) => told.push(Math.floor(elapsedMs / 1_000)) });
    expect(told.length).toBeGreaterThan(15);
    expect(new Set(told).size).toBe(told.length);
  });

  test('measures from the moment a press was due to its acknowledgement', async () => {
    const { summary } = await play({}, { answer: (response, index) => (index === 30 ? DOWN : OK)(response) });
    // A window is 100 ms; one batch waited a second.
    expect(summary.latencyMs.p50).toBeGreaterThan(10);
    expect(summary.latencyMs.p50).toBeLessThan(110);
    expect(summary.latencyMs.p99).toBeGreaterThan(500);
  });
});

describe('with faults', () => {
  test('counts to the press, whatever the seed', async () => {
    for (let seed = 0; seed < 12; seed++) {
      const { summary, compared, bodies } = await play({ seed, faults: ALL_FAULTS });
      expect({ seed, ...compared }).toMatchObject({ seed, pressed: summary.pressed, lost: 0, doubled: 0, rows: [] });
      expect(bodies.length).toBeGreaterThan(new Set(bodies).size);
      expect(summary).toMatchObject({ died: 0, dropped: 0, undelivered: 0 });
    }
  });

  test.each(['redeliver', 'concurrent', 'lost-answer'] as const)('%s repeats bodies, in their order', async (fault) => {
    const plain = await play();
    const { bodies, summary } = await play({ faults: { [fault]: 0.3 } });
    expect(bodies.length).toBeGreaterThan(1.2 * new Set(bodies).size);
    // A copy comes right after its original.
    expect([...new Set(bodies)]).toEqual(bodies.filter((body, index) => body !== bodies[index - 1]));
    expect(summary.pressed).toBe(plain.summary.pressed);
  });

  test('wrap carries 65,530 presses a board from before the run, also of boards nobody presses', async () => {
    const { summary, compared } = await play({ boards: 3, presses: 1, faults: { wrap: 1 } });
    expect(summary.pressed).toBe(3 * 65_530 + 1);
    expect(compared).toMatchObject({ lost: 0, doubled: 0 });
  });

  test('the same seed makes the same presses and the same bodies, however fast the machine is', async () => {
    const plan = { faults: ALL_FAULTS, durationMs: 5_000 };
    const prompt = await play(plan);
    for (const ms of [3, 300]) {
      const { bodies, summary } = await playSlowly(plan, ms);
      expect(bodies).toEqual(prompt.bodies);
      expect(summary.pressed).toBe(prompt.summary.pressed);
    }
    expect((await play({ ...plan, seed: 8 })).bodies).not.toEqual(prompt.bodies);
  });

  test('a slow webhook without faults to keep apart gets windows together', async () => {
    const plan = { durationMs: 5_000 };
    const [prompt, slow] = [await play(plan), await playSlowly(plan, 300)];
    expect(slow.bodies.length).toBeLessThan(prompt.bodies.length / 2);
    expect(slow.compared).toMatchObject({ pressed: prompt.summary.pressed, lost: 0, doubled: 0 });
    expect(slow.summary.latencyMs.p99).toBeLessThan(1_000);
  });

  test('a later run of the same seed is no redelivery of the earlier one', async () => {
    const ids = (bodies: readonly string[]) =>
      bodies.flatMap((body) => [...body.matchAll(/"uid":"([^"]*)"/g)].map(([, id]) => id));
    const [first, later] = [ids((await play()).bodies), ids((await play({ startMs: START + 60_000 })).bodies)];
    expect(new Set([...first, ...later]).size).toBe(first.length + later.length);
  });
});

describe('a webhook that fails', () => {
  test('gets the same body again after 1, 2, 4 ... 120 s, and then what piled up', async () => {
    const clock = sleepClock(START);
    const at: number[] = [];
    const failing = (index: number): boolean => index >= 1 && index <= 9;
    const { bodies, compared, summary } = await play(
      { durationMs: 600_000, schedule: { kind: 'steady', rate: 1 } },
      {
        ...clock,
        answer: (response, index) => {
          at.push(clock.now());
          (failing(index) ? DOWN : OK)(response);
        },
      },
    );
    const waits = at.slice(1, 11).map((ms, index, all) => ms - (all[index - 1] ?? ms));
    expect(waits.slice(1)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 120_000, 120_000]);
    expect(new Set(bodies.slice(0, 10)).size).toBe(1);
    expect(countBodies(bodies.slice(10, 11)).reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(360);
    expect(compared).toMatchObject({ pressed: 600, lost: 0, doubled: 0 });
    expect(summary.undelivered).toBe(0);
  });

  test('is not hammered by a run that lags behind', async () => {
    const clock = sleepClock(START);
    const [asked, answered]: [number[], number[]] = [[], []];
    await play(
      { faults: { redeliver: 0.01 } },
      {
        ...clock,
        answer: (response, index) => {
          asked.push(clock.now());
          if (index === 20) clock.pass(15_000);
          answered.push(clock.now());
          (index >= 20 && index <= 22 ? DOWN : OK)(response);
        },
      },
    );
    const waits = [21, 22, 23].map((index) => asked[index]! - answered[index - 1]!);
    expect(waits).toEqual([1_000, 2_000, 4_000]);
  });

  test('for so long that the queue overflows: the oldest go, and the next of the boot carries their presses', async () => {
    const { summary, compared } = await play(
      { boards: 2_000, schedule: { kind: 'steady', rate: 2_000 }, durationMs: 120_000, faults: { reboot: 0.001 } },
      { answer: (response, index) => (index >= 1 && index <= 7 ? DOWN : OK)(response) },
    );
    expect(summary.dropped).toBeGreaterThan(10_000);
    expect(summary.died).toBeGreaterThan(0);
    expect(summary.pressed + summary.died + summary.ignored).toBe(240_000);
    expect(compared).toMatchObject({ pressed: summary.pressed, lost: 0, doubled: 0 });
  });

  test('for good: the end of the run waits so long and no longer, and says what is left', async () => {
    const clock = sleepClock(START);
    const { summary, compared } = await play(
      { drainMs: 60_000 },
      { ...clock, answer: (response, index) => (index >= 50 ? DOWN : OK)(response) },
    );
    const over = clock.now() - START;
    expect(over).toBeGreaterThanOrEqual(80_000);
    expect(over).toBeLessThan(81_000);
    expect(summary.undelivered).toBeGreaterThan(0);
    // What was pressed is in the ledger all the same.
    expect(summary.pressed).toBe((await play()).summary.pressed);
    expect(compared.lost).toBeGreaterThan(0);
  });
});

describe('a run without end', () => {
  const endless = { ...PLAN, durationMs: undefined, faults: { coalesce: 0.5, wrap: 0.5 } };
  const { durationMs: _, ...plan } = endless;

  async function playEndless(deps: Partial<FleetDeps>, answer: (response: ServerResponse, index: number) => unknown) {
    await using receiver = await startReceiver((response, index) => void answer(response, index));
    const ledger = createTally();
    const summary = await runFleet({ ...plan, url: receiver.url, ledger }, { ...fastClock(50, START), ...deps });
    const counted = countBodies(receiver.received.slice(1).map(({ body }) => body));
    return { summary, compared: compareLedger({ expected: ledger.counts(), before: [], counted, hoursKnown: true }) };
  }

  test('stops when it is told to, and delivers what was pressed', async () => {
    const stop = new AbortController();
    const { summary, compared } = await playEndless({ signal: stop.signal }, (response, index) => {
      if (index === 40) stop.abort();
      OK(response);
    });
    expect(summary.undelivered).toBe(0);
    expect(summary.pressed).toBeGreaterThan(40);
    expect(compared).toMatchObject({ pressed: summary.pressed, lost: 0, doubled: 0 });
  });

  test('can be abandoned while it delivers', async () => {
    const [stop, abandon] = [new AbortController(), new AbortController()];
    const { summary, compared } = await playEndless(
      { signal: stop.signal, abandon: abandon.signal },
      (response, index) => {
        if (index === 41) stop.abort();
        if (index === 43) abandon.abort();
        (index > 40 ? DOWN : OK)(response);
      },
    );
    expect(summary.undelivered).toBeGreaterThan(0);
    expect(compared.pressed).toBe(summary.pressed);
    expect(compared.pressed).toBe(compared.counted + compared.lost - compared.doubled);
  });
});

test('a ledger file names no fewer presses than the webhook was told of, at any time', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'run-'));
  const path = join(folder, 'ledger');
  const told: number[] = [];
  const bodies: string[] = [];
  await using receiver = await startReceiver(async (response, index) => {
    if (index > 0) {
      bodies.push(receiver.received[index]!.body);
      const text = await readFile(path, 'utf8');
      const { pressed, complete } = await readLedger(lines(text));
      const counted = countBodies(bodies).reduce((sum, { count }) => sum + count, 0);
      expect(complete).toBe(false);
      told.push(pressed - counted);
    }
    OK(response);
  });
  await runFleet({ ...PLAN, url: receiver.url, ledger: createLedgerFile(path, []) }, sleepClock(START));
  expect(told.length).toBeGreaterThan(50);
  expect(new Set(told)).toEqual(new Set([0]));
  await expect(readLedger(lines(await readFile(path, 'utf8')))).resolves.toMatchObject({ complete: true });
  await rm(folder, { recursive: true });
});

async function* lines(text: string): AsyncGenerator<string> {
  yield* text.replace(/\n$/, '').split('\n');
}
