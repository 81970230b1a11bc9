/** Lets work begin: so many at once, and so many a second. The others wait, in their order. */

export interface GateParts {
  readonly atOnce: number;
  /** Infinity: as fast as it goes. */
  readonly perSecond: number;
  /** Milliseconds. */
  readonly now: () => number;
  /** Settles after so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
}

export class Gate {
  readonly #parts: GateParts;
  readonly #waiting: (() => void)[] = [];
  #free: number;
  #nextAt = Number.NEGATIVE_INFINITY;

  constructor(parts: GateParts) {
    this.#parts = parts;
    this.#free = parts.atOnce;
  }

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await this.#due();
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }

  async #due(): Promise<void> {
    const now = this.#parts.now();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + 1_000 / this.#parts.perSecond;
    if (at > now) await this.#parts.sleep(at - now);
  }
}
