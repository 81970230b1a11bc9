/**
 * What one process knows of an endpoint's series beyond what the memory remembers.
 *
 * The memory is written before anything is sent, so that nobody, after any failure, sends less than was tried. What came
 * about of it this process alone knows: `clear`. Another one, or this one after the memory changed behind it, is in doubt, and
 * tells what was tried once more with a newer time, which is harmless since sums do not add up.
 */
import type { ToldSeries } from '../../../ingest/told.ts';
import { startOfHour } from '../../../protocol/hour.ts';
import type { DoubtfulPoint, PlannedPoint, Standing } from './plan.ts';

interface Clear {
  /** Newest point that was taken, and the sum at it. */
  readonly at: number;
  readonly sum: number;
  /** Tried, and not known to be taken: presses by the beginning of their hour. */
  readonly open: ReadonlyMap<number, number>;
  /** Points that may have been taken: those of a value that no older one has, oldest first. */
  readonly doubtful: readonly DoubtfulPoint[];
  /** What the memory holds as long as nobody else writes it. */
  readonly tried: { readonly at: number; readonly sum: number };
}

export class Series {
  #clear: Clear | undefined;
  #told: ToldSeries;

  constructor(told: ToldSeries) {
    this.#told = told;
    // Nothing was ever tried.
    if (told.at === 0) this.#clear = clearAt(0, 0, { at: 0, sum: 0 });
  }

  /** The memory was read again. */
  read(told: ToldSeries): void {
    this.#told = told;
    const tried = this.#clear?.tried;
    if (tried !== undefined && (tried.at !== told.at || tried.sum !== told.sum)) this.forget();
  }

  /** It is not known any more what was taken. */
  forget(): void {
    this.#clear = undefined;
  }

  get standing(): Standing {
    const { at: tried, sum } = this.#told;
    if (this.#clear === undefined) return { newest: tried, sum, tried, open: new Set(), doubtful: [], inDoubt: true };
    const { at: newest, sum: taken, open, doubtful } = this.#clear;
    return { newest, sum: taken, tried, open: new Set(open.keys()), doubtful, inDoubt: false };
  }

  /** Presses that `totals` (by hour) have beyond what was tried; hours that have none are left out. */
  grown(totals: ReadonlyMap<string, number>): Map<string, number> {
    const more = [...totals].map(([hour, total]) => [hour, total - (this.#told.hours.get(hour) ?? 0)] as const);
    return new Map(more.filter(([, presses]) => presses > 0));
  }

  /** No point of it is known to be there, and none but zeros was tried: it has to begin at 0. */
  get isUnborn(): boolean {
    return this.#told.sum === 0 && (this.#clear === undefined || this.#clear.at === 0);
  }

  /** All that has to be sent, by the beginning of its hour: what grew, and what is open. */
  presses(grown: ReadonlyMap<string, number>): Map<number, number> {
    const presses = new Map(this.#clear?.open);
    for (const [hour, more] of grown) {
      const start = startOfHour(hour)!;
      presses.set(start, (presses.get(start) ?? 0) + more);
    }
    return presses;
  }

  /** What the memory has to hold before a point is sent that is at `at` and has all that grew. */
  trying(grown: ReadonlyMap<string, number>, at: number): ToldSeries {
    const { endpoint, sum, hours, at: before } = this.#told;
    const totals = [...grown].map(([hour, more]) => [hour, (hours.get(hour) ?? 0) + more] as const);
    const added = [...grown.values()].reduce((all, more) => all + more, 0);
    return { endpoint, sum: sum + added, at: Math.max(at, before), hours: new Map(totals) };
  }

  /** The memory holds it. */
  tried(trying: ToldSeries, presses: ReadonlyMap<number, number>): void {
    const { at, sum } = trying;
    this.#told = { ...trying, hours: new Map([...this.#told.hours, ...trying.hours]) };
    if (this.#clear !== undefined) this.#clear = { ...this.#clear, open: presses, tried: { at, sum } };
  }

  /** An hour's beginning was refused, since a newer point is there. */
  passed(): void {
    // Of an unborn series that can only be a 0.
    const { at } = this.#told;
    if (this.isUnborn) this.#clear = clearAt(at, 0, { at, sum: 0 });
  }

  /** A point was taken. */
  taken({ at, value, hours }: PlannedPoint): void {
    if (this.#clear !== undefined) {
      const open = new Map(this.#clear.open);
      for (const hour of hours) open.delete(hour);
      const doubtful = this.#clear.doubtful.filter((one) => one.at > at);
      this.#clear = { ...this.#clear, at, sum: value, open, doubtful };
    } else if (value === this.#told.sum) {
      this.#clear = clearAt(at, value, { at: this.#told.at, sum: value });
    }
  }

  /** Nobody knows whether a point was taken. */
  doubted({ at, value }: PlannedPoint): void {
    if (this.#clear === undefined) return;
    const { doubtful } = this.#clear;
    if (doubtful.some((one) => one.at <= at && one.value >= value)) return;
    const all = [...doubtful.filter((one) => one.at < at || one.value > value), { at, value }];
    all.sort((a, b) => a.at - b.at);
    // Two become one that asks for more than both.
    const [oldest, next] = all;
    if (all.length > MOST_DOUBTFUL) all.splice(0, 2, { at: oldest!.at, value: next!.value });
    this.#clear = { ...this.#clear, doubtful: all };
  }
}

/** Points kept of a series while nothing is taken, a minute each. */
const MOST_DOUBTFUL = 16;

function clearAt(at: number, sum: number, tried: Clear['tried']): Clear {
  return { at, sum, open: new Map(), doubtful: [], tried };
}
