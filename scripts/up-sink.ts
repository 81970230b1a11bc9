/**
 * The sink of `mts up --platform influxdb` or `graphite`: its server on this machine, fed from the store, and at the end read back.
 */
import { join } from 'node:path';
import { compareSink, type SinkComparison } from '../cloud/ingest/compare-sink.ts';
import type { ReadableSink } from '../cloud/ingest/sink.ts';
import type { Store } from '../cloud/ingest/store.ts';
import type { ToldMemory } from '../cloud/ingest/told.ts';
import type { NumberedFeed } from '../cloud/platforms/local/forward/feed-outbox.ts';
import { OutsideError } from '../cloud/protocol/errors.ts';
import { HOUR_MS } from '../cloud/protocol/hour.ts';
import type { Io } from './cli.ts';
import { boardNames } from './comparison.ts';
import { openForwarding } from './forwarding.ts';
import { newLog } from './log.ts';
import type { Settling } from './settle.ts';
import type { OpenSink } from './sinks.ts';

export interface UpSink extends Settling {
  /** What it is called, and where people look at it. */
  readonly lines: readonly (readonly [label: string, address: string])[];
  readonly sink: ReadableSink;
  close(): Promise<void>;
}

export interface UpSinkWish {
  readonly platform: 'influxdb' | 'graphite';
  readonly store: Store & Partial<NumberedFeed>;
  /** Of the counts: the server's is within it. */
  readonly data: string;
}

/** People are watching: a press is to be seen at once. */
const EVERY_MS = 250;

/** OutsideError TOOL with what to install, if the server is not on this machine. */
export async function openUpSink({ platform, store, data }: UpSinkWish, io: Io): Promise<UpSink> {
  const here = await startHere(platform, join(data, platform), io);
  try {
    const forwarding = await openForwarding({
      ...{ name: platform, folder: data, store, io, log: newLog('warn', io.err), everyMs: EVERY_MS },
      open: async (told) => ({ place: `${platform} here`, sink: await here.open(told('here')) }),
    });
    const { sink } = forwarding;
    if (sink === undefined) {
      await forwarding.close();
      throw new OutsideError('FILE', `another process feeds a sink from ${data}`, 'End it, or give another folder.');
    }
    return {
      ...{ lines: here.lines, sink, settled: () => forwarding.settled(), told: () => forwarding.status?.told ?? 0 },
      close: async () => {
        await forwarding.close();
        await here.close();
      },
    };
  } catch (error) {
    await here.close();
    throw error;
  }
}

interface Here {
  readonly lines: UpSink['lines'];
  open(told: ToldMemory): Promise<OpenSink['sink']>;
  close(): Promise<void>;
}

async function startHere(platform: UpSinkWish['platform'], folder: string, io: Io): Promise<Here> {
  const { now, sleep } = io;
  if (platform === 'influxdb') {
    const { startInfluxHere } = await import('./influxdb/here.ts');
    const { openInfluxSink } = await import('./influxdb/sink.ts');
    const { plan, lines, close } = await startInfluxHere({ folder, io });
    return { lines, close, open: (told) => openInfluxSink(plan, { now, sleep, told }) };
  }
  const { startGraphiteHere } = await import('./graphite/here.ts');
  const { openGraphiteSink } = await import('./graphite/sink.ts');
  const { plan, lines, close } = await startGraphiteHere({ folder, io });
  return { lines, close, open: (told) => openGraphiteSink(plan, { now, sleep, told }) };
}

/** Undefined if it was stopped while it was starting: that is no error. */
export async function unlessStopped<T>(start: () => Promise<T>, { stop }: Pick<Io, 'stop'>): Promise<T | undefined> {
  try {
    return await start();
  } catch (error) {
    if (stop.aborted) return undefined;
    throw error;
  }
}

/** What the sink shows of these boards, from the hour before `since` (milliseconds since 1970) on. */
export function shown(
  store: Pick<Store, 'hourly'>,
  sink: Pick<ReadableSink, 'readBack'>,
  { boards, since, now }: { readonly boards: number; readonly since: number; readonly now: number },
): Promise<SinkComparison> {
  const span = { from: new Date(since - HOUR_MS), to: new Date(now + HOUR_MS) };
  return compareSink(store, sink, { endpoints: boardNames(boards), ...span });
}
