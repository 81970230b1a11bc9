/** From a press to its count in the store, the whole way: board, connector, webhook, receiver; 500 presses a second. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../../cloud/ingest/store.ts';
import { openLocalStore } from '../../../cloud/platforms/local/store.ts';
import { openReceiver } from '../../../scripts/receiver.ts';
import { serve } from '../../../scripts/serve.ts';
import { openLwm2m } from '../../../scripts/up-lwm2m.ts';
import type { CarriedLine } from '../../../simulator/ledger/lines.ts';
import { createTally } from '../../../simulator/ledger/writer.ts';
import { runFleet } from '../../../simulator/run.ts';
import type { Via } from '../../../simulator/vias.ts';
import type { Measured } from '../measured.ts';

const PLAN = {
  boards: 100,
  schedule: { kind: 'steady', rate: 500 },
  durationMs: 10_000,
  seed: 1,
  dialect: 'connector',
  faults: {},
} as const;
const TARGET_MS = 100;

export async function benchLatency(): Promise<Measured[]> {
  const [direct, whole] = [await p99('webhook'), await p99('lwm2m+udp')];
  return [
    {
      ...{ name: 'press to count, 99 % (baseline: boards without a connector)', value: whole, unit: 'ms' },
      ...{ baseline: direct, ratio: whole / direct, target: `below ${TARGET_MS} ms`, met: whole < TARGET_MS },
    },
  ];
}

/** Milliseconds within which 99 % of the presses were in the store; none is left out. Error if one was never counted. */
async function p99(via: Via): Promise<number> {
  const data = await mkdtemp(join(tmpdir(), 'mts-bench-'));
  const io = {
    now: Date.now,
    err: () => undefined,
    sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  };
  const never = new AbortController().signal;
  const countedAt = new Map<string, number>();
  const pressed: CarriedLine[] = [];
  const store = openLocalStore({ dir: data, create: true, maxAside: 1e6 });
  const app = await openReceiver({ store: watched(store, countedAt), level: 'error', io });
  const { origin } = await serve(app, { host: '127.0.0.1', port: 0 });
  const plan = { ...PLAN, via };
  const webhook = { url: `${origin}/webhook` };
  const between =
    via === 'webhook'
      ? undefined
      : await openLwm2m({ plan, data, webhook, speed: 1 }, { ...io, stop: never, abandon: never } as never);
  const tally = createTally();
  const ledger = { ...tally, carried: (line: CarriedLine) => void pressed.push(line) };
  try {
    await runFleet(
      { ...plan, url: between?.url ?? webhook.url, ledger, ...(between === undefined ? {} : { lwm2m: between.lwm2m }) },
      { ...io, settled: async () => await between?.settled() },
    );
  } finally {
    await between?.close();
    await app.close();
    await store.close();
    await rm(data, { recursive: true });
  }
  const took = waits(pressed, countedAt).toSorted((a, b) => a - b);
  return took[Math.floor(took.length * 0.99)]!;
}

/**
 * From each press to its count: with its own value, or a later one of its board where its own never came alone (a board that
 * has two messages under way drops a third, and its counter is cumulative).
 */
function waits(pressed: readonly CarriedLine[], countedAt: ReadonlyMap<string, number>): number[] {
  const counted = new Map<string, number>();
  return pressed
    .toSorted((a, b) => b.value - a.value)
    .map(({ ep, value, at }) => {
      const first = Math.min(counted.get(ep) ?? Infinity, countedAt.get(`${ep}/${value}`) ?? Infinity);
      if (first === Infinity) throw new Error(`${ep}'s press ${value} was never counted`);
      counted.set(ep, first);
      return first - at;
    });
}

/** The store, and when it had each value. */
function watched(store: Store, countedAt: Map<string, number>): Store {
  return Object.assign(Object.create(store) as Store, {
    apply: async (batch: Parameters<Store['apply']>[0]) => {
      const applied = await store.apply(batch);
      const now = Date.now();
      for (const { endpoint, events } of batch) {
        for (const event of events) {
          const key = event.kind === 'value' ? `${endpoint}/${event.value}` : undefined;
          // Told again, it was counted before.
          if (key !== undefined && !countedAt.has(key)) countedAt.set(key, now);
        }
      }
      return applied;
    },
  });
}
