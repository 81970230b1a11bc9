/**
 * Requests to the table: each tried until it is answered or the time is up, with waits that grow and differ.
 *
 * Only what has no effect twice is repeated here: reads, and writes that nobody else's are mixed with. Writes under a
 * condition are repeated where it is known what to look at again (counter.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../../../protocol/errors.ts';
import { type Failure, failureOf, storeDown } from './failure.ts';

/** Waits, milliseconds: a random one up to the first, doubled each time, up to the longest. */
const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 1_000;

export class Patience {
  readonly #now: () => number;
  readonly #deadline: number;
  #tries = 0;

  /** `deadline`: milliseconds since 1970, after which nothing more is begun. */
  constructor(now: () => number, deadline: number) {
    [this.#now, this.#deadline] = [now, deadline];
  }

  /** StoreError STORE_DOWN if the time is up. */
  check(cause?: unknown): void {
    if (this.#now() < this.#deadline) return;
    const why = cause === undefined ? '' : `: ${storeDown(cause).message}`;
    throw new StoreError('STORE_DOWN', `DynamoDB did not take everything in time${why}`, 'Send it again.', { cause });
  }

  /** Waits before another try; StoreError STORE_DOWN if that would be too late. */
  async wait(cause: unknown): Promise<void> {
    const limit = Math.min(FIRST_WAIT_MS * 2 ** this.#tries, LONGEST_WAIT_MS);
    this.#tries += 1;
    await sleep(limit * Math.random());
    this.check(cause);
  }
}

/** Sends what may be sent again without harm, until it is answered. */
export async function persist<T>(send: () => Promise<T>, patience: Patience): Promise<T> {
  for (;;) {
    patience.check();
    let failure: Failure;
    let cause: unknown;
    try {
      return await send();
    } catch (error) {
      [failure, cause] = [failureOf(error), error];
    }
    if (failure.kind === 'hopeless') throw failure.error;
    if (failure.kind === 'refused') throw cause;
    await patience.wait(cause);
  }
}
