/**
 * Events that wait for their receivers: one queue a key, on disk before anybody is told that they are there.
 *
 *   append(key, events) ─► stamped ─► rows ─► [group commit] ─► resolved: `kill -9` loses nothing of it
 *   next(key) ──► the oldest, as a batch, which stays the same until ... acknowledge(key, batch) ─► deleted
 *
 * Costs do not depend on how much is queued. What has to leave unasked is in limits.ts, what a batch becomes on the way
 * to a receiver is the channels' business. A key is a name here: whoever's API key it is, its text stays out of the file.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { ConnectorEvent, NewEvent } from './event.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Life } from './life.ts';
import { expire, expireHeld, leave, makeRoom, type QueueLimits, tidyPlaces } from './limits.ts';
import type { QueueEntries, QueueEntry, QueueNumbers } from './queue-numbers.ts';
import { QueueRows } from './queue-rows.ts';
import { type EventRow, fromRow, toRow } from './row.ts';
import type { Stamper } from './stamper.ts';

/** How much a receiver takes at once. One event is always given, whatever its size. */
export interface Want {
  readonly mostItems: number;
  /** Of the events as they are sent, without what a message puts around them. */
  readonly mostBytes: number;
}

export interface Batch {
  /** The queue's own number, so that a late acknowledgement does not touch another queue of the same key. */
  readonly queue: number;
  /** Numbers of its first and last event; between them some may be missing. */
  readonly first: number;
  readonly through: number;
  readonly events: readonly ConnectorEvent[];
}

export interface QueueParts {
  readonly db: DatabaseSync;
  readonly commit: GroupCommit;
  readonly entries: QueueEntries;
  readonly life: Life;
  readonly stamper: Stamper;
  readonly limitsOf: (key: string) => QueueLimits;
  /** A queue has lost its name; its events are still there. */
  readonly onForgotten: () => void;
  readonly onLost: (key: string, lost: Lost) => void;
}

/** Events that left a queue undelivered since its key was made. What a later value took the place of is no loss. */
export type Lost = Pick<QueueNumbers, 'dropped' | 'expired'>;

interface Taker {
  readonly key: string;
  readonly want: Want;
  readonly signal: AbortSignal;
  readonly resolve: (batch: Batch | undefined) => void;
  readonly reject: (error: unknown) => void;
}

const LONGEST_KEY = 256;

export class EventQueue {
  readonly #parts: QueueParts;
  readonly #rows: QueueRows;
  /** Who waits for a queue's next events. */
  readonly #parked = new Map<string, Taker>();

  constructor(parts: QueueParts) {
    this.#parts = parts;
    this.#rows = new QueueRows(parts.db);
  }

  /**
   * Stamps the events and queues them for each of the keys, behind all that was appended before; the same event has the same
   * uid for every key. Resolves when they are on disk. StoreError STORE_DOWN: none of them is queued for anybody. RangeError
   * for a key that is none.
   */
  async append(key: string | readonly string[], events: readonly NewEvent[]): Promise<void> {
    const keys = typeof key === 'string' ? [key] : key;
    keys.forEach(checkKey);
    if (keys.length === 0 || events.length === 0) return;
    const rows = events.map((event) => toRow(this.#stamped(event)));
    await this.#parts.commit.run(() => {
      for (const one of keys) this.#insert(one, rows);
    });
    for (const one of keys) this.#tellLost(one);
  }

  /** The oldest events that wait, `want` at most. Changes nothing; they may still leave for a limit or their age. */
  peek(key: string, want: Want): readonly ConnectorEvent[] {
    const entry = this.#parts.entries.get(key);
    return entry === undefined ? [] : (this.#read(entry, entry.last, want)?.events ?? []);
  }

  /**
   * The next batch, as soon as there is one. It is held: asked again, also after a restart, it gives the same one, until it
   * is acknowledged or the whole of it has outlived the lifetime. One caller a key; undefined when `signal` is aborted.
   * StoreError STORE_DOWN if the file cannot be written.
   */
  next(key: string, want: Want, signal: AbortSignal): Promise<Batch | undefined> {
    checkKey(key);
    const { promise, resolve, reject } = Promise.withResolvers<Batch | undefined>();
    const taker: Taker = { key, want, signal, resolve, reject };
    const giveUp = (): void => {
      this.#unpark(taker);
      resolve(undefined);
    };
    if (signal.aborted) giveUp();
    else {
      signal.addEventListener('abort', giveUp, { once: true });
      this.#try(taker);
    }
    return promise.finally(() => signal.removeEventListener('abort', giveUp));
  }

  /** The receiver has the batch: it is deleted, with all before it. Resolves when that is on disk. */
  async acknowledge(key: string, { queue, through }: Pick<Batch, 'queue' | 'through'>): Promise<void> {
    await this.#parts.commit.run(() => {
      const entry = this.#parts.entries.get(key);
      if (entry?.id !== queue) return;
      entry.delivered += leave(entry, this.#rows.delete(entry.id, 0, through));
      if (entry.held <= through) entry.held = 0;
      entry.bornAfterMs = Number.NEGATIVE_INFINITY;
      this.#settle(key, entry);
    });
  }

