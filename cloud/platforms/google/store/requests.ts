/** Requests to Firestore, each tried until it is answered or the time is up. */
import { Patience as AnyPatience, persist as persistAny } from '../../../ingest/patience.ts';
import { failureOf, Unanswered } from './failure.ts';

/** Requests under way at once. */
export const PARALLEL = 32;
/** Milliseconds that one may take: the library itself would wait for minutes. */
const REQUEST_MS = 10_000;

export class Patience extends AnyPatience {
  /** `deadline`: milliseconds since 1970, after which nothing more is begun. */
  constructor(now: () => number, deadline: number) {
    super({ now, deadline, of: 'Firestore' });
  }
}

/** Sends what may be sent again without harm, until it is answered. */
export function persist<T>(send: () => Promise<T>, patience: Patience): Promise<T> {
  return persistAny(() => inTime(send()), patience, failureOf);
}

/** Rejects with Unanswered if it takes too long; whatever comes of it then is passed over. */
export async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unanswered('it did not answer in time')), REQUEST_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
