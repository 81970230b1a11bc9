/** Queues and messages in the database; all times in milliseconds since 1970. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { inTransaction } from '../database.ts';
import type { MessageAttributes } from './attributes.ts';
import type { Settings } from './settings.ts';

export interface Queue {
  readonly name: string;
  readonly settings: Settings;
  readonly createdAt: number;
  readonly purgedAt: number | undefined;
}

export interface NewMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly sentAt: number;
  readonly visibleAt: number;
}

export interface Message extends NewMessage {
  readonly seq: number;
  readonly receives: number;
  readonly firstReceivedAt: number | undefined;
}

export interface Counts {
  readonly visible: number;
  /** Handed out, and neither deleted nor visible again. */
  readonly inFlight: number;
  readonly delayed: number;
}

export class Messages {
  readonly #db: DatabaseSync;
  readonly #statements;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#statements = {
      makeQueue: db.prepare('INSERT INTO queue (name, settings, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
      queue: db.prepare('SELECT * FROM queue WHERE name = ?'),
      purged: db.prepare('UPDATE queue SET purged_at = ? WHERE name = ?'),
      purge: db.prepare('DELETE FROM message WHERE queue = ?'),
      expire: db.prepare('DELETE FROM message WHERE queue = ? AND sent_at <= ?'),
      send: db.prepare(`INSERT INTO message (queue, id, body, attributes, sent_at, visible_at, receives)
        VALUES (?, ?, ?, ?, ?, ?, 0)`),
      visible: db.prepare('SELECT * FROM message WHERE queue = ? AND visible_at <= ? ORDER BY seq LIMIT ?'),
      handOut: db.prepare(`UPDATE message SET visible_at = ?, receives = receives + 1,
        first_received_at = coalesce(first_received_at, ?) WHERE seq = ? RETURNING *`),
      all: db.prepare('SELECT * FROM message WHERE queue = ? ORDER BY seq'),
      one: db.prepare('SELECT * FROM message WHERE queue = ? AND seq = ?'),
      next: db.prepare('SELECT min(visible_at) AS at FROM message WHERE queue = ?'),
      delete: db.prepare('DELETE FROM message WHERE queue = ? AND seq = ? AND receives = ?'),
      hide: db.prepare('UPDATE message SET visible_at = ? WHERE seq = ?'),
      counts: db.prepare(`SELECT count(*) AS total, coalesce(sum(visible_at <= :now), 0) AS visible,
        coalesce(sum(visible_at > :now AND receives > 0), 0) AS in_flight FROM message WHERE queue = :queue`),
    };
  }

  /** False if there is one of that name, which stays as it is. */
  makeQueue(name: string, settings: Settings, now: number): boolean {
    return Number(this.#statements.makeQueue.run(name, JSON.stringify(settings), now).changes) > 0;
  }

  queue(name: string): Queue | undefined {
    const row = this.#statements.queue.get(name);
    if (row === undefined) return undefined;
    return {
      name,
      settings: JSON.parse(String(row.settings)),
      createdAt: Number(row.created_at),
      purgedAt: row.purged_at === null ? undefined : Number(row.purged_at),
    };
  }

  send(queue: string, messages: readonly NewMessage[]): void {
    inTransaction(this.#db, () => {
      for (const { id, body, attributes, sentAt, visibleAt } of messages) {
        this.#statements.send.run(queue, id, body, JSON.stringify(attributes), sentAt, visibleAt);
      }
    });
  }

  /** Hands out up to `max` visible messages, hidden from others until `hiddenUntil`. */
  receive(queue: string, max: number, now: number, hiddenUntil: number): Message[] {
    return inTransaction(this.#db, () =>
      this.#statements.visible
        .all(queue, now, max)
        .map(({ seq }) => messageOf(this.#statements.handOut.get(hiddenUntil, now, seq!)!)),
    );
  }

  /** When the next message becomes visible; undefined without any. */
  nextVisible(queue: string): number | undefined {
    const at = this.#statements.next.get(queue)?.at;
    return at === null || at === undefined ? undefined : Number(at);
  }

  /** In the order they were sent. */
  all(queue: string): Message[] {
    return this.#statements.all.all(queue).map(messageOf);
  }

  find(queue: string, seq: number): Message | undefined {
    const row = this.#statements.one.get(queue, seq);
    return row === undefined ? undefined : messageOf(row);
  }

  /** Only if it was not handed out again since: `receives` is that of the receipt. */
  delete(queue: string, seq: number, receives: number): void {
    this.#statements.delete.run(queue, seq, receives);
  }

  hide(seq: number, until: number): void {
    this.#statements.hide.run(until, seq);
  }

  /** Drops what was sent at that time or before. */
  expire(queue: string, sentAt: number): void {
    this.#statements.expire.run(queue, sentAt);
  }

  purge(queue: string, now: number): void {
    this.#statements.purge.run(queue);
    this.#statements.purged.run(now, queue);
  }

  counts(queue: string, now: number): Counts {
    const row = this.#statements.counts.get({ queue, now })!;
    const [total, visible, inFlight] = [Number(row.total), Number(row.visible), Number(row.in_flight)];
    return { visible, inFlight, delayed: total - visible - inFlight };
  }
}

function messageOf(row: Record<string, SQLOutputValue>): Message {
  return {
    seq: Number(row.seq),
    id: String(row.id),
    body: String(row.body),
    attributes: JSON.parse(String(row.attributes)),
    sentAt: Number(row.sent_at),
    visibleAt: Number(row.visible_at),
    receives: Number(row.receives),
    firstReceivedAt: row.first_received_at === null ? undefined : Number(row.first_received_at),
  };
}
