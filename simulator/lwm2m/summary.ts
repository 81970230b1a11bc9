/** What the parts of a run tell, as one. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { FleetOptions, FleetSummary } from '../options.ts';
import type { Lwm2mSummary } from './options.ts';

/** Numbers of one thread's boards, or of them all. */
export interface Part {
  readonly fleet: Pick<FleetSummary, 'pressed' | 'ignored' | 'died' | 'undelivered' | 'batches' | 'requests'>;
  readonly lwm2m: Lwm2mSummary;
  /** Microseconds from a press to its acknowledgement. */
  readonly latency: RecordableHistogram;
}

export function summaryOf(
  parts: readonly Part[],
  { boards, seed }: Pick<FleetOptions, 'boards' | 'seed'>,
): FleetSummary {
  const latency = createHistogram();
  for (const part of parts) if (part.latency.count > 0) latency.add(part.latency);
  const lwm2m = parts.map((part) => part.lwm2m);
  // Each thread saw the memory of them all.
  const residentBytes = Math.round(Math.max(...lwm2m.map((one) => one.residentBytes)) / parts.length);
  const readyMs = Math.max(...lwm2m.map((one) => one.readyMs));
  return {
    ...{ boards, seed, dropped: 0 },
    ...sumOf(parts.map((part) => part.fleet)),
    latencyMs: { p50: tenths(latency, 50), p95: tenths(latency, 95), p99: tenths(latency, 99) },
    lwm2m: {
      ...sumOf(lwm2m.map(({ errors, played, ...numbers }) => numbers)),
      ...{ readyMs, residentBytes },
      errors: sumOf(lwm2m.map(({ errors }) => errors)),
      played: sumOf(lwm2m.map(({ played }) => played)),
    },
  };
}

/** Key by key. */
export function sumOf<Numbers extends Readonly<Record<keyof Numbers, number>>>(all: readonly Numbers[]): Numbers {
  const sums: Record<string, number> = {};
  for (const numbers of all) {
    for (const [key, value] of Object.entries<number>(numbers)) sums[key] = (sums[key] ?? 0) + value;
  }
  return sums as Numbers;
}

/** Milliseconds, to a tenth; 0 if nothing was acknowledged. */
function tenths(latency: RecordableHistogram, percentile: number): number {
  return latency.count === 0 ? 0 : Math.round(latency.percentile(percentile) / 100) / 10;
}
