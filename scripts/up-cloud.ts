/**
 * `mts up --platform azure` or `google`: boards, the cloud's own handlers on this machine, the store on its emulator, the page; at
 * the end, whether every press was counted once, and whether the monitor's graph shows it.
 *
 *   boards ─► connector ─► webhook function ─► store (Azurite, Firestore emulator) ─► scheduled function ─► stand-in of the monitor
 */
import { join } from 'node:path';
import { dashboard } from '../cloud/dashboard/dashboard.ts';
import { newServer } from '../cloud/ingest/server.ts';
import type { ReadableSink } from '../cloud/ingest/sink.ts';
import type { Store } from '../cloud/ingest/store.ts';
import { StoreError } from '../cloud/protocol/errors.ts';
import { isLwm2m } from '../simulator/vias.ts';
import type { Io, Status } from './cli.ts';
import type { FleetPlan } from './fleet-words.ts';
import { newLog } from './log.ts';
import { type RunParts, runAndCompare, temporaryFolder } from './run-and-compare.ts';
import { given, serve } from './serve.ts';
import { shownText } from './sink-shown.ts';
import { shown, unlessStopped } from './up-sink.ts';

export interface CloudUp {
  readonly platform: 'azure' | 'google';
  readonly plan: FleetPlan;
  /** Of the page. */
  readonly port: number;
  readonly speed: number;
  /** Undefined: a new temporary one. */
  readonly data: string | undefined;
  readonly ledger: string | undefined;
  readonly json: boolean;
}

/** A cloud's parts on this machine. */
interface CloudHere {
  readonly lines: readonly (readonly [label: string, address: string])[];
  readonly webhook: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  readonly store: Store;
  readonly sink: ReadableSink;
  /** Runs the scheduled function once; true if nothing is left for it. */
  sweep(): Promise<boolean>;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
/** A cloud's own schedule is a minute: people are watching. */
const SWEEP_EACH_MS = 1_000;
const LAST_SWEEPS_MS = 100;
/** What is not told by then, long after the last press, is not going to be: a server has died. */
const LAST_MS = 120_000;

export async function upOnCloud(
  { platform, plan, port, speed, data, ledger, json }: CloudUp,
  io: Io,
  end: (status: Status) => void,
): Promise<void> {
  const say = (text: string) => (json ? Promise.resolve(io.err(text)) : io.out(text));
  const folder = data ?? (await temporaryFolder());
  const here = await unlessStopped(() => startHere(platform, join(folder, platform), io), io);
  if (here === undefined) return;
  try {
    const app = newServer(newLog('warn', io.err));
    try {
      await dashboard(app, { hours: here.store, now: io.now, receiver: here.webhook.url });
      const { origin } = await serve(app, { host: HOST, port });
      const between = await openBetween({ plan, folder, speed, webhook: here.webhook }, io);
      const sweeping = sweepOverAndOver(here, io);
      try {
        await say(`Page     ${origin}/\nWebhook  ${here.webhook.url}\n`);
        if (plan.via !== 'webhook') await say(`Boards   ${between.url}\n`);
        for (const [label, address] of here.lines) await say(`${label.padEnd(8)} ${address}\n`);
        await say(
          `Data     ${folder}${platform === 'google' ? " (but for the counts: Google's emulators forget)" : ''}\n`,
        );
        if (plan.durationMs === undefined) await say('Ctrl-C ends.\n');
        const since = io.now();
        const { summary, text } = await runAndCompare({ store: here.store, plan, ledger, ...between }, io);
        await sweeping.end();
        const sink = await shown(here.store, here.sink, { boards: plan.boards, since, now: io.now() });
        if (json) await io.out(`${JSON.stringify({ ...summary, sink })}\n`);
        else await io.out(`${text}${shownText(NAMES[platform], sink)}`);
        if (summary.lost + summary.doubled + sink.differences.length > 0) end(1);
      } finally {
        await sweeping.end();
        await between.close?.();
      }
    } finally {
      await app.close();
    }
  } finally {
    await here.close();
  }
}

const NAMES = { azure: "Azure Monitor's stand-in", google: "Cloud Monitoring's stand-in" } as const;

async function startHere(platform: CloudUp['platform'], folder: string, io: Io): Promise<CloudHere> {
  if (platform === 'azure') return await (await import('./azure/here.ts')).startAzureHere({ folder, io });
  return await (await import('./google/here.ts')).startGoogleHere({ folder, io });
}

type Between = Pick<RunParts, 'url' | 'headers' | 'lwm2m' | 'settled'> & { readonly close?: () => Promise<void> };

interface BetweenWish extends Pick<CloudUp, 'plan' | 'speed'> {
  readonly folder: string;
  readonly webhook: CloudHere['webhook'];
}

async function openBetween({ plan, folder, speed, webhook }: BetweenWish, io: Io): Promise<Between> {
  if (!isLwm2m(plan.via)) return webhook;
  const { openLwm2m } = await import('./up-lwm2m.ts');
  return await openLwm2m({ plan, data: folder, speed, webhook }, io);
}

/** Runs the scheduled function as long as boards are pressed, and at the end until nothing is left for it. */
function sweepOverAndOver(here: CloudHere, io: Io): { end(): Promise<void> } {
  const stop = new AbortController();
  const sweep = async (): Promise<boolean> => {
    try {
      return await here.sweep();
    } catch (error) {
      // The store was busy: the next one goes on.
      if (!(error instanceof StoreError)) throw error;
      return false;
    }
  };
  const pause = (ms: number, signal: AbortSignal): Promise<void> => io.sleep(ms, signal).catch(() => undefined);
  const running = (async () => {
    while (!stop.signal.aborted) {
      await sweep();
      await pause(SWEEP_EACH_MS, stop.signal);
    }
    const until = io.now() + LAST_MS;
    while (
      io.now() < until &&
      !io.abandon.aborted &&
      !(await Promise.race([sweep(), given(io.abandon).then(() => true)]))
    ) {
      await pause(LAST_SWEEPS_MS, io.abandon);
    }
  })();
  // It is told where its end is waited for.
  running.catch(() => undefined);
  return {
    end: async () => {
      stop.abort();
      await running;
    },
  };
}
