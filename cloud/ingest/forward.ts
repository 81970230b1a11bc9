/**
 * A forwarder: has a sink told what changes in a store, for as long as it runs.
 *
 *   look (each second) ─► sweep ─┬─ all told ─► look again
 *                                └─ the sink or the outbox is down ─► wait 1, 2, 4 … 60 s ─► look again
 *
 * What the sink does not take stays in the outbox, for a day or for a month. The log says once that the sink is down and
 * once that it is up again, and of each board that the sink refuses once why.
 */
import { StoreError } from '../protocol/errors.ts';
import type { Outbox } from './outbox.ts';
import type { RefusedCount, Sink } from './sink.ts';
import type { SinkStatus } from './sink-metrics.ts';
import { type Swept, sweep } from './sweep.ts';

export interface ForwardLog {
  warn(fields: object, text: string): void;
}

export interface ForwarderOptions {
  readonly outbox: Outbox;
  readonly sink: Sink;
  /** What the log calls the sink. */
  readonly name: string;
  readonly log: ForwardLog;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Rejects when the signal is given. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds between looks; 1 s unless told. */
  readonly everyMs?: number;
  readonly batch?: number;
  /** Told what the sink will never take, before it is forgotten here. StoreError: it stays, and is told again. */
  readonly onRefused?: (refused: readonly RefusedCount[]) => void;
}

const EVERY_MS = 1_000;
const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [1_000, 60_000];
/** Boards whose refusal is said by name; what is refused of more is only counted. */
const MOST_NAMED = 1_000;

export class Forwarder implements SinkStatus {
  /** Hours told and refused so far. */
  told = 0;
  refused = 0;
  readonly #options: ForwarderOptions;
  readonly #end = new AbortController();
  readonly #named = new Set<string>();
  readonly #done: Promise<void>;
  #failures = 0;
  /** Everything that had changed by then is told. */
  #toldUpTo: number;
  /** Looks that began, and those that found nothing more. */
  #look = 0;
  #waiting: { readonly since: number; readonly resolve: () => void }[] = [];
  #nap = new AbortController();

  /** Begins at once. */
  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#toldUpTo = options.now();
    this.#done = this.#run();
  }

  /** Whether the sink took all that it was told last. */
  get isUp(): boolean {
    return this.#failures === 0;
  }

  get behindMs(): number {
    return Math.max(0, this.#options.now() - this.#toldUpTo);
  }

  /** Resolves when nothing that changed before this call is pending, or the forwarder was closed. */
  settled(): Promise<void> {
    if (this.#end.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      // Only a look that begins after this call saw all that was there before it.
      this.#waiting.push({ since: this.#look, resolve });
      this.#nap.abort();
    });
  }

  /** Ends after what is under way, and closes the outbox and the sink. */
  async close(): Promise<void> {
    this.#end.abort();
    this.#nap.abort();
    await this.#done;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
    await this.#options.outbox.close();
    await this.#options.sink.close();
  }

  async #run(): Promise<void> {
    const { everyMs = EVERY_MS } = this.#options;
    while (!this.#end.signal.aborted) {
      // Made before the look: whoever asks during it is not slept over.
      this.#nap = new AbortController();
      this.#look += 1;
      const isEmpty = await this.#sweep();
      if (isEmpty) this.#settle();
      const waitMs = this.#failures === 0 ? everyMs : this.#backOff();
      if (isEmpty || this.#failures > 0) await this.#sleep(waitMs);
    }
  }

  async #sweep(): Promise<boolean> {
    const { sink, batch, onRefused } = this.#options;
    try {
      const goesOn = (): boolean => !this.#end.signal.aborted;
      const swept = await sweep(this.#watched(), sink, {
        goesOn,
        ...(batch === undefined ? {} : { batch }),
        ...(onRefused === undefined ? {} : { onRefused }),
      });
      this.told += swept.told;
      this.refused += swept.refused.length;
      this.#say(swept);
      return swept.isEmpty;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#failed({ err: error }, 'what it is to be told cannot be read');
      return false;
    }
  }

  /** The outbox, and a look at the clock with it: a busy store's is never empty, and yet all of some moment is told. */
  #watched(): Pick<Outbox, 'pending' | 'confirm'> {
    const { outbox, now } = this.#options;
    let read = { at: 0, open: 0, isAll: false };
    const told = (count: number): void => {
      if (read.isAll && count === read.open) this.#toldUpTo = read.at;
    };
    return {
      pending: async (limit) => {
        const at = now();
        const found = await outbox.pending(limit);
        read = { at, open: found.length, isAll: found.length < limit };
        if (found.length === 0) told(0);
        return found;
      },
      confirm: async (confirmed) => {
        await outbox.confirm(confirmed);
        told(confirmed.length);
      },
    };
  }

  #say({ failed, refused }: Swept): void {
    const { log, name } = this.#options;
    if (failed > 0) this.#failed({ hours: failed }, this.#options.sink.trouble?.() ?? 'it does not take them');
    else if (this.#failures > 0) {
      log.warn({ sink: name, times: this.#failures }, 'the sink is told again');
      this.#failures = 0;
    }
    for (const { count, reason } of refused) this.#sayRefused({ count, reason });
  }

  #failed(fields: object, why: string): void {
    const { log, name } = this.#options;
    if (this.#failures === 0) log.warn({ sink: name, ...fields }, `counts wait for the sink: ${why}`);
    this.#failures += 1;
  }

  #sayRefused({ count: { endpoint, hour }, reason }: RefusedCount): void {
    if (this.#named.has(endpoint) || this.#named.size >= MOST_NAMED) return;
    this.#named.add(endpoint);
    this.#options.log.warn(
      { sink: this.#options.name, endpoint, hour, reason },
      'the sink refuses a count; the store has it',
    );
  }

  #backOff(): number {
    return Math.min(FIRST_WAIT_MS * 2 ** Math.min(this.#failures - 1, 10), LONGEST_WAIT_MS);
  }

  async #sleep(ms: number): Promise<void> {
    const signal = AbortSignal.any([this.#end.signal, this.#nap.signal]);
    if (signal.aborted) return;
    await this.#options.sleep(ms, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  #settle(): void {
    const isOver = (one: { readonly since: number }): boolean => one.since < this.#look;
    for (const { resolve } of this.#waiting.filter(isOver)) resolve();
    this.#waiting = this.#waiting.filter((one) => !isOver(one));
    // Asked for during the look: look again at once.
    if (this.#waiting.length > 0) this.#nap.abort();
  }
}
