/** The rows of the queues: what SQLite is asked, in one place. All of it within a transaction of the caller's. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EventRow } from './row.ts';

export interface QueuedRow {
  readonly sequence: number;
  readonly kind: number;
  readonly bytes: number;
  readonly element: string;
}

export interface Removed {
  readonly events: number;
  readonly bytes: number;
}

export interface ValueRow {
  readonly sequence: number;
  readonly subject: string;
  readonly value: number | undefined;
  readonly base: number | undefined;
}

export class QueueRows {
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #oldest: StatementSync;
  readonly #values: StatementSync;
  readonly #sum: StatementSync;
  readonly #delete: StatementSync;
  readonly #deleteOne: StatementSync;
  readonly #newest: StatementSync;
  readonly #ages: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#select = db.prepare(
      'SELECT sequence, kind, bytes, element FROM event WHERE queue = ? AND sequence <= ? ORDER BY sequence LIMIT ?',
    );
    this.#oldest = db.prepare('SELECT min(sequence) AS sequence FROM event WHERE queue = ? AND sequence > ?');
    this.#values = db.prepare(
      `SELECT sequence, subject, value, base FROM event
        WHERE queue = ? AND sequence > ? AND subject IS NOT NULL ORDER BY sequence`,
    );
    this.#sum = db.prepare(
      `SELECT count(*) AS events, coalesce(sum(bytes), 0) AS bytes FROM event
        WHERE queue = ? AND sequence > ? AND sequence <= ?`,
    );
    this.#delete = db.prepare('DELETE FROM event WHERE queue = ? AND sequence > ? AND sequence <= ?');
    this.#deleteOne = db.prepare('DELETE FROM event WHERE queue = ? AND sequence = ? RETURNING bytes');
    this.#newest = db.prepare(
      'SELECT born FROM event WHERE queue = ? AND sequence <= ? ORDER BY sequence DESC LIMIT 1',
    );
    this.#ages = db.prepare('SELECT sequence, born FROM event WHERE queue = ? AND sequence > ? ORDER BY sequence');
  }

  insert(queue: number, sequence: number, born: number, row: EventRow, base: number | undefined): void {
    const { kind, bytes, value, subject, element } = row;
    this.#insert.run(queue, sequence, born, kind, bytes, value ?? null, base ?? null, subject ?? null, element);
  }

  /** From the oldest on, up to `through`, `most` at most. */
  *read(queue: number, through: number, most: number): Generator<QueuedRow> {
    for (const row of this.#select.iterate(queue, through, most)) {
      const { sequence, kind, bytes, element } = row;
      yield { sequence: Number(sequence), kind: Number(kind), bytes: Number(bytes), element: String(element) };
    }
  }

  /** The oldest that is later than `after`. */
  oldest(queue: number, after = 0): number | undefined {
    return numberOf(this.#oldest.get(queue, after)?.sequence);
  }

  /** Those later than `after` whose place a later one may take. */
  *values(queue: number, after: number): Generator<ValueRow> {
    for (const row of this.#values.iterate(queue, after)) {
      const { sequence, subject, value, base } = row;
      yield { sequence: Number(sequence), subject: String(subject), value: numberOf(value), base: numberOf(base) };
    }
  }

  /** Deletes those later than `after`, up to `through`. */
  delete(queue: number, after: number, through: number): Removed {
    const sum = this.#sum.get(queue, after, through);
    this.#delete.run(queue, after, through);
    return { events: Number(sum?.events), bytes: Number(sum?.bytes) };
  }

  /** Deletes one; its bytes, or undefined if it is not there any more. */
  deleteOne(queue: number, sequence: number): number | undefined {
    return numberOf(this.#deleteOne.get(queue, sequence)?.bytes);
  }

  /** When the newest of those up to `through` was appended; undefined: there are none. */
  newestBorn(queue: number, through: number): number | undefined {
    return numberOf(this.#newest.get(queue, through)?.born);
  }

  /** The newest of those later than `after` that were appended at `born` or before; they are the first of them. */
  lastBornBy(born: number, queue: number, after: number): number | undefined {
    let last: number | undefined;
    for (const row of this.#ages.iterate(queue, after)) {
      if (Number(row.born) > born) break;
      last = Number(row.sequence);
    }
    return last;
  }
}

function numberOf(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}
