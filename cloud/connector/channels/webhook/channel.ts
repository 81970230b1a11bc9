/**
 * Delivers one key's queue to its webhook, one message at a time, for as long as there is any sense in it.
 *
 *   next batch ─► PUT ─┬─ 200, 204 ─► acknowledged ─► next batch (both in one transaction)
 *                      └─ else ─► wait 1, 2, 4 ... 120 s ─► the same batch: the same bytes
 *   failing for 24 h, or no event for 48 h ─► removed, with what is queued
 *
 * The body is not kept while it waits: the queue gives the same batch again, also after a restart. Sources: Pelion OpenAPI of
 * 29 April 2020, `/v2/notification/callback`; Pelion Device Management's guide, "Event notification".
 */
import type { Events } from '../../events/open.ts';
import type { Batch } from '../../events/queue.ts';
import type { EventWorld } from '../../events/world.ts';
import { describeAnswer, isAcknowledged } from './answer.ts';
import { type AttemptFaults, send } from './attempt.ts';
import { bodyOf, wanted } from './body.ts';
import type { WebhookClient } from './client.ts';
import type { ChannelHooks, Removal } from './hooks.ts';
import { afterFailure, afterSuccess, newRecord, RECORD_KIND, type WebhookRecord, writeRecord } from './record.ts';
import { type WebhookSettings, waitMs } from './settings.ts';
import type { Webhook } from './webhook.ts';

export interface ChannelParts {
  readonly key: string;
  readonly events: Events;
  readonly world: EventWorld;
  readonly settings: WebhookSettings;
  readonly hooks: ChannelHooks;
  /** A client for a webhook, which is the channel's to close. */
  readonly clientFor: (webhook: Webhook) => WebhookClient;
  /** It removes itself: from here on it is no channel any more. */
  readonly onGone: () => void;
}

export type Doing = 'waiting for events' | 'sending' | 'waiting to try again';

