/** Runs over MQTT: what arrives behind a broker, counted by the rules of ingest, is what the ledger says was pressed. */
import { test as anyTest, describe, expect } from '@jest/globals';
import { seededRandom } from '../../../../cloud/protocol/random.ts';
import { createTally } from '../../../../simulator/ledger/writer.ts';
import type { FleetOptions } from '../../../../simulator/options.ts';
import { runFleet } from '../../../../simulator/run.ts';
import { fastClock, sleepClock } from '../../clocks.ts';
import { startBroker } from './broker.ts';
import { BROKERS } from './brokers.ts';
import { acrossBoards, inAnyOrder } from './counted.ts';
import { ALL_FAULTS, compareTotals, compareWith, isWill, PLAN, play, START, withoutWills } from './play.ts';
import { type Arrived, subscribe } from './subscriber.ts';

const EXACT = { lost: 0, doubled: 0, rows: [] };
const QOS = [0, 1, 2] as const;

const bodies = (arrived: readonly Arrived[]) => arrived.map(({ endpoint, body }) => `${endpoint} ${body}`);
const byBoard = (arrived: readonly Arrived[]) => {
  const groups = Map.groupBy(withoutWills(arrived), ({ endpoint }) => endpoint);
  return new Map([...groups].sort().map(([endpoint, of]) => [endpoint, of.map(({ body }) => body)]));
};

