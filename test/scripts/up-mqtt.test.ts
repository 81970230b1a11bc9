/** What `mts up --via mqtt` puts between boards and store: a run by it counts exactly, and nothing of it stays. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { connectAsync } from 'mqtt';
import { openLocalStore } from '../../cloud/platforms/local/store.ts';
import type { Io } from '../../scripts/cli.ts';
import { fleetPlan } from '../../scripts/fleet-words.ts';
import { runAndCompare } from '../../scripts/run-and-compare.ts';
import { openMqttUp } from '../../scripts/up-mqtt.ts';
import { inFolder } from '../e2e/run-mts.ts';
import { mosquittoWanted, startMosquitto } from '../mosquitto.ts';
import { startBroker } from '../simulator/links/mqtt/broker.ts';

const never = new AbortController().signal;
const io: Io = {
  ...{ out: async () => undefined, err: () => undefined, errIsTerminal: false, ask: undefined, columns: 80 },
  ...{ now: Date.now, stop: never, abandon: never },
  sleep: async (ms, signal) => {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  },
};

const FAULTS = 'redeliver=0.2,concurrent=0.1,lost-answer=0.1,coalesce=0.3,reboot=0.02';

async function run(dir: string, broker: { readonly broker?: string }): Promise<string> {
  const words = { boards: '10', rate: '200', duration: '2s', seed: '3', via: 'mqtt', dialect: 'connector' };
  const plan = await fleetPlan({ ...words, faults: FAULTS }, Date.now(), undefined, ['mqtt']);
  const store = openLocalStore({ dir, create: true, maxAside: 1e9 });
  try {
    const between = await openMqttUp({ store, ...broker }, io);
    try {
      const { summary } = await runAndCompare({ store, plan, ledger: undefined, ...between }, io);
      expect(summary).toMatchObject({ lost: 0, doubled: 0, setAside: 0, boards: 10 });
      expect(summary.counted).toBeGreaterThan(100);
      return between.url;
    } finally {
      await between.close();
    }
  } finally {
    await store.close();
  }
}

test('a broker of its own, which is gone afterwards', () =>
  inFolder(async (dir) => {
    const url = await run(dir, {});
    await expect(connectAsync(url, { reconnectPeriod: 0 })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  }));

test('a broker that is there, in which no session is left', () =>
  inFolder(async (dir) => {
    await using broker = await startBroker();
    await run(dir, { broker: `mqtt://127.0.0.1:${broker.port}` });
    const { persistence } = broker.aedes as unknown as { persistence: { countOffline(): Promise<object> } };
    expect(await persistence.countOffline()).toEqual({ subsCount: 0, clientsCount: 0 });
  }));

const onMosquitto = mosquittoWanted ? test : test.skip;

onMosquitto('the same with Mosquitto', () =>
  inFolder(async (dir) => {
    await using broker = await startMosquitto();
    await run(dir, { broker: `mqtt://127.0.0.1:${broker.port}` });
  }),
);
