/** Hourly counts in memory, with a change feed: what the page's tests look at instead of a store. */
import type { ChangeFeed, Changes, HourlyCount, HourlyQuery, Store } from '../../../cloud/ingest/store.ts';
import { StoreError } from '../../../cloud/protocol/errors.ts';
import { HOUR_MS, hourOf, startOfHour } from '../../../cloud/protocol/hour.ts';

export class MemoryHours implements Pick<Store, 'hourly'>, ChangeFeed {
  /** While true, everything rejects as a store does that cannot be had. */
  down = false;
  /** Calls of `hourly` and `changes`. */
  readings = 0;
  polls = 0;
  readonly #counts = new Map<string, HourlyCount & { cursor: number }>();
  #cursor = 0;

  /** Sets the count of one hour, as a press does. */
  set(endpoint: string, hour: string, count: number): void {
    this.#cursor++;
    this.#counts.set(`${hour} ${endpoint}`, { endpoint, hour, count, cursor: this.#cursor });
  }

  async *hourly(query: HourlyQuery): AsyncGenerator<HourlyCount> {
    this.#check();
    this.readings++;
    for (const { endpoint, hour, count } of this.#counts.values()) {
      const start = startOfHour(hour)!;
      const wanted = query.endpoint === undefined || query.endpoint === endpoint;
      if (wanted && start + HOUR_MS > query.from.getTime() && start < query.to.getTime())
        yield { endpoint, hour, count };
    }
  }

  async changes(cursor: number, limit: number): Promise<Changes> {
    this.#check();
    this.polls++;
    const all = [...this.#counts.values()].filter((item) => item.cursor > cursor).sort((a, b) => a.cursor - b.cursor);
    const told = all.slice(0, limit);
    const counts = told.map(({ endpoint, hour, count }) => ({ endpoint, hour, count }));
    return { counts, cursor: told.at(-1)?.cursor ?? cursor };
  }

  async now(): Promise<number> {
    this.#check();
    return this.#cursor;
  }

  #check(): void {
    if (this.down) throw new StoreError('STORE_DOWN', 'the store is away', 'Bring it back.');
  }
}

/** The hour `back` hours before the one that holds `now`. */
export function hoursBack(now: number, back: number): string {
  return hourOf(now - back * HOUR_MS);
}
