/**
 * Keeps a webhook registered: services drop it after a day of failures, after 48 h without events, or when another
 * program with the same key registers its own. ARM's own receiver looks once a minute, and so does this.
 */
import { OutsideError } from '../../protocol/errors.ts';
import { getCallback, putCallback, type Registered } from './callback.ts';
import { type Callback, type Registration, sameCallback, secretsOf } from './registration.ts';
import type { Service } from './service.ts';
import { ServiceError } from './service-error.ts';

export interface Ensured {
  /** What was found: as it should be, nothing, or something else. */
  readonly found: 'same' | 'missing' | 'different';
  /** What something else was. */
  readonly before: Callback | undefined;
  /** How it was registered now; undefined: it did not have to be. */
  readonly registered: Registered | undefined;
  /** What the service says of this registration, to be given next time: it may not tell header values as they are. */
  readonly echo: Callback | undefined;
}

/** Looks, and registers where it has to. `echo` is the one of the time before. */
export async function ensureCallback(service: Service, wanted: Registration, echo?: Callback): Promise<Ensured> {
  const secrets = secretsOf(wanted);
  const current = await getCallback(service, secrets);
  if (current !== undefined && [wanted, ...(echo ? [echo] : [])].some((known) => sameCallback(known, current))) {
    return { found: 'same', before: undefined, registered: undefined, echo };
  }
  const registered = await putCallback(service, wanted);
  const found = current === undefined ? 'missing' : 'different';
  return { found, before: current, registered, echo: await getCallback(service, secrets) };
}

export interface KeepOptions {
  /** One look, and what follows from it. */
  readonly look: () => Promise<void>;
  /** Milliseconds from one look to the next. */
  readonly everyMs: number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly stop: AbortSignal;
  /** A look failed; the next one is in so many milliseconds. */
  readonly onTrouble: (error: OutsideError, waitMs: number) => void;
}

const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 120_000;

/**
 * Looks again and again until `stop`. What fails is tried again after 10, 20, 30 … s, 120 s at most: a watch that ends
 * at the service's first bad day is none. Only before the first success does an error that will not pass end it.
 */
export async function keepLooking({ look, everyMs, sleep, stop, onTrouble }: KeepOptions): Promise<void> {
  for (let [succeeded, failures] = [false, 0]; !stop.aborted; ) {
    try {
      await look();
      [succeeded, failures] = [true, 0];
    } catch (error) {
      if (stop.aborted) return;
      const passing = error instanceof ServiceError ? error.passing : false;
      if (!(error instanceof OutsideError) || !(succeeded || passing)) throw error;
      failures += 1;
      onTrouble(error, waitAfter(failures));
    }
    await sleepOrStop(failures === 0 ? everyMs : waitAfter(failures), sleep, stop);
  }
}

function waitAfter(failures: number): number {
  return Math.min(failures * FIRST_WAIT_MS, LONGEST_WAIT_MS);
}

/** A sleep that is broken off by `stop` is over. */
async function sleepOrStop(ms: number, sleep: KeepOptions['sleep'], stop: AbortSignal): Promise<void> {
  try {
    await sleep(ms, stop);
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}
