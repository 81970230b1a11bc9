/**
 * A change feed for a store that has none: reads the present hour and the one before it, and tells what differs from
 * the last reading. Late changes of older hours are not seen; the page has them when it is loaded again.
 */
import type { ChangeFeed, Changes, HourlyCount, Store } from '../ingest/store.ts';
import { HOUR_MS, hourOf, startOfHour } from '../protocol/hour.ts';

interface Seen {
  readonly count: HourlyCount;
  readonly cursor: number;
}

/** `now` gives milliseconds since 1970. Rejects as `hours` does. */
export function currentHourFeed(hours: Pick<Store, 'hourly'>, now: () => number): ChangeFeed {
  // From the clock, so that a cursor of an earlier process is behind and not ahead.
  let newest = now();
  let seen = new Map<string, Seen>();

  async function read(): Promise<void> {
    const present = startOfHour(hourOf(now()))!;
    const next = new Map<string, Seen>();
    const query = { from: new Date(present - HOUR_MS), to: new Date(present + HOUR_MS) };
    for await (const count of hours.hourly(query)) {
      const key = `${count.hour} ${count.endpoint}`;
      const known = seen.get(key);
      next.set(key, known?.count.count === count.count ? known : { count, cursor: ++newest });
    }
    seen = next;
  }

  return {
    async changes(cursor, limit): Promise<Changes> {
      await read();
      const news = [...seen.values()].filter((item) => item.cursor > cursor).sort((a, b) => a.cursor - b.cursor);
      const told = news.slice(0, limit);
      return { counts: told.map(({ count }) => count), cursor: told.at(-1)?.cursor ?? cursor };
    },
    async now(): Promise<number> {
      await read();
      return newest;
    },
  };
}
