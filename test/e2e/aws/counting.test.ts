/**
 * Simulated boards through the whole path on AWS, with all of the simulator's faults and those of the path itself: the table
 * and the exact metric hold what was pressed; the guide's way, run beside it, does not.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { HourlyCount } from '../../../cloud/ingest/store.ts';
import { seededRandom } from '../../../cloud/protocol/random.ts';
import { parseFaults } from '../../../simulator/faults.ts';
import { createTally } from '../../../simulator/ledger/writer.ts';
import type { FleetOptions } from '../../../simulator/options.ts';
import { runFleet } from '../../../simulator/run.ts';
import { dynamoDbWanted } from '../../cloud/platforms/aws/dynamodb-local.ts';
import { collect } from '../../conformance/store.ts';
import { type Mishaps, openPath, type Path } from './path.ts';

const FAULTS = 'redeliver=0.2,concurrent=0.1,lost-answer=0.1,coalesce=0.3,reboot=0.01,wrap=0.2';
const MISHAPS: Mishaps = { killed: 0.05, deliveredTwice: 0.1, throttled: 0.02, lostWrites: 0.02, cloudWatch: 0.2 };
const SEED = 3;

(dynamoDbWanted ? describe : describe.skip)('counting on AWS', () => {
  test('by webhook, with every fault: exact in the table and in CloudWatch; the guide counts something else', async () => {
    await through('by_webhook', MISHAPS, async (path) => {
      const expected = await press({ url: path.webhook.url, headers: path.webhook.headers });
      await path.drained();
      const counted = await hours(path);
      expect(counted).toEqual(expected);
      expect(byHour(path.exact())).toEqual(expected);
      for (const what of Object.keys(MISHAPS) as (keyof Mishaps)[])
        expect([what, path.happened[what]]).not.toEqual([what, 0]);
      // It adds what CloudWatch was told again, and so did the guide.
      expect(total(byHour(path.sums()))).toBeGreaterThan(total(expected));
      expect(byHour(await path.guide())).not.toEqual(expected);
    });
  });

  test('by MQTT, out of order and at once: every total is exact in the table and in CloudWatch', async () => {
    await through('by_mqtt', { ...MISHAPS, killed: 0.4 }, async (path) => {
      const expected = await press({ url: path.mqttUrl, via: 'mqtt' });
      await path.drained();
      const counted = await hours(path);
      // A message that overtook another may count its presses in the next hour: totals decide.
      expect(byEndpoint(counted)).toEqual(byEndpoint(expected));
      expect(byHour(path.exact())).toEqual(counted);
      expect(path.happened.givenUp).toBeGreaterThan(0);
    });
  });

  test("without mishaps of CloudWatch's the guide's metric agrees as well", async () => {
    await through('quiet', {}, async (path) => {
      const expected = await press({ url: path.webhook.url, headers: path.webhook.headers });
      await path.drained();
      expect(byHour(path.sums())).toEqual(expected);
      expect(byHour(path.exact())).toEqual(expected);
    });
  });
});

async function through(name: string, mishaps: Mishaps, work: (path: Path) => Promise<void>): Promise<void> {
  const path = await openPath(`path_${name}_${process.pid}`, seededRandom(SEED), mishaps);
  try {
    await work(path);
  } finally {
    await path.close();
  }
}

type Counts = Record<string, number>;

/** Presses of ten boards for some seconds; what was really pressed. */
async function press(link: Pick<FleetOptions, 'url' | 'headers' | 'via'>): Promise<Counts> {
  const ledger = createTally();
  const summary = await runFleet(
    {
      ...{ boards: 10, schedule: { kind: 'steady', rate: 60 }, durationMs: 5_000, seed: SEED, dialect: 'connector' },
      ...{ faults: parseFaults(FAULTS), ledger },
      ...link,
    },
    { now: Date.now, sleep: (ms, signal) => sleep(ms, undefined, { signal }) },
  );
  expect(summary).toMatchObject({ undelivered: 0, dropped: 0 });
  return byHour(ledger.counts());
}

async function hours({ store }: Path): Promise<Counts> {
  return byHour(await collect(store.hourly({ from: new Date(0), to: new Date(Date.now() + 7_200_000) })));
}

function byHour(counts: Iterable<HourlyCount>): Counts {
  return summed(counts, ({ endpoint, hour }) => `${endpoint} ${hour}`);
}

function byEndpoint(counts: Counts): Counts {
  const entries = Object.entries(counts).map(([key, count]) => ({
    endpoint: key.split(' ')[0] ?? '',
    hour: '',
    count,
  }));
  return summed(entries, ({ endpoint }) => endpoint);
}

function summed(counts: Iterable<HourlyCount>, keyOf: (count: HourlyCount) => string): Counts {
  const sums: Counts = {};
  for (const one of [...counts].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))) {
    sums[keyOf(one)] = (sums[keyOf(one)] ?? 0) + one.count;
  }
  return sums;
}

function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
