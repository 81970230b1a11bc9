/**
 * Requests to the table: each tried until it is answered or the time is up.
 *
 * Only what has no effect twice is repeated here: reads, and writes that nobody else's are mixed with. Writes under a
 * condition are repeated where it is known what to look at again (counter.ts).
 */
import { Patience as AnyPatience, persist as persistAny } from '../../../ingest/patience.ts';
import { failureOf } from './failure.ts';

export class Patience extends AnyPatience {
  /** `deadline`: milliseconds since 1970, after which nothing more is begun. */
  constructor(now: () => number, deadline: number) {
    super({ now, deadline, of: 'DynamoDB' });
  }
}

/** Sends what may be sent again without harm, until it is answered. */
export function persist<T>(send: () => Promise<T>, patience: Patience): Promise<T> {
  return persistAny(send, patience, failureOf);
}
