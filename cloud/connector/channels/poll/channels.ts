/**
 * All long polls of a connector: one a key, made by its first GET, there again after a restart.
 *
 *   GET ─► made, on disk ─► asked (channel.ts) ─► ... nobody asks for 10 minutes ─► removed, with what is queued
 *   DELETE ─► removed, with what is queued ─► for 2 minutes a GET is 410: a client that did not notice makes no new one
 *
 * Source: Pelion OpenAPI of 29 April 2020, `/v2/notification/pull`.
 */
import type { Dialect } from '../../../protocol/notification/message.ts';
import type { Events } from '../../events/open.ts';
import type { EventWorld } from '../../events/world.ts';
import type { KindHooks } from '../removal.ts';
import type { PollSettings } from '../settings.ts';
import { DELETED, NOTHING, type PollAnswer, type PollHow } from './answer.ts';
import { PollChannel, type PollDoing } from './channel.ts';

export interface PollOptions {
  readonly events: Events;
  readonly world: EventWorld;
  readonly settings: PollSettings;
  /** How the events are spelt: a GET has no way to say. */
  readonly dialect: Dialect;
  readonly hooks: KindHooks;
}

export interface PollState {
  readonly sinceMs: number;
  readonly doing: PollDoing;
}

interface Entry {
  readonly channel: PollChannel;
  readonly sinceMs: number;
  /** It is on disk. */
  readonly ready: Promise<unknown>;
}

/** The kind under which ChannelRecords keeps them. */
export const RECORD_KIND = 'poll';

export class PollChannels {
  readonly #options: PollOptions;
  readonly #entries = new Map<string, Entry>();
  /** Until when, on the steady clock, a GET makes no channel. */
  readonly #deletedUntil = new Map<string, number>();
  #isClosed = false;

  /** Goes on with those that were there before: as if they had been asked just now. */
  constructor(options: PollOptions) {
    this.#options = options;
    for (const [key, text] of options.events.records.load(RECORD_KIND)) {
      const { sinceMs }: { sinceMs: number } = JSON.parse(text);
      this.#entries.set(key, { channel: this.#channelOf(key), sinceMs, ready: Promise.resolve() });
    }
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  keys(): string[] {
    return [...this.#entries.keys()];
  }

  /** One GET. StoreError STORE_DOWN if the channel cannot be written down, or the queue not be read. */
  async poll(key: string, how: PollHow): Promise<PollAnswer> {
    if (this.#isClosed) return NOTHING;
    if (this.#wasDeleted(key)) return DELETED;
    const { channel, ready } = this.#entries.get(key) ?? this.#make(key);
    return await channel.ask(how, ready);
  }

  /** The GET that waits is answered with 204 now; the channel stays. */
  stopWaiting(key: string): void {
    this.#entries.get(key)?.channel.stopWaiting(NOTHING);
  }

  /** DELETE: removed, with what is queued. StoreError STORE_DOWN: ask again. */
  async remove(key: string): Promise<'REMOVED' | 'ALREADY_DELETED'> {
    const { world, settings } = this.#options;
    const isThere = this.#entries.has(key) || this.#options.events.records.get(RECORD_KIND, key) !== undefined;
    if (!isThere) return 'ALREADY_DELETED';
    if (settings.deletedMs > 0) {
      this.#deletedUntil.set(key, world.now() + settings.deletedMs);
      this.#end(key, DELETED);
    } else this.#end(key, NOTHING);
    await this.#erase(key);
    return 'REMOVED';
  }

  /** Another channel takes its place, and its queue. */
  async release(key: string): Promise<void> {
    if (!this.#entries.has(key)) return;
    this.#end(key, NOTHING);
    await this.#options.events.records.delete(RECORD_KIND, key);
  }

  state(key: string): PollState | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined ? undefined : { sinceMs: entry.sinceMs, doing: entry.channel.doing };
  }

  /** Answers those that wait; channels and queues stay on disk. */
  close(): void {
    this.#isClosed = true;
    for (const { channel } of this.#entries.values()) channel.end(NOTHING);
  }

  #make(key: string): Entry {
    const { events, world } = this.#options;
    const sinceMs = world.wall();
    const record = JSON.stringify({ sinceMs });
    const ready = Promise.all([events.queue.touch(key), events.records.save(RECORD_KIND, key, record)]);
    const entry = { channel: this.#channelOf(key), sinceMs, ready };
    this.#entries.set(key, entry);
    ready.catch(() => {
      if (this.#entries.get(key) === entry) this.#end(key, NOTHING);
    });
    return entry;
  }

  #channelOf(key: string): PollChannel {
    const { events, world, settings, dialect, hooks } = this.#options;
    const onProblem = (problem: unknown): void => hooks.onProblem(key, problem);
    const onIdle = (): void => void this.#removeIdle(key).catch(onProblem);
    return new PollChannel({ key, events, world, settings, dialect, onProblem, onIdle });
  }

  async #removeIdle(key: string): Promise<void> {
    this.#end(key, NOTHING);
    this.#options.hooks.onRemoved(key, 'idle', await this.#erase(key));
  }

  #end(key: string, answer: PollAnswer): void {
    this.#entries.get(key)?.channel.end(answer);
    this.#entries.delete(key);
  }

  async #erase(key: string): Promise<number> {
    const { queue, records } = this.#options.events;
    const [lost] = await Promise.all([queue.forget(key), records.delete(RECORD_KIND, key)]);
    return lost;
  }

  #wasDeleted(key: string): boolean {
    const until = this.#deletedUntil.get(key);
    if (until === undefined) return false;
    if (this.#options.world.now() < until) return true;
    this.#deletedUntil.delete(key);
    return false;
  }
}
