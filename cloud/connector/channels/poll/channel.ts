/**
 * Hands one key's queue to whoever asks for it, one GET at a time.
 *
 *   GET ─► next batch ─┬─ there, or comes in time ─► 200 ─┬─ delivered ─► acknowledged
 *                      │                                  └─ broken off ─► the same batch with the next GET
 *                      └─ nothing in time ─► 204
 *
 * The services gave what they sent for received: what was lost with a connection was lost. Here it comes again.
 */
import type { Timer } from '../../../protocol/coap/world.ts';
import type { Dialect } from '../../../protocol/notification/message.ts';
import type { Events } from '../../events/open.ts';
import type { Batch } from '../../events/queue.ts';
import type { EventWorld } from '../../events/world.ts';
import type { PollSettings } from '../settings.ts';
import { bodyOf, wanted } from '../webhook/body.ts';
import { CONFLICT, NOTHING, type PollAnswer, type PollEvents, type PollHow } from './answer.ts';

export interface PollChannelParts {
  readonly key: string;
  readonly events: Events;
  readonly world: EventWorld;
  readonly settings: PollSettings;
  readonly dialect: Dialect;
  readonly onProblem: (problem: unknown) => void;
  /** Nobody has asked for too long. */
  readonly onIdle: () => void;
}

export type PollDoing = 'a GET is open' | 'answering a GET' | 'no GET is open';

/** A GET that waits. */
interface Visit {
  readonly stop: AbortController;
  /** What it is answered with if it is stopped, or there is nothing. */
  answer: PollAnswer;
  isStopped: boolean;
}

/** No timer of Node's is longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class PollChannel {
  readonly #parts: PollChannelParts;
  #waiting: Visit | undefined;
  /** Settles when the answer that is being handed over is through, or has failed. */
  #answering: Promise<void> | undefined;
  #ended: PollAnswer | undefined;
  #idle: Timer | undefined;

  constructor(parts: PollChannelParts) {
    this.#parts = parts;
    this.#idleLater();
  }

  get doing(): PollDoing {
    if (this.#answering !== undefined) return 'answering a GET';
    return this.#waiting === undefined ? 'no GET is open' : 'a GET is open';
  }

  /** `ready`: what has to be on disk first. Rejects with it, or StoreError STORE_DOWN. */
  async ask(how: PollHow, ready: Promise<unknown>): Promise<PollAnswer> {
    // A client has an answer, and may ask again, a moment before we know that it has it.
    while (this.#answering !== undefined) await this.#answering;
    if (this.#ended !== undefined || how.signal.aborted) return this.#ended ?? NOTHING;
    if (this.#waiting !== undefined && this.#parts.settings.isExclusive) return CONFLICT;
    this.stopWaiting(NOTHING);
    const visit: Visit = { stop: new AbortController(), answer: NOTHING, isStopped: false };
    this.#waiting = visit;
    this.#idle?.cancel();
    try {
      await ready;
      const batch = await this.#next(visit, how);
      // Stopped in the same moment: the batch is held, and whoever is next gets it.
      if (batch === undefined || visit.isStopped || how.signal.aborted) return visit.answer;
      return this.#answer(batch, how.signal);
    } finally {
      if (this.#waiting === visit) {
        this.#waiting = undefined;
        this.#idleLater();
      }
    }
  }

  /** The GET that waits, if there is one, is answered with this now. */
  stopWaiting(answer: PollAnswer): void {
    if (this.#waiting === undefined) return;
    this.#waiting.answer = answer;
    this.#waiting.isStopped = true;
    this.#waiting.stop.abort();
  }

  /** It is no channel any more: this is the answer to all GETs. */
  end(answer: PollAnswer): void {
    this.#ended = answer;
    this.#idle?.cancel();
    this.stopWaiting(answer);
  }

  async #next(
    { stop }: Visit,
    { noWait, waitMs = this.#parts.settings.waitMs, signal }: PollHow,
  ): Promise<Batch | undefined> {
    const { events, key, settings, world } = this.#parts;
    if (stop.signal.aborted || signal.aborted) return undefined;
    if (noWait && (events.queue.numbers(key)?.events ?? 0) === 0) return undefined;
    const giveUp = (): void => stop.abort();
    const limit = noWait ? undefined : world.after(Math.min(waitMs, LONGEST_TIMER_MS), giveUp);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      const next = events.queue.next(key, wanted(settings, settings), stop.signal);
      if (noWait) {
        // In the same transaction, behind it: if there is a batch, it has been given now.
        await events.queue.touch(key).catch(() => undefined);
        stop.abort();
      }
      return await next;
    } finally {
      limit?.cancel();
      signal.removeEventListener('abort', giveUp);
    }
  }

  #answer(batch: Batch, signal: AbortSignal): PollEvents {
    const { events, key, settings, world, dialect, onProblem } = this.#parts;
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = (): void => {
      limit.cancel();
      signal.removeEventListener('abort', done);
      if (this.#answering === promise) this.#answering = undefined;
      this.#idleLater();
      resolve();
    };
    const limit = world.after(settings.answerMs, done);
    signal.addEventListener('abort', done, { once: true });
    this.#answering = promise;
    return {
      status: 200,
      body: bodyOf(batch, { dialect }),
      events: batch.events.length,
      delivered: async () => {
        const acknowledged = events.queue.acknowledge(key, batch);
        done();
        await acknowledged.catch(onProblem);
      },
      failed: done,
    };
  }

  #idleLater(): void {
    this.#idle?.cancel();
    if (this.#ended !== undefined || this.#waiting !== undefined || this.#answering !== undefined) return;
    const { world, settings, onIdle } = this.#parts;
    if (settings.removedAfterIdleMs > LONGEST_TIMER_MS) return;
    this.#idle = world.after(settings.removedAfterIdleMs, onIdle);
  }
}
