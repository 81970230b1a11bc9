/** Requests to Firestore, each tried until it is answered or the time is up. */
import { Patience as AnyPatience, persist as persistAny } from '../../../ingest/patience.ts';
import { failureOf, Unanswered } from './failure.ts';

/** Requests under way at once. */
export const PARALLEL = 32;
/** Milliseconds that one may take. */
export const REQUEST_MS = 10_000;

/** Requests that were sent and have no answer, those that were given up among them. */
export class UnderWay {
  readonly #all = new Set<Promise<unknown>>();

  /** Rejects with Unanswered if it takes too long; whatever comes of it then is passed over. */
  async inTime<T>(answer: Promise<T>): Promise<T> {
    this.#all.add(answer);
    const forget = (): unknown => this.#all.delete(answer);
    answer.then(forget, forget);
    return await within(REQUEST_MS, answer);
  }

  /** Resolves when none is left: true, or false if that takes too long. */
  async end(): Promise<boolean> {
    const all = Promise.allSettled(this.#all);
    return await within(REQUEST_MS, all).then(
      () => true,
      () => false,
    );
  }
}

export class Patience extends AnyPatience {
  readonly #underWay: UnderWay;

  /** `deadline`: milliseconds since 1970, after which nothing more is begun. */
  constructor(now: () => number, deadline: number, underWay: UnderWay) {
    super({ now, deadline, of: 'Firestore' });
    this.#underWay = underWay;
  }

  /** What comes of a request that was sent once. Rejects with Unanswered if that takes too long. */
  inTime<T>(answer: Promise<T>): Promise<T> {
    return this.#underWay.inTime(answer);
  }
}

/** Sends what may be sent again without harm, until it is answered. */
export function persist<T>(send: () => Promise<T>, patience: Patience): Promise<T> {
  return persistAny(() => patience.inTime(send()), patience, failureOf);
}

async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unanswered('it did not answer in time')), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
