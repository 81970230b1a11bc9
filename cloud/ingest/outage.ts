/**
 * What the log says of a store that fails: the first failure, then one line a minute with their number, and once that it answers again.
 * Senders try again and again, and each failure is the same news.
 */
import type { Logger } from 'pino';
import type { StoreError } from '../protocol/errors.ts';

const SAID_EACH_MS = 60_000;

interface Failing {
  times: number;
  saidAt: number;
}

export class Outage {
  readonly #log: Pick<Logger, 'error' | 'warn'>;
  /** Milliseconds. */
  readonly #now: () => number;
  readonly #failing = new Map<string, Failing>();

  constructor(log: Pick<Logger, 'error' | 'warn'>, now: () => number) {
    [this.#log, this.#now] = [log, now];
  }

  failed({ code, fix, message }: StoreError): void {
    const now = this.#now();
    const failing = this.#failing.get(code) ?? { times: 0, saidAt: Number.NEGATIVE_INFINITY };
    this.#failing.set(code, failing);
    failing.times += 1;
    if (now - failing.saidAt < SAID_EACH_MS) return;
    failing.saidAt = now;
    this.#log.error({ code, fix, ...(failing.times === 1 ? {} : { times: failing.times }) }, message);
  }

  /** The store did what it was asked. */
  over(): void {
    const { times } = this.#failing.get('STORE_DOWN') ?? {};
    if (times === undefined) return;
    this.#failing.delete('STORE_DOWN');
    this.#log.warn({ times }, 'the store answers again');
  }
}
