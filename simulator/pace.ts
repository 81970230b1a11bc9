/**
 * Virtual time, paced by real time: it never runs ahead, and may lag behind and catch up.
 *
 * Milliseconds since the run began. Waits happen in it; what the network takes does not, so that a run is the same on a
 * slow machine as on a fast one.
 */

export interface PaceParts {
  /** Milliseconds, real. */
  readonly now: () => number;
  /** Settles after so many milliseconds, or as soon as the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Lives through virtual time up to this moment. */
  readonly advance: (to: number) => void;
}

/** No step lives through more than this, so that one who is far behind does not keep the machine to itself. */
const STEP_MS = 1_000;
/** No sleep is longer, so that whoever watches is heard. */
const LONGEST_SLEEP_MS = 250;

export class Pace {
  readonly #parts: PaceParts;
  readonly #zero: number;
  #at = 0;

  constructor(parts: PaceParts) {
    this.#parts = parts;
    this.#zero = parts.now();
  }

  /** Virtual time. */
  get at(): number {
    return this.#at;
  }

  /** Real time since the run began: where virtual time could be. */
  get elapsed(): number {
    return this.#parts.now() - this.#zero;
  }

  /**
   * Goes towards `target`, by one step or one sleep; true when it is there and `notBefore` (real, since the run began)
   * has passed too.
   */
  async approach(target: number, notBefore: number, signal: AbortSignal): Promise<boolean> {
    const { elapsed } = this;
    const reachable = Math.min(elapsed, target);
    const to = Math.min(reachable, this.#at + STEP_MS);
    if (to > this.#at) {
      this.#at = to;
      this.#parts.advance(to);
    }
    const left = Math.max(target - elapsed, notBefore - elapsed, 0);
    if (left === 0 && this.#at >= target) return true;
    await this.#sleep(this.#at < reachable ? 0 : Math.min(left, LONGEST_SLEEP_MS), signal);
    return false;
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#parts.sleep(ms, signal);
    } catch (error) {
      // Sleeps of node:timers/promises reject when they are cut short.
      if (!signal.aborted) throw error;
    }
  }
}
