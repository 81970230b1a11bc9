/** Requests to the table, each tried until it is answered or the time is up. */
import { Patience as AnyPatience, persist as persistAny } from '../../../ingest/patience.ts';
import { failureOf } from './failure.ts';

/** Requests under way at once. */
export const PARALLEL = 32;

export class Patience extends AnyPatience {
  /** `deadline`: milliseconds since 1970, after which nothing more is begun. */
  constructor(now: () => number, deadline: number) {
    super({ now, deadline, of: 'Table storage' });
  }
}

/** Sends what may be sent again without harm, until it is answered. */
export function persist<T>(send: () => Promise<T>, patience: Patience): Promise<T> {
  return persistAny(send, patience, failureOf);
}
