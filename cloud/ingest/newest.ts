/** The newest totals that were told, of as many places as fit: an older one told later is not to take their place. */
export class Newest {
  readonly #most: number;
  readonly #totals = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Undefined if none was told, or so many of others since that it was forgotten. */
  get(key: string): number | undefined {
    return this.#totals.get(key);
  }

  set(key: string, total: number): void {
    this.#totals.delete(key);
    this.#totals.set(key, total);
    if (this.#totals.size <= this.#most) return;
    for (const oldest of this.#totals.keys()) {
      this.#totals.delete(oldest);
      break;
    }
  }
}