  /** Makes the key's queue, or says that its receiver is still there. Resolves when that is on disk. */
  async touch(key: string): Promise<void> {
    checkKey(key);
    await this.#parts.commit.run(() => {
      const lifeMs = this.#parts.life.now();
      const entry = this.#parts.entries.getOrMake(key, lifeMs);
      entry.fedLifeMs = lifeMs;
      this.#parts.entries.changed(entry);
    });
  }

  /** Throws the key's queue away with what waits in it. Resolves to how many events that was, when it is on disk. */
  async forget(key: string): Promise<number> {
    const events = await this.#parts.commit.run(() => {
      const entry = this.#parts.entries.get(key);
      if (entry === undefined) return 0;
      this.#parts.entries.disown(key, entry);
      return entry.events;
    });
    this.#parts.onForgotten();
    return events;
  }

  /** The numbers of a key's queue; undefined: there is none. */
  numbers(key: string): QueueNumbers | undefined {
    const entry = this.#parts.entries.get(key);
    if (entry === undefined) return undefined;
    const { id: _, places: __, bornAfterMs: ___, ...numbers } = entry;
    return numbers;
  }

  keys(): readonly string[] {
    return this.#parts.entries.keys();
  }

  #stamped(event: NewEvent): ConnectorEvent {
    if (event.kind === 'async-response') return event;
    return { kind: event.kind, data: { ...event.data, ...this.#parts.stamper.next() } } as ConnectorEvent;
  }

  #insert(key: string, rows: readonly EventRow[]): void {
    const lifeMs = this.#parts.life.now();
    const entry = this.#parts.entries.getOrMake(key, lifeMs);
    for (const row of rows) {
      const sequence = ++entry.last;
      const base = row.subject === undefined ? undefined : entry.places?.note(row.subject, sequence, row.value);
      this.#rows.insert(entry.id, sequence, lifeMs, row, base);
      entry.events += 1;
      entry.bytes += row.bytes;
    }
    entry.fedLifeMs = lifeMs;
    const { lifetimeMs } = this.#parts.limitsOf(key);
    // Looking costs as much as an event: not while none can be too old.
    if (lifeMs - lifetimeMs >= entry.bornAfterMs) {
      expire(entry, this.#rows, this.#parts.limitsOf(key), lifeMs);
      entry.bornAfterMs = lifeMs - lifetimeMs + 1;
    }
    makeRoom(entry, this.#rows, this.#parts.limitsOf(key));
    this.#settle(key, entry);
    const taker = this.#parked.get(key);
    if (taker === undefined) return;
    this.#unpark(taker);
    // In this same transaction, so that an event goes to the disk once before it goes out.
    this.#try(taker);
  }

  #settle(key: string, entry: QueueEntry): void {
    tidyPlaces(entry, this.#rows, this.#parts.limitsOf(key));
    this.#parts.entries.changed(entry);
  }

  #try(taker: Taker): void {
    const given = this.#parts.commit.run(() => {
      if (taker.signal.aborted) return undefined;
      const batch = this.#take(taker);
      if (batch === undefined) this.#parked.set(taker.key, taker);
      return batch;
    });
    given.then(
      (batch) => {
        this.#tellLost(taker.key);
        if (batch !== undefined) taker.resolve(batch);
      },
      (error: unknown) => {
        this.#unpark(taker);
        taker.reject(error);
      },
    );
  }

  /** Of what a transaction lost that is on disk by now, once. */
  #tellLost(key: string): void {
    const entry = this.#parts.entries.get(key);
    if (entry === undefined) return;
    const { dropped, expired } = entry;
    if (entry.lostTold === dropped + expired) return;
    entry.lostTold = dropped + expired;
    this.#parts.onLost(key, { dropped, expired });
  }

  #unpark(taker: Taker): void {
    if (this.#parked.get(taker.key) === taker) this.#parked.delete(taker.key);
  }

  #take({ key, want }: Taker): Batch | undefined {
    const entry = this.#parts.entries.get(key);
    if (entry === undefined) return undefined;
    const limits = this.#parts.limitsOf(key);
    const { held, expired } = entry;
    const lifeMs = this.#parts.life.now();
    expireHeld(entry, this.#rows, limits, lifeMs);
    expire(entry, this.#rows, limits, lifeMs);
    // Half the limit at most: what is held does not make room for what comes in.
    const most = { ...want, mostBytes: Math.min(want.mostBytes, limits.mostBytes / 2) };
    const batch = entry.held > 0 ? this.#read(entry, entry.held, EVERYTHING) : this.#read(entry, entry.last, most);
    entry.held = batch?.through ?? 0;
    entry.bornAfterMs = Number.NEGATIVE_INFINITY;
    if (entry.held !== held || entry.expired !== expired) this.#settle(key, entry);
    return batch;
  }

  #read(entry: QueueEntry, through: number, { mostItems, mostBytes }: Want): Batch | undefined {
    const events: ConnectorEvent[] = [];
    let [first, last, bytes] = [0, 0, 0];
    for (const row of this.#rows.read(entry.id, through, mostItems)) {
      bytes += row.bytes;
      if (events.length > 0 && bytes > mostBytes) break;
      if (events.length === 0) first = row.sequence;
      last = row.sequence;
      events.push(fromRow(row));
    }
    return events.length === 0 ? undefined : { queue: entry.id, first, through: last, events };
  }
}

const EVERYTHING: Want = { mostItems: -1, mostBytes: Number.POSITIVE_INFINITY };

function checkKey(key: string): void {
  if (key === '' || key.length > LONGEST_KEY || !key.isWellFormed() || /\p{Cc}/u.test(key)) {
    throw new RangeError(`a key's name is text of 1 to ${LONGEST_KEY} characters without control characters`);
  }
}