describe.each(BROKERS)('over $name', ({ start, wanted }) => {
  const test = wanted ? anyTest : anyTest.skip;

  test.each(QOS)('QoS %d: every press arrives, each board under its own topic', async (qos) => {
    await using broker = await start();
    const { summary, arrived, compare } = await play(broker.port, { mqtt: { qos } });
    expect(summary).toMatchObject({ boards: 8, died: 0, dropped: 0, undelivered: 0, seed: 7 });
    expect(summary.pressed).toBeGreaterThan(150);
    expect(compare()).toMatchObject({ ...EXACT, pressed: summary.pressed, counted: summary.pressed });
    expect({ batches: summary.batches, requests: summary.requests }).toEqual({
      batches: arrived.length,
      requests: arrived.length,
    });
    expect(new Set(arrived.map(({ endpoint }) => endpoint)).size).toBe(8);
    // Ended by DISCONNECT: no will.
    expect(arrived.filter(({ body }) => isWill(body))).toEqual([]);
  });

  test.each([1, 2] as const)('QoS %d: with every fault counts to the press, whatever the seed', async (qos) => {
    await using broker = await start();
    for (let seed = 0; seed < 4; seed++) {
      const { summary, arrived, compare } = await play(broker.port, { seed, faults: ALL_FAULTS, mqtt: { qos } });
      expect({ seed, ...compare() }).toMatchObject({ seed, ...EXACT, pressed: summary.pressed });
      expect(summary).toMatchObject({ died: 0, dropped: 0, undelivered: 0 });
      expect(summary.requests).toBeGreaterThan(summary.batches * 1.2);
      const told = withoutWills(arrived);
      expect(new Set(bodies(told)).size).toBe(summary.batches);
      expect(told.length).toBeGreaterThan(summary.batches);
    }
  });

  test('QoS 0: counts to the press while connections hold; what breaks them may lose, and doubles nothing', async () => {
    await using broker = await start();
    const { reboot: _, 'lost-answer': __, ...others } = ALL_FAULTS;
    for (let seed = 0; seed < 4; seed++) {
      const whole = await play(broker.port, { seed, faults: others, mqtt: { qos: 0 } });
      expect(whole.compare()).toMatchObject({ ...EXACT, pressed: whole.summary.pressed });
      const broken = await play(broker.port, { seed, faults: ALL_FAULTS, mqtt: { qos: 0 } });
      const { pressed, counted, lost } = compareTotals(broken.expected, broken.arrived);
      expect({ pressed, sum: counted + lost }).toEqual({ pressed: broken.summary.pressed, sum: pressed });
    }
  });

  test.each(['pelion', 'mdc'] as const)('in the %s dialect too, without reboots', async (dialect) => {
    await using broker = await start();
    const { reboot: _, ...faults } = ALL_FAULTS;
    const { summary, compare } = await play(broker.port, { dialect, faults });
    expect(compare()).toMatchObject({ ...EXACT, pressed: summary.pressed, counted: summary.pressed });
  });

  test.each(['redeliver', 'concurrent', 'lost-answer'] as const)('%s repeats messages', async (fault) => {
    await using broker = await start();
    const plain = await play(broker.port);
    const { summary, arrived, compare } = await play(broker.port, { faults: { [fault]: 0.3 } });
    const told = withoutWills(arrived);
    expect(told.length).toBeGreaterThan(1.2 * new Set(bodies(told)).size);
    expect(summary.requests).toBeGreaterThan(1.2 * summary.batches);
    expect(compare()).toMatchObject({ ...EXACT, pressed: plain.summary.pressed });
    // A copy comes right after its original: nothing else of its board is in between.
    for (const [endpoint, of] of byBoard(told)) {
      expect(of.filter((body, index) => body !== of[index - 1])).toEqual([...new Set(of)]);
      expect(new Set(of)).toEqual(new Set(byBoard(plain.arrived).get(endpoint)));
    }
  });

  test('boards that overtake each other, and messages that overtake one another, change nothing', async () => {
    await using broker = await start();
    const faults = { ...ALL_FAULTS, reboot: 0.01, wrap: 0 };
    const { arrived, expected, compare } = await play(broker.port, { faults });
    const random = seededRandom(1);
    for (let round = 0; round < 5; round++) {
      expect(compare(acrossBoards(arrived, random))).toMatchObject(EXACT);
      // A press is then in the hour of whatever told it first, which may be a later one; it is counted once all the same.
      const { lost, doubled } = compareTotals(expected, inAnyOrder(arrived, random));
      expect({ lost, doubled }).toEqual({ lost: 0, doubled: 0 });
    }
  });

  test('each board that reboots or is cut off has its will published: its registration is over', async () => {
    await using broker = await start();
    const url = `mqtt://127.0.0.1:${broker.port}`;
    await using subscriber = await subscribe(url, 1);
    await runFleet({ ...PLAN, url, faults: { reboot: 0.03 } }, sleepClock(START));
    const isReboot = ({ body }: Arrived): boolean =>
      body.includes('"registrations":[') && !body.includes(`"boot":${START - 1}`);
    await subscriber.all();
    const reboots = subscriber.arrived.filter(isReboot);
    expect(reboots.length).toBeGreaterThan(3);
    await subscriber.until((arrived) => arrived.filter(({ body }) => isWill(body)).length >= reboots.length);
    const wills = subscriber.arrived.filter(({ body }) => isWill(body));
    expect(wills.map(({ endpoint }) => endpoint).sort()).toEqual(reboots.map(({ endpoint }) => endpoint).sort());
    for (const { endpoint, body } of wills)
      expect(JSON.parse(body)).toEqual({ 'registrations-expired': [{ ep: endpoint }] });
  });

  test('a broker that dies and comes back in the middle costs nothing', async () => {
    let broker = await start();
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const arrived: Arrived[] = [];
    let subscriber = await subscribe(url, 1);
    const change = async (next: () => Promise<void>): Promise<void> => {
      await subscriber.all();
      arrived.push(...subscriber.arrived);
      await subscriber[Symbol.asyncDispose]();
      await next();
    };
    const clock = sleepClock(START);
    let steps = 0;
    const ledger = createTally();
    const plan = { ...PLAN, url, ledger, faults: ALL_FAULTS, durationMs: 20_000 };
    const summary = await runFleet(plan, {
      ...clock,
      sleep: async (ms, signal) => {
        await clock.sleep(ms, signal);
        const at = clock.now() - START;
        // Between two batches nothing is under way; a shorter sleep is one within a batch.
        if (ms < 50) return;
        if (steps === 0 && at > 6_000) {
          steps = 1;
          await change(broker.stop);
        } else if (steps === 1 && at > 15_000) {
          steps = 2;
          broker = await start(broker.port);
          subscriber = await subscribe(url, 1);
        }
      },
    });
    await change(async () => undefined);
    await broker[Symbol.asyncDispose]();
    expect(steps).toBe(2);
    expect(summary).toMatchObject({ undelivered: 0, dropped: 0, died: 0 });
    expect(compareWith(ledger.counts(), arrived)).toMatchObject({ ...EXACT, pressed: summary.pressed });
    expect(summary.latencyMs.p99).toBeGreaterThan(5_000);
  });
});

