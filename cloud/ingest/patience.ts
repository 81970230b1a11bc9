/**
 * Requests to a cloud's table, each tried until it is answered or the time is up, with waits that grow and differ.
 *
 * What an error means is said by each cloud's own table of them (`Failure`).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../protocol/errors.ts';

/**
 *   refused     the condition did not hold
 *   busy        nothing was done, the same may be tried later
 *   unknown     no answer: it may have been done
 *   hopeless    no later try will do: no such table, no permission
 */
export type Failure =
  | { readonly kind: 'refused' | 'busy' | 'unknown' }
  | { readonly kind: 'hopeless'; readonly error: StoreError };

/** Waits, milliseconds: a random one up to the first, doubled each time, up to the longest. */
const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 1_000;

export interface PatienceOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds since 1970 after which nothing more is begun. */
  readonly deadline: number;
  /** What is waited for, as people call it. */
  readonly of: string;
}

export class Patience {
  readonly #options: PatienceOptions;
  #tries = 0;

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /** StoreError STORE_DOWN if the time is up. */
  check(cause?: unknown): void {
    const { now, deadline, of } = this.#options;
    if (now() < deadline) return;
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    throw new StoreError('STORE_DOWN', `${of} did not take everything in time${why}`, 'Send it again.', { cause });
  }

  /** Waits before another try; StoreError STORE_DOWN if that would be too late. */
  async wait(cause: unknown): Promise<void> {
    const limit = Math.min(FIRST_WAIT_MS * 2 ** this.#tries, LONGEST_WAIT_MS);
    this.#tries += 1;
    await sleep(limit * Math.random());
    this.check(cause);
  }
}

/** Sends what may be sent again without harm, until it is answered; rejects with the error itself where a condition refused it. */
export async function persist<T>(
  send: () => Promise<T>,
  patience: Patience,
  failureOf: (error: unknown) => Failure,
): Promise<T> {
  for (;;) {
    patience.check();
    let cause: unknown;
    try {
      return await send();
    } catch (error) {
      cause = error;
    }
    const failure = failureOf(cause);
    if (failure.kind === 'hopeless') throw failure.error;
    if (failure.kind === 'refused') throw cause;
    await patience.wait(cause);
  }
}
