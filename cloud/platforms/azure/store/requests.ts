/** Requests to the table, each tried until it is answered or the time is up. */
import { Patience as AnyPatience, persist as persistAny } from '../../../ingest/patience.ts';
import { StoreError } from '../../../protocol/errors.ts';
import { failureOf, storeDown } from './failure.ts';

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

/** The same of what no condition can refuse: a refusal is that there is no such table. StoreError. */
export async function demand<T>(send: () => Promise<T>, patience: Patience): Promise<T> {
  try {
    return await persist(send, patience);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw storeDown(error);
  }
}
