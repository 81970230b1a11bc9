/** A clock for tests of what waits for minutes: sleeping moves it on. */
import { HOUR_MS } from '../../../../../cloud/protocol/hour.ts';

/** The hour in which the tests began. */
export const PRESENT = Date.now() - (Date.now() % HOUR_MS);

export class Clock {
  #now: number;
  slept = 0;

  constructor(now: number = PRESENT + 10 * 60_000 + 7_000) {
    this.#now = now;
  }

  readonly now = (): number => this.#now;

  readonly sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    this.slept += ms;
    this.#now += ms;
  };

  /** Time goes by. */
  pass(ms: number): void {
    this.#now += ms;
  }
}
