/**
 * The outbox of a store that does not tell what changed: its hours are read, and compared with what the sink was told.
 *
 * Reading costs in a cloud. So a look reads the present hour and the one before it; the newest day is read each quarter of an
 * hour, and everything at first and once a day, for what came late: a count of an older hour waits so long.
 */
import type { Outbox } from '../../../ingest/outbox.ts';
import type { HourlyCount, Store } from '../../../ingest/store.ts';
import { HOUR_MS } from '../../../protocol/hour.ts';
import type { ForwardFile } from './file.ts';

interface Span {
  /** How far back it goes; milliseconds. */
  readonly backMs: number;
  readonly eachMs: number;
}

const PRESENT: Span = { backMs: HOUR_MS, eachMs: 0 };
const DAY: Span = { backMs: 24 * HOUR_MS, eachMs: HOUR_MS / 4 };
const EVERYTHING: Span = { backMs: Number.POSITIVE_INFINITY, eachMs: 24 * HOUR_MS };
const END_OF_TIME = new Date(Date.UTC(9999, 11, 31));

export interface ReadingOutboxOptions {
  readonly store: Pick<Store, 'hourly'>;
  readonly file: ForwardFile;
  readonly sink: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function readingOutbox({ store, file, sink, now }: ReadingOutboxOptions): Outbox {
  const readAt = new Map<Span, number>();
  /** Found and not confirmed, by hour and endpoint: a sink that is down costs no reading of what is known to wait. */
  const waiting = new Map<string, HourlyCount>();
  const isDue = (span: Span, at: number): boolean => at - (readAt.get(span) ?? Number.NEGATIVE_INFINITY) >= span.eachMs;
  const isNew = ({ endpoint, hour, count }: HourlyCount): boolean =>
    count > Number(file.sql.told.get(sink, endpoint, hour)?.total ?? 0);
  const read = async (limit: number): Promise<void> => {
    const at = now();
    const span = [EVERYTHING, DAY].find((one) => isDue(one, at)) ?? PRESENT;
    const from = new Date(Math.max(0, at - span.backMs));
    for await (const count of store.hourly({ from, to: END_OF_TIME })) {
      if (isNew(count)) waiting.set(keyOf(count), count);
      // The rest is read when these are told.
      if (waiting.size >= limit) return;
    }
    // Whoever read far has read near.
    for (const one of [PRESENT, DAY, EVERYTHING]) if (one.backMs <= span.backMs) readAt.set(one, at);
  };
  return {
    async pending(limit) {
      if (waiting.size < limit) await read(limit);
      return [...waiting.values()].slice(0, limit).map((count) => ({ count, mark: undefined }));
    },
    async confirm(told) {
      file.transaction(() => {
        for (const { count } of told) file.sql.putTold.run(sink, count.endpoint, count.hour, count.count);
      });
      for (const { count } of told) if (waiting.get(keyOf(count))?.count === count.count) waiting.delete(keyOf(count));
    },
    async close() {},
  };
}

function keyOf({ endpoint, hour }: HourlyCount): string {
  return `${hour} ${endpoint}`;
}
