/**
 * Until when an invocation may begin new requests. One object lives as long as the warm function, and is set by each
 * invocation: Lambda gives a function one at a time.
 */

/** What of Lambda's context is needed. */
export interface RemainingTime {
  getRemainingTimeInMillis(): number;
}

/** Milliseconds of an invocation in which writes may begin; whoever sends gives up at 20 s. */
export const WRITING_MS = 15_000;
/** Milliseconds kept for what has begun, and for the answer. */
const RESERVE_MS = 3_000;

export class Deadline {
  #at = 0;

  /** Milliseconds since 1970. As a function, since that is what stores and clients are handed. */
  readonly at = (): number => this.#at;

  /** An invocation began at `now`. */
  begin(now: number, context: RemainingTime): void {
    this.#at = Math.min(now + WRITING_MS, now + context.getRemainingTimeInMillis() - RESERVE_MS);
  }
}
