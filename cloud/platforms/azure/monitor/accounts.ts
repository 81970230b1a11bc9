/**
 * What Azure Monitor was told, during one put: what of a total is new, and the memory of it, kept before anything is sent.
 *
 *   increment = total - told        book: told = total, remembered ─► send        take back, if it surely did not arrive
 */
import type { HourlyCount } from '../../../ingest/store.ts';
import type { ToldMemory, ToldSeries } from '../../../ingest/told.ts';

export interface Entry {
  readonly count: HourlyCount;
  readonly endpoint: string;
  readonly increment: number;
}

export class Accounts {
  readonly #told: ToldMemory;
  readonly #series: Map<string, ToldSeries>;

  private constructor(told: ToldMemory, series: Map<string, ToldSeries>) {
    this.#told = told;
    this.#series = series;
  }

  /** Reads what was told of these totals. StoreError STORE_DOWN. */
  static async read(told: ToldMemory, totals: readonly HourlyCount[]): Promise<Accounts> {
    const wanted = Map.groupBy(totals, ({ endpoint }) => endpoint);
    const hours = [...wanted].map(([endpoint, counts]) => [endpoint, counts.map(({ hour }) => hour)] as const);
    return new Accounts(told, new Map(await told.read(new Map(hours))));
  }

  /** By how much a total has grown since it was told; 0 or less: there is nothing to tell. */
  entryOf(count: HourlyCount): Entry {
    const { endpoint, hour } = count;
    return { count, endpoint, increment: count.count - (this.#of(endpoint).hours.get(hour) ?? 0) };
  }

  /** Remembers that these are told as of `at`; of one endpoint there is one. StoreError STORE_DOWN: then they must not be. */
  async book(entries: readonly Entry[], at: number): Promise<void> {
    await this.#write(entries, 1, at);
  }

  /** Forgets that these were told. StoreError STORE_DOWN: then they stay booked, and are shown never rather than twice. */
  async takeBack(entries: readonly Entry[]): Promise<void> {
    await this.#write(entries, -1, 0);
  }

  async #write(entries: readonly Entry[], sign: 1 | -1, at: number): Promise<void> {
    const series = entries.map(({ count, endpoint, increment }) => {
      const before = this.#of(endpoint);
      const total = sign === 1 ? count.count : count.count - increment;
      const sum = before.sum + sign * increment;
      return { endpoint, sum, at: Math.max(before.at, at), hours: new Map([[count.hour, total]]) };
    });
    await this.#told.write(series);
    for (const one of series) {
      const hours = new Map([...this.#of(one.endpoint).hours, ...one.hours]);
      this.#series.set(one.endpoint, { ...one, hours });
    }
  }

  #of(endpoint: string): ToldSeries {
    return this.#series.get(endpoint) ?? { endpoint, sum: 0, at: 0, hours: new Map() };
  }
}
