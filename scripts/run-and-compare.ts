/** A fleet's run into a store of this process, and its ledger against what the store counted: the middle of `up`. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../cloud/ingest/store.ts';
import { compareLedger } from '../simulator/ledger/compare.ts';
import { createLedgerFile, createTally } from '../simulator/ledger/writer.ts';
import type { Lwm2mOptions } from '../simulator/lwm2m/options.ts';
import type { FleetSummary } from '../simulator/options.ts';
import { runFleet } from '../simulator/run.ts';
import type { Io } from './cli.ts';
import { boardNames, differences, hoursOf, verdict } from './comparison.ts';
import type { FleetPlan } from './fleet-words.ts';
import { progressOn } from './progress.ts';

export interface RunParts {
  readonly store: Store;
  /** The webhook or broker that leads into the store. */
  readonly url: string;
  /** Sent with every request to a webhook. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly plan: FleetPlan;
  /** File to write the ledger to. */
  readonly ledger: string | undefined;
  /** How boards speak LwM2M. */
  readonly lwm2m?: Lwm2mOptions;
  /** Resolves when what was acknowledged is in the store; left out where that is at once. */
  readonly settled?: () => Promise<void>;
}

/** What `mts up --json` prints. */
export interface UpSummary {
  readonly boards: number;
  readonly pressed: number;
  readonly counted: number;
  readonly lost: number;
  readonly doubled: number;
  readonly died: number;
  readonly setAside: number;
  readonly latencyMs: FleetSummary['latencyMs'];
  readonly seed: number;
}

export async function runAndCompare(
  { store, url, headers, plan, ledger: path, lwm2m, settled }: RunParts,
  io: Io,
): Promise<{ readonly summary: UpSummary; readonly text: string }> {
  const endpoints = boardNames(plan.boards);
  const before = await hoursOf(store, endpoints);
  const { setAside } = await store.asideUsage();
  const ledger = path === undefined ? createTally() : createLedgerFile(path, before);
  const progress = progressOn(io);
  const run = await runFleet(
    { ...plan, url, ledger, ...(headers === undefined ? {} : { headers }), ...(lwm2m === undefined ? {} : { lwm2m }) },
    {
      ...{ now: io.now, sleep: io.sleep, signal: io.stop, abandon: io.abandon, onProgress: progress.show },
      ...(settled === undefined ? {} : { settled }),
    },
  );
  progress.end();
  if (!io.abandon.aborted) await settled?.();
  const comparison = compareLedger({
    expected: ledger.counts(),
    before,
    counted: await hoursOf(store, endpoints),
    // A broker's messages overtake each other: the later hour may count what the earlier one pressed.
    hoursKnown: plan.dialect === 'connector' && plan.via === 'webhook',
    maybe: ledger.maybe(),
    endpoints,
  });
  const { pressed, counted, lost, doubled } = comparison;
  const { latencyMs } = run;
  const died = run.died - comparison.survived;
  const aside = (await store.asideUsage()).setAside - setAside;
  const latency = `counted within ${latencyMs.p50} ms (median), ${latencyMs.p99} ms (99 %)`;
  return {
    summary: {
      boards: plan.boards,
      pressed,
      counted,
      lost,
      doubled,
      died,
      setAside: aside,
      latencyMs,
      seed: plan.seed,
    },
    text: `${verdict(comparison, died, plan.dialect)}${differences(comparison)}${run.ignored} more that the boards ignored (booting, bounces); ${aside} set aside; ${latency}; seed ${plan.seed}\n`,
  };
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'mts-'));
}