describe('a run over MQTT', () => {
  const test = anyTest;

  test('the same seed publishes the same of each board, whatever the faults of the delivery and the speed', async () => {
    await using broker = await startBroker();
    const { coalesce, reboot, wrap } = { coalesce: 0.3, reboot: 0.02, wrap: 0.2 };
    const plain = await play(broker.port, { faults: { coalesce, reboot, wrap, redeliver: 1e-9 } });
    for (const clock of [sleepClock(START), fastClock(30, START)]) {
      const { arrived, summary } = await play(broker.port, { faults: ALL_FAULTS }, clock);
      for (const [endpoint, of] of byBoard(arrived)) {
        expect([...new Set(of)]).toEqual(byBoard(plain.arrived).get(endpoint));
      }
      expect(summary.pressed).toBe(plain.summary.pressed);
    }
    const again = await play(broker.port, { faults: ALL_FAULTS });
    const other = await play(broker.port, { faults: ALL_FAULTS, seed: 8 });
    expect(byBoard((await play(broker.port, { faults: ALL_FAULTS })).arrived)).toEqual(byBoard(again.arrived));
    expect(byBoard(other.arrived)).not.toEqual(byBoard(again.arrived));
  });

  test('holds one connection a board under its name, from its registration to the end', async () => {
    const opened: string[] = [];
    let together = 0;
    await using broker = await startBroker();
    broker.aedes.on('clientReady', (client) => {
      opened.push(client.id);
      together = Math.max(together, broker.aedes.connectedClients);
    });
    const { arrived } = await play(broker.port, { boards: 200, presses: 10 });
    const boards = opened.filter((id) => id !== 'subscriber');
    // The first is the check before the run.
    expect(boards.slice(1).sort()).toEqual([...new Set(arrived.map(({ endpoint }) => endpoint))].sort());
    expect(boards.length).toBe(201);
    expect(together).toBe(201);
  });

  test('two copies are under way before either is acknowledged', async () => {
    await using broker = await startBroker();
    const came: string[] = [];
    let alone = 0;
    broker.aedes.authorizePublish = (_client, packet, callback) => {
      const body = packet.payload.toString();
      came.push(body);
      // The first is not answered before the second is there, or long does not come.
      const look = (left: number): void => {
        const there = packet.topic === 'subscriber/end' || came.filter((one) => one === body).length === 2;
        if (!there && left > 0) setImmediate(look, left - 1);
        else {
          if (!there) alone += 1;
          callback();
        }
      };
      look(10_000);
    };
    const { summary, compare } = await play(broker.port, { boards: 2, presses: 5, faults: { concurrent: 1 } });
    expect(alone).toBe(0);
    expect(summary.requests).toBe(2 * summary.batches);
    expect(compare()).toMatchObject(EXACT);
  });

  test('what piled up for one board goes in messages that a broker takes, in their order', async () => {
    await using broker = await startBroker();
    let refused = 0;
    broker.aedes.authenticate = (client, _user, _password, done) => {
      const down = client.id === 'board-0001' && refused++ > 0 && refused < 10;
      done(down ? Object.assign(new Error('busy'), { returnCode: 3 as const }) : null, !down);
    };
    const plan: Partial<FleetOptions> = { boards: 1, schedule: { kind: 'steady', rate: 40 }, durationMs: 60_000 };
    const { arrived, compare, summary } = await play(broker.port, plan);
    const sizes = arrived.map(({ body }) => Buffer.byteLength(body));
    expect(refused).toBeGreaterThan(9);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(300_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(128 * 1024);
    expect(Math.max(...sizes)).toBeGreaterThan(64 * 1024 - 512);
    const counters = arrived.flatMap(({ body }) => [...body.matchAll(/"payload":"([^"]+)"/g)].map(([, text]) => text!));
    expect(summary.pressed).toBe(2_400);
    expect(counters.length).toBeGreaterThan(2_400);
    expect(compare()).toMatchObject({ ...EXACT, pressed: 2_400 });
  });

  test('a broker that answers nothing is given up in time, and gets the message again on a new connection', async () => {
    await using broker = await startBroker();
    let silent = 2;
    broker.aedes.authorizePublish = (_client, packet, callback) => {
      if (packet.topic !== 'subscriber/end' && !isWill(String(packet.payload)) && silent > 0) silent -= 1;
      else callback();
    };
    const { summary, compare } = await play(broker.port, { boards: 1, presses: 5, timeoutMs: 3_000 });
    expect(summary.requests).toBe(summary.batches + 2);
    expect(compare()).toMatchObject({ ...EXACT, pressed: 5 });
  });

  test('for good: the end of the run waits so long and no longer, and says what is left', async () => {
    await using broker = await startBroker();
    let published = 0;
    broker.aedes.authorizePublish = (_client, packet, callback) => {
      if (packet.topic !== 'subscriber/end') published += 1;
      callback(published > 40 && packet.topic !== 'subscriber/end' ? new Error('no more') : null);
    };
    const clock = sleepClock(START);
    const { summary, arrived, compare } = await play(broker.port, { drainMs: 60_000 }, clock);
    const over = clock.now() - START;
    expect(over).toBeGreaterThanOrEqual(72_000);
    expect(over).toBeLessThan(73_000);
    expect(withoutWills(arrived).length).toBe(40);
    expect(summary.batches).toBe(40);
    expect(summary.undelivered).toBeGreaterThan(0);
    expect(compare().lost).toBeGreaterThan(0);
    expect(compare().doubled).toBe(0);
  });

  test('one that is told to stop delivers what was pressed, and ends its connections in good order', async () => {
    await using broker = await startBroker();
    const stop = new AbortController();
    broker.aedes.on('publish', (packet) => {
      if (packet.topic.startsWith('mbed/') && packet.payload.includes('notifications')) stop.abort();
    });
    const { durationMs: _, ...endless } = PLAN;
    const url = `mqtt://127.0.0.1:${broker.port}`;
    await using subscriber = await subscribe(url, 1);
    const summary = await runFleet({ ...endless, url }, { ...fastClock(20, START), signal: stop.signal });
    expect(summary.undelivered).toBe(0);
    await subscriber.all();
    expect(subscriber.arrived.filter(({ body }) => isWill(body))).toEqual([]);
  });

  test('one that is abandoned ends at once, whatever the broker does', async () => {
    await using broker = await startBroker();
    const [stop, abandon] = [new AbortController(), new AbortController()];
    broker.aedes.authorizePublish = (_client, packet, callback) => {
      if (!packet.payload.includes('notifications')) return callback();
      stop.abort();
      abandon.abort();
    };
    const { durationMs: _, ...endless } = PLAN;
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const run = runFleet(
      { ...endless, url },
      { ...fastClock(20, START), signal: stop.signal, abandon: abandon.signal },
    );
    const summary = await run;
    expect(summary.undelivered).toBeGreaterThan(0);
  });
});