/** Longer than any timer of Node's. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class WebhookChannel {
  readonly #parts: ChannelParts;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #record: WebhookRecord;
  #client: WebhookClient;
  /** The one with which an attempt is under way; another than `#client` if that has been replaced meanwhile. */
  #sending: WebhookClient | undefined;
  /** The life at which the failures in a row began, and at which the webhook was last replaced. */
  #failingSince: number;
  #replacedAt = 0;
  #doing: Doing = 'waiting for events';
  #nextAttemptMs: number | undefined;
  /** The message that is being tried, and how often it was. */
  #trying = { queue: 0, first: 0, tries: 0 };
  /** Ends a pause. */
  #wake: () => void = () => undefined;

  /** Begins to deliver. */
  constructor(parts: ChannelParts, record: WebhookRecord) {
    this.#parts = parts;
    this.#client = parts.clientFor(record);
    this.#record = record;
    this.#failingSince = parts.events.life.now() - record.failingMs;
    this.#ended = this.#run();
  }

  get record(): WebhookRecord {
    return this.#record;
  }

  get doing(): Doing {
    return this.#doing;
  }

  /** When it tries again, milliseconds since 1970; undefined: it is not waiting for that. */
  get nextAttemptMs(): number | undefined {
    return this.#nextAttemptMs;
  }

  /**
   * Goes on with another webhook, at once, as if there had been no failure. Resolves when that is on disk. StoreError
   * STORE_DOWN: it stays with the one it had.
   */
  async replace(webhook: Webhook): Promise<void> {
    const before = this.#record;
    this.#replacedAt = this.#parts.events.life.now();
    this.#use(newRecord(webhook, this.#parts.world.wall()));
    try {
      await this.#save();
    } catch (error) {
      this.#use(before);
      throw error;
    } finally {
      this.#wake();
    }
  }

  /** Ends, if an attempt is under way after it, but no later than in `graceMs`. What is queued stays, and the record too. */
  async stop(graceMs: number): Promise<void> {
    this.#stop.abort();
    this.#wake();
    const giveUp = (): void => this.#sending?.close();
    if (graceMs === 0) giveUp();
    const limit = this.#parts.world.after(graceMs, giveUp);
    await this.#ended;
    limit.cancel();
    this.#client.close();
  }

  #use(record: WebhookRecord): void {
    if (this.#client !== this.#sending) this.#client.close();
    this.#client = this.#parts.clientFor(record);
    this.#record = record;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        const wait = await this.#once();
        if (wait === 'removed') return;
        await this.#pause(wait);
      } catch (error) {
        this.#problem(error);
        await this.#pause(this.#parts.settings.firstWaitMs);
      }
    }
  }

  /** One attempt, as soon as there is something to send; gives how long to wait after it. */
  async #once(): Promise<number | 'removed'> {
    const batch = await this.#next();
    if (batch !== undefined) return await this.#deliver(batch);
    if (this.#stop.signal.aborted || this.#idleMs() < this.#parts.settings.removedAfterIdleMs) return 0;
    return await this.#remove('idle');
  }

  /** Undefined: it was stopped, or there was nothing for a long time. */
  async #next(): Promise<Batch | undefined> {
    const { events, key, settings, world } = this.#parts;
    this.#doing = 'waiting for events';
    const end = new AbortController();
    const giveUp = (): void => end.abort();
    const left = Math.max(0, settings.removedAfterIdleMs - this.#idleMs());
    const timer = world.after(Math.min(left, LONGEST_TIMER_MS), giveUp);
    this.#stop.signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await events.queue.next(key, wanted(this.#record, settings), end.signal);
    } finally {
      timer.cancel();
      this.#stop.signal.removeEventListener('abort', giveUp);
    }
  }

  #idleMs(): number {
    const { events, key } = this.#parts;
    const now = events.life.now();
    return now - Math.max(events.queue.numbers(key)?.fedLifeMs ?? now, this.#replacedAt);
  }

  async #deliver(batch: Batch): Promise<number | 'removed'> {
    const { key, world, hooks } = this.#parts;
    const client = this.#client;
    const body = bodyOf(batch, this.#record);
    const faults = this.#faultsFor(batch);
    const began = world.now();
    this.#doing = 'sending';
    this.#sending = client;
    try {
      const answer = await send(client, body, faults);
      const attempted = { key, events: batch.events.length, bytes: body.length, answer, tookMs: world.now() - began };
      const tell = (wait: number | undefined): void => hooks.onAttempt?.({ ...attempted, waitMs: wait });
      if (isAcknowledged(answer)) {
        const saved = this.#acknowledged(batch, client);
        tell(undefined);
        if (faults.redeliver === true) await saved.then(() => client.put(body));
        // Not waited for: the next batch is asked for at once, and so in the same transaction.
        else saved.catch((error: unknown) => this.#problem(error));
        return 0;
      }
      if (this.#stop.signal.aborted) return 0;
      if (client !== this.#client) {
        tell(0);
        return 0;
      }
      const wait = this.#failed(describeAnswer(answer));
      tell(wait);
      if (wait === undefined) return await this.#remove('failing');
      await this.#save();
      return client === this.#client ? wait : 0;
    } finally {
      this.#sending = undefined;
      if (client !== this.#client) client.close();
    }
  }

  #faultsFor({ queue, first, through, events }: Batch): AttemptFaults {
    const isSame = this.#trying.queue === queue && this.#trying.first === first;
    const tries = isSame ? this.#trying.tries + 1 : 0;
    this.#trying = { queue, first, tries };
    const { key, hooks } = this.#parts;
    return hooks.before?.({ key, first, through, events: events.length, tries }) ?? {};
  }

  async #acknowledged(batch: Batch, client: WebhookClient): Promise<void> {
    const { events, key, world } = this.#parts;
    const acknowledged = events.queue.acknowledge(key, batch);
    if (client !== this.#client) return await acknowledged;
    this.#record = afterSuccess(this.#record, world.wall());
    await Promise.all([acknowledged, this.#save()]);
  }

  /** How long to wait; undefined: it has failed for too long. */
  #failed(text: string): number | undefined {
    const { events, settings, world } = this.#parts;
    if (this.#record.failures === 0) this.#failingSince = events.life.now();
    const failingMs = events.life.now() - this.#failingSince;
    this.#record = afterFailure(this.#record, failingMs, { text, atMs: world.wall() });
    return failingMs >= settings.removedAfterFailingMs ? undefined : waitMs(this.#record.failures, settings);
  }

  async #pause(ms: number): Promise<void> {
    if (ms === 0 || this.#stop.signal.aborted) return;
    const { world } = this.#parts;
    this.#doing = 'waiting to try again';
    this.#nextAttemptMs = world.wall() + ms;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = world.after(ms, resolve);
    this.#wake = resolve;
    await promise;
    timer.cancel();
    this.#nextAttemptMs = undefined;
  }

  async #save(): Promise<void> {
    await this.#parts.events.records.save(RECORD_KIND, this.#parts.key, writeRecord(this.#record));
  }

  async #remove(why: Removal): Promise<'removed'> {
    const { events, key, hooks } = this.#parts;
    this.#stop.abort();
    this.#client.close();
    this.#parts.onGone();
    const [lost] = await Promise.all([events.queue.forget(key), events.records.delete(RECORD_KIND, key)]);
    hooks.onRemoved?.(key, why, lost);
    return 'removed';
  }

  #problem(error: unknown): void {
    this.#parts.hooks.onProblem?.(this.#parts.key, error);
  }
}
