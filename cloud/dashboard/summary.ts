/** Hourly counts of all boards, added up for the page: the busiest boards, the rest as one, totals. Pure. */
import type { HourlyCount } from '../ingest/store.ts';
import { HOUR_MS, hourOf } from '../protocol/hour.ts';
import type { BoardSeries, BoardTotal, EndpointsAnswer, OtherBoards } from './answer.ts';

/** Boards that get a bar segment and a colour of their own. */
export const TOP_BOARDS = 10;

export interface Summary {
  readonly hours: readonly string[];
  readonly total: readonly number[];
  readonly series: readonly BoardSeries[];
  readonly others: OtherBoards | null;
  /** Every board, most presses first, then by name. */
  readonly endpoints: readonly BoardTotal[];
}

/** The `length` hours that end with the one that holds `now` (milliseconds since 1970), oldest first. */
export function hoursUntil(now: number, length: number): string[] {
  return Array.from({ length }, (_, index) => hourOf(now - (length - 1 - index) * HOUR_MS));
}

/** Adds counts up. They may come in any order and in pieces; those outside `hours` are left out. */
export class Summarizer {
  readonly #hours: readonly string[];
  readonly #index: ReadonlyMap<string, number>;
  readonly #boards = new Map<string, Float64Array>();

  constructor(hours: readonly string[]) {
    this.#hours = hours;
    this.#index = new Map(hours.map((hour, index) => [hour, index]));
  }

  add({ endpoint, hour, count }: HourlyCount): void {
    const at = this.#index.get(hour);
    if (at === undefined) return;
    let counts = this.#boards.get(endpoint);
    if (counts === undefined) {
      counts = new Float64Array(this.#hours.length);
      this.#boards.set(endpoint, counts);
    }
    counts[at]! += count;
  }

  /** What was added so far; `top` boards keep a series, all others are added up. */
  summary(top = TOP_BOARDS): Summary {
    const ranked = [...this.#boards].map(([endpoint, counts]) => ({ endpoint, counts, total: sum(counts) }));
    ranked.sort((a, b) => b.total - a.total || (a.endpoint < b.endpoint ? -1 : 1));
    const shown = ranked.slice(0, top);
    const rest = ranked.slice(top);
    return {
      hours: this.#hours,
      total: this.#addUp(ranked),
      series: shown.map(({ endpoint, counts }) => ({ endpoint, counts: [...counts] })),
      others: rest.length > 0 ? { boards: rest.length, counts: this.#addUp(rest) } : null,
      endpoints: ranked.map(({ endpoint, total }) => ({ endpoint, total })),
    };
  }

  #addUp(boards: readonly { readonly counts: Float64Array }[]): number[] {
    const result = new Float64Array(this.#hours.length);
    for (const { counts } of boards) {
      for (let index = 0; index < counts.length; index++) result[index]! += counts[index]!;
    }
    return [...result];
  }
}

/** The boards whose name holds `match` (case aside), at most `limit` of them, in the order given. */
export function listBoards(boards: readonly BoardTotal[], match: string, limit: number): EndpointsAnswer {
  const wanted = match.toLowerCase();
  const found = boards.filter(({ endpoint }) => endpoint.toLowerCase().includes(wanted));
  return { endpoints: found.slice(0, limit), more: Math.max(0, found.length - limit) };
}

function sum(counts: Float64Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
