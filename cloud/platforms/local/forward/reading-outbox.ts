/**
 * The outbox of a store that does not tell what changed: its hours are read, and compared with what the sink was told.
 *
 * Each look reads the newest day; everything is read at first and once an hour, for what came late. So a count of an older hour
 * waits up to an hour, and a look costs what the day has.
 */
import type { Outbox, Pending } from '../../../ingest/outbox.ts';
import type { HourlyCount, Store } from '../../../ingest/store.ts';
import { HOUR_MS } from '../../../protocol/hour.ts';
import type { ForwardFile } from './file.ts';

const NEWEST_MS = 24 * HOUR_MS;
const EVERYTHING_EACH_MS = HOUR_MS;
const END_OF_TIME = new Date(Date.UTC(9999, 11, 31));

export interface ReadingOutboxOptions {
  readonly store: Pick<Store, 'hourly'>;
  readonly file: ForwardFile;
  readonly sink: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function readingOutbox({ store, file, sink, now }: ReadingOutboxOptions): Outbox {
  let readAll = Number.NEGATIVE_INFINITY;
  const isNew = ({ endpoint, hour, count }: HourlyCount): boolean =>
    count > Number(file.sql.told.get(sink, endpoint, hour)?.total ?? 0);
  return {
    async pending(limit) {
      const at = now();
      const everything = at - readAll >= EVERYTHING_EACH_MS;
      const from = new Date(everything ? 0 : Math.max(0, at - NEWEST_MS));
      const pending: Pending[] = [];
      for await (const count of store.hourly({ from, to: END_OF_TIME })) {
        if (isNew(count)) pending.push({ count, mark: undefined });
        if (pending.length === limit) return pending;
      }
      if (everything) readAll = at;
      return pending;
    },
    async confirm(told) {
      file.transaction(() => {
        for (const { count } of told) file.sql.putTold.run(sink, count.endpoint, count.hour, count.count);
      });
    },
    async close() {},
  };
}
