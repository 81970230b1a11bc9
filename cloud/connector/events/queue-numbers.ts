/** The numbers of every key's queue: kept in memory, and written with the events that change them. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Superseded } from './superseded.ts';

/** What people may want to know of a queue. */
export interface QueueNumbers {
  /** Events that wait, and what they take in messages. */
  readonly events: number;
  readonly bytes: number;
  /** Events that left it since the key was made: acknowledged; replaced by a later value; lost to the limit; grown too old. */
  readonly delivered: number;
  readonly superseded: number;
  readonly dropped: number;
  readonly expired: number;
  /** Of the newest event ever appended; 0 before the first. */
  readonly last: number;
  /** Events up to this one are on their way: what `next` gave, not acknowledged yet; 0: none. */
  readonly held: number;
  /** The life (life.ts) at which it last got an event, or was made. */
  readonly fedLifeMs: number;
}

export interface QueueEntry extends QueueNumbers {
  readonly id: number;
  events: number;
  bytes: number;
  delivered: number;
  superseded: number;
  dropped: number;
  expired: number;
  last: number;
  held: number;
  fedLifeMs: number;
  /** No event that waits, and is not held, was born before this life. */
  bornAfterMs: number;
  /** Of those dropped and expired, how many somebody was told of: in this process, or before it. */
  lostTold: number;
  /** Only while the queue is near its limit. */
  places: Superseded | undefined;
}

export class QueueEntries {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #disown: StatementSync;
  readonly #byKey = new Map<string, QueueEntry>();
  readonly #changed = new Set<QueueEntry>();

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insert = db.prepare('INSERT INTO queue VALUES (NULL, ?, 0, 0, ?, 0, 0, 0, 0, 0, 0) RETURNING id');
    this.#update = db.prepare(
      `UPDATE queue SET last = ?, held = ?, fed = ?, events = ?, bytes = ?, delivered = ?, superseded = ?, dropped = ?,
        expired = ? WHERE id = ?`,
    );
    this.#disown = db.prepare('UPDATE queue SET name = NULL WHERE id = ?');
    this.load();
  }

  get(key: string): QueueEntry | undefined {
    return this.#byKey.get(key);
  }

  keys(): string[] {
    return [...this.#byKey.keys()];
  }

  /** Makes one if there is none, within a transaction. */
  getOrMake(key: string, lifeMs: number): QueueEntry {
    const present = this.#byKey.get(key);
    if (present !== undefined) return present;
    const made = emptyEntry(Number(this.#insert.get(key, lifeMs)?.id), lifeMs);
    this.#byKey.set(key, made);
    return made;
  }

  changed(entry: QueueEntry): void {
    this.#changed.add(entry);
  }

  /** Leaves its events without a name, within a transaction; a queue that is made for the key again is another one. */
  disown(key: string, entry: QueueEntry): void {
    this.#disown.run(entry.id);
    this.#changed.delete(entry);
    this.#byKey.delete(key);
  }

  /** Writes what has changed, within the transaction in which it has; false: nothing has. */
  save(): boolean {
    for (const e of this.#changed) {
      const numbers = [e.last, e.held, e.fedLifeMs, e.events, e.bytes, e.delivered, e.superseded, e.dropped, e.expired];
      this.#update.run(...numbers, e.id);
    }
    const any = this.#changed.size > 0;
    this.#changed.clear();
    return any;
  }

  /** What is on the disk, in place of what is remembered. */
  load(): void {
    this.#byKey.clear();
    this.#changed.clear();
    for (const row of this.#db.prepare('SELECT * FROM queue WHERE name IS NOT NULL').iterate()) {
      this.#byKey.set(String(row.name), {
        id: Number(row.id),
        events: Number(row.events),
        bytes: Number(row.bytes),
        delivered: Number(row.delivered),
        superseded: Number(row.superseded),
        dropped: Number(row.dropped),
        expired: Number(row.expired),
        last: Number(row.last),
        held: Number(row.held),
        fedLifeMs: Number(row.fed),
        bornAfterMs: Number.NEGATIVE_INFINITY,
        lostTold: Number(row.dropped) + Number(row.expired),
        places: undefined,
      });
    }
  }
}

function emptyEntry(id: number, fedLifeMs: number): QueueEntry {
  const nothing = { events: 0, bytes: 0, delivered: 0, superseded: 0, dropped: 0, expired: 0, last: 0, held: 0 };
  return { id, ...nothing, fedLifeMs, bornAfterMs: Number.NEGATIVE_INFINITY, lostTold: 0, places: undefined };
}
