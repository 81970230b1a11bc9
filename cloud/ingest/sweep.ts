/**
 * Tells a sink what an outbox holds, batch after batch: what a scheduled function does once, and a forwarder over and over.
 *
 *   pending ─► sink.put ─┬─ taken, or refused for ever ─► confirm
 *                        └─ failed ─► stays pending, and the sweep ends: the sink is down, slow or busy
 */
import type { Outbox } from './outbox.ts';
import type { RefusedCount, Sink } from './sink.ts';
import type { HourlyCount } from './store.ts';

export interface SweepOptions {
  /** Hours told at once; 5,000 unless told. */
  readonly batch?: number;
  /** Asked before each batch: whether there is time for another. */
  readonly goesOn?: () => boolean;
  /** Told what the sink will never take before it is forgotten. */
  readonly onRefused?: (refused: readonly RefusedCount[]) => void;
}

export interface Swept {
  /** Hours that the sink took. */
  readonly told: number;
  /** Hours that it will never take: their counts are in the store alone. */
  readonly refused: readonly RefusedCount[];
  /** Hours that it did not take this time. */
  readonly failed: number;
  /** Nothing was pending any more when it ended. */
  readonly isEmpty: boolean;
}

const BATCH = 5_000;

/** StoreError STORE_DOWN when the outbox cannot be had: what was told is told again then, which does no harm. */
export async function sweep(
  outbox: Pick<Outbox, 'pending' | 'confirm'>,
  sink: Pick<Sink, 'put'>,
  { batch = BATCH, goesOn = () => true, onRefused = () => undefined }: SweepOptions = {},
): Promise<Swept> {
  let told = 0;
  const refused: RefusedCount[] = [];
  while (goesOn()) {
    const pending = await outbox.pending(batch);
    if (pending.length === 0) return { told, refused, failed: 0, isEmpty: true };
    const result = await sink.put(pending.map(({ count }) => count));
    const failed = new Set(result.failed.map(nameOf));
    const done = pending.filter(({ count }) => !failed.has(nameOf(count)));
    onRefused(result.refused);
    await outbox.confirm(done);
    refused.push(...result.refused);
    told += done.length - result.refused.length;
    if (failed.size > 0) return { told, refused, failed: failed.size, isEmpty: false };
  }
  return { told, refused, failed: 0, isEmpty: false };
}

function nameOf({ endpoint, hour }: HourlyCount): string {
  return `${hour} ${endpoint}`;
}
