/**
 * Azure Monitor as a sink: a custom metric that adds up what it is told, so it is told increments, each at most once.
 *
 *   totals ─► refuse what is never taken ─► what is new since they were told? ─► remember it as told ─► send
 *
 * What surely did not arrive is forgotten again, and fails; what may have arrived fails as well, and stays remembered: shown once
 * or never. So the graph never shows more than was counted. What it shows is read back by read-back.ts.
 */
import { inParallel } from '../../../ingest/in-parallel.ts';
import type { PutResult, ReadableSink, RefusedCount } from '../../../ingest/sink.ts';
import type { HourlyCount } from '../../../ingest/store.ts';
import type { ToldMemory } from '../../../ingest/told.ts';
import { StoreError } from '../../../protocol/errors.ts';
import { Accounts, type Entry } from './accounts.ts';
import { bodyOf } from './body.ts';
import { type ReadOptions, readBack } from './read-back.ts';
import { refusalOf, stampOf } from './rules.ts';
import { type Outcome, type SendOptions, send } from './send.ts';

export interface MonitorOptions extends SendOptions, ReadOptions {
  readonly told: ToldMemory;
  /** Milliseconds since 1970 after which no new request begins; none unless told. */
  readonly deadline?: () => number;
  /** Milliseconds that a request may take; 8 s unless told. */
  readonly patienceMs?: number;
}

/** Series a request: with the longest names they are 1.7 MB, and Azure Monitor takes 4 MB. */
const SERIES_LIMIT = 1_000;
const REQUESTS_AT_ONCE = 4;
const PATIENCE_MS = 8_000;

/** A sink that owns `told`. Puts follow one another; of all processes, one at a time may put. */
export function azureMonitorSink(options: MonitorOptions): ReadableSink {
  let last: Promise<unknown> = Promise.resolve();
  let trouble: string | undefined;
  return {
    put(totals) {
      const done = last.then(async () => {
        const telling = new Telling(options);
        const result = await telling.tell(totals);
        trouble = telling.trouble;
        return result;
      });
      last = done.catch(() => undefined);
      return done;
    },
    trouble: () => trouble,
    readBack: (query) => readBack(query, options),
    async close() {
      await last;
      await options.told.close();
    },
  };
}

/** One put. */
class Telling {
  trouble: string | undefined;
  readonly #options: MonitorOptions;
  readonly #refused: RefusedCount[] = [];
  readonly #failed: HourlyCount[] = [];

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  async tell(totals: readonly HourlyCount[]): Promise<PutResult> {
    const good = greatest(totals).filter((count) => !this.#refuses(count));
    if (good.length > 0) await this.#tellAll(good);
    return { refused: this.#refused, failed: this.#failed };
  }

  #refuses(count: HourlyCount): boolean {
    const reason = refusalOf(count, this.#options.now());
    if (reason !== undefined) this.#refused.push({ count, reason });
    return reason !== undefined;
  }

  async #tellAll(counts: readonly HourlyCount[]): Promise<void> {
    const accounts = await this.#orFail(Accounts.read(this.#options.told, counts), counts);
    if (accounts === undefined) return;
    const entries = counts.map((count) => accounts.entryOf(count)).filter(({ increment }) => increment > 0);
    // Of an endpoint, one hour after the other: each changes what is remembered of it.
    for (const [hour, some] of Map.groupBy(entries, ({ count }) => count.hour)) {
      await inParallel(chunksOf(some), REQUESTS_AT_ONCE, (chunk) => this.#tellChunk(hour, chunk, accounts));
    }
  }

  async #tellChunk(hour: string, chunk: readonly Entry[], accounts: Accounts): Promise<void> {
    const counts = chunk.map(({ count }) => count);
    const stamp = stampOf(hour, this.#options.now());
    if (typeof stamp === 'string') this.#refused.push(...counts.map((count) => ({ count, reason: stamp })));
    else if (this.#leftMs() <= 0) this.#fail(counts, 'the time was up');
    else {
      const booked = await this.#orFail(
        accounts.book(chunk, stamp).then(() => true),
        counts,
      );
      if (booked === true) await this.#deliver(stamp, chunk, accounts);
    }
  }

  /** One that is wrong has all of a request refused: it is halved until that one stands alone. */
  async #deliver(stamp: number, entries: readonly Entry[], accounts: Accounts): Promise<void> {
    const outcome = await this.#send(stamp, entries);
    if (outcome.is === 'taken') return;
    const counts = entries.map(({ count }) => count);
    if (outcome.is === 'refused' && entries.length > 1) {
      const half = Math.ceil(entries.length / 2);
      await this.#deliver(stamp, entries.slice(0, half), accounts);
      await this.#deliver(stamp, entries.slice(half), accounts);
    } else if (outcome.is === 'unknown') {
      this.#fail(counts, `${outcome.why}; what it was told may be shown or not`);
    } else {
      const isForgotten = await this.#orFail(
        accounts.takeBack(entries).then(() => true),
        counts,
      );
      if (isForgotten !== true) return;
      if (outcome.is === 'not sent') this.#fail(counts, outcome.why);
      else this.#refused.push(...counts.map((count) => ({ count, reason: outcome.why })));
    }
  }

  #leftMs(): number {
    const { now, deadline, patienceMs = PATIENCE_MS } = this.#options;
    return Math.min(patienceMs, (deadline?.() ?? Number.POSITIVE_INFINITY) - now());
  }

  async #send(stamp: number, entries: readonly Entry[]): Promise<Outcome> {
    const left = this.#leftMs();
    if (left <= 0) return { is: 'not sent', why: 'the time was up' };
    return await send(bodyOf(stamp, entries), this.#options, AbortSignal.timeout(Math.ceil(left)));
  }

  /** Undefined, and these failed, if the memory of what was told cannot be had. */
  async #orFail<T>(work: Promise<T>, counts: readonly HourlyCount[]): Promise<T | undefined> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#fail(counts, `what Azure Monitor was told is not known: ${error.message}`);
      return undefined;
    }
  }

  #fail(counts: readonly HourlyCount[], why: string): void {
    this.trouble ??= why;
    this.#failed.push(...counts);
  }
}

/** Of each hour of an endpoint, the greatest total: it is the newest. */
function greatest(totals: readonly HourlyCount[]): HourlyCount[] {
  const newest = new Map<string, HourlyCount>();
  for (const total of totals) {
    const key = `${total.hour} ${total.endpoint}`;
    if (total.count > (newest.get(key)?.count ?? Number.NEGATIVE_INFINITY)) newest.set(key, total);
  }
  return [...newest.values()];
}

function chunksOf(entries: readonly Entry[]): Entry[][] {
  const chunks: Entry[][] = [];
  for (let at = 0; at < entries.length; at += SERIES_LIMIT) chunks.push(entries.slice(at, at + SERIES_LIMIT));
  return chunks;
}
