/** Presses by endpoint and hour, and nothing for each press: ten million cost no more than ten. */

export interface HourCount {
  readonly endpoint: string;
  /** `YYYY-MM-DD HH:00:00`, UTC. */
  readonly hour: string;
  readonly count: number;
}

export class Tally {
  readonly #hours = new Map<string, Map<string, number>>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  add(endpoint: string, hour: string, n: number): void {
    const counts = this.#hours.get(hour) ?? new Map<string, number>();
    this.#hours.set(hour, counts);
    counts.set(endpoint, (counts.get(endpoint) ?? 0) + n);
    this.#total += n;
  }

  get(endpoint: string, hour: string): number {
    return this.#hours.get(hour)?.get(endpoint) ?? 0;
  }

  /** In order of hour, then endpoint. */
  counts(): HourCount[] {
    return [...this.#hours]
      .sort(([a], [b]) => compareText(a, b))
      .flatMap(([hour, counts]) =>
        [...counts].sort(([a], [b]) => compareText(a, b)).map(([endpoint, count]) => ({ endpoint, hour, count })),
      );
  }
}

/** By UTF-16 units: the same order on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
