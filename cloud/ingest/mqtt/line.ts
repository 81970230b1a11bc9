/**
 * Messages in line for the store, oldest first, and acknowledged in that order (MQTT 5, section 4.6).
 *
 *   add ─► waiting … ─► as many as fit, in one call of the store ─► acknowledged
 *                         └─ the store is down: the same again, after 1, 2, 4 ... 30 s
 *
 * Of a connection that is no more, what waits is forgotten: the broker sends it again. Of QoS 0 it would not, so that stays.
 */
import { StoreError } from '../../protocol/errors.ts';
import { type Body, takeTogether } from './take-together.ts';

export interface Arrived extends Body {
  /** It comes again if it is not acknowledged now: its connection is no more. */
  readonly isForgotten: () => boolean;
  readonly acknowledge: () => void;
}

export interface LineParts {
  readonly deps: Parameters<typeof takeTogether>[1];
  readonly retry: Retry;
  /** Waits; rejects or resolves early when the signal is given. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** What is not understood was set aside. */
  readonly onAside: (reasons: readonly string[]) => void;
  /** The store took nothing; `first`: for the first time since it did. */
  readonly onDown: (error: unknown, first: boolean) => void;
  /** It takes again. */
  readonly onUp: () => void;
}

/** Milliseconds to wait after the first failure, doubled after each, up to the longest. */
export interface Retry {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** The milliseconds after so many failures in a row, from 1. */
export function retryMs(failures: number, { firstMs, longestMs }: Retry): number {
  return Math.min(firstMs * 2 ** (failures - 1), longestMs);
}

/** Messages, and bytes of them, that wait before no more is read; and that one call of the store gets. */
const MOST_WAITING = 512;
export const MOST_TOGETHER = 256;
const MOST_BYTES = 64 * 1024 ** 2;

export class Line {
  readonly #parts: LineParts;
  readonly #stop = new AbortController();
  readonly #waiting: Arrived[] = [];
  #bytes = 0;
  #room = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;
  #failures = 0;
  /** After the room for what is not understood was full: one by one, so that what can be taken is. */
  #together = MOST_TOGETHER;

  constructor(parts: LineParts) {
    this.#parts = parts;
  }

  /** A message at the end. Resolves, or is undefined, when there is room for more. */
  add(arrived: Arrived): Promise<void> | undefined {
    this.#waiting.push(arrived);
    this.#bytes += arrived.payload.byteLength;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#isFull ? this.#room.promise : undefined;
  }

  /** Forgets what waits of connections that are no more. */
  tidy(): void {
    const kept = this.#waiting.filter((arrived) => !arrived.isForgotten());
    this.#waiting.splice(0, this.#waiting.length, ...kept);
    this.#bytes = kept.reduce((sum, { payload }) => sum + payload.byteLength, 0);
    this.#makeRoom();
  }

  /** Takes nothing any more; resolves when what is under way has ended. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#waiting.length = 0;
    this.#bytes = 0;
    this.#makeRoom();
  }

  get #isFull(): boolean {
    return this.#waiting.length >= MOST_WAITING || this.#bytes >= MOST_BYTES;
  }

  #makeRoom(): void {
    if (this.#isFull) return;
    this.#room.resolve();
    this.#room = Promise.withResolvers<void>();
  }

  async #run(): Promise<void> {
    // What came in the same read is here before the first is taken.
    await new Promise((resolve) => setImmediate(resolve));
    while (!this.#stop.signal.aborted) {
      const batch = this.#head();
      if (batch.length === 0) return;
      const error = await this.#take(batch);
      if (error === undefined) continue;
      this.#parts.onDown(error, this.#failures === 0);
      this.#failures += 1;
      if (error instanceof StoreError && error.code === 'ASIDE_FULL' && batch.length > 1) {
        this.#together = 1;
        continue;
      }
      const { sleep, retry } = this.#parts;
      await sleep(retryMs(this.#failures, retry), this.#stop.signal).catch(() => undefined);
      this.tidy();
    }
  }

  #head(): Arrived[] {
    let [many, bytes] = [0, 0];
    for (const { payload } of this.#waiting) {
      bytes += payload.byteLength;
      if (many >= this.#together || (many > 0 && bytes > MOST_BYTES)) break;
      many += 1;
    }
    return this.#waiting.slice(0, many);
  }

  /** The error, if the store did not take it. */
  async #take(batch: readonly Arrived[]): Promise<unknown> {
    try {
      const reasons = await takeTogether(batch, this.#parts.deps);
      if (reasons.length > 0) this.#parts.onAside(reasons);
    } catch (error) {
      return error ?? new Error('the store failed');
    }
    if (this.#failures > 0) this.#parts.onUp();
    this.#failures = 0;
    this.#together = MOST_TOGETHER;
    const taken = new Set(batch);
    for (const arrived of batch) arrived.acknowledge();
    // Some of them may have been forgotten meanwhile, and others come.
    const left = this.#waiting.filter((arrived) => !taken.has(arrived));
    this.#waiting.splice(0, this.#waiting.length, ...left);
    this.#bytes = left.reduce((sum, { payload }) => sum + payload.byteLength, 0);
    this.#makeRoom();
    return undefined;
  }
}
