/**
 * The local store: exact counts in one SQLite file.
 *
 *   apply: for each endpoint  state -> fold -> state'   and   hour += presses   in ONE transaction a message
 *
 * What the tables hold is in schema.ts, how the file is opened and shared in database.ts.
 */
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import type { EndpointEvents } from '../../ingest/events.ts';
import type { EndpointState } from '../../ingest/state.ts';
import type {
  Applied,
  AsideItem,
  ChangeFeed,
  Changes,
  EndpointCopy,
  HourlyCount,
  HourlyQuery,
  Store,
  StoreItem,
  Totals,
} from '../../ingest/store.ts';
import { StoreError } from '../../protocol/errors.ts';
import { HOUR_MS } from '../../protocol/hour.ts';
import { keepAside, removeAside } from './aside.ts';
import { countBatch, fillEmpty, hourlyCounts, stateOf, tallyOf } from './count.ts';
import { openDatabase } from './database.ts';
import type { NumberedChange, NumberedFeed } from './forward/feed-outbox.ts';
import { HeldStates } from './held-states.ts';
import { readEndpoint, replaceEndpoint } from './replace.ts';
import { type Statements, statementsOf } from './statements.ts';
import { BUSY_LIMIT_MS, reading, Writer } from './writer.ts';

export interface LocalOptions {
  /** Folder of the file. */
  readonly dir: string;
  /** Make folder and file if they are not there; without it that is an OutsideError. */
  readonly create: boolean;
  /** Bytes that may be set aside in all. */
  readonly maxAside: number;
  /** Milliseconds that a write may wait for other processes; 15 s if it is left out. */
  readonly busyLimitMs?: number;
}

/** What `--max-aside` is unless told. */
export const DEFAULT_MAX_ASIDE = 1024 ** 3;

export type LocalStore = Store & ChangeFeed & NumberedFeed;

/** Opens the store of a folder. Two processes may have it open and write at once. */
export function openLocalStore(options: LocalOptions): LocalStore {
  return new SqliteStore(openDatabase(options.dir, options.create), options);
}

class SqliteStore implements LocalStore {
  readonly #dir: string;
  readonly #db: DatabaseSync;
  readonly #held: HeldStates;
  readonly #writer: Writer;
  readonly #maxAside: number;
  readonly #sql: Statements;

  constructor(db: DatabaseSync, { dir, maxAside, busyLimitMs = BUSY_LIMIT_MS }: LocalOptions) {
    this.#dir = dir;
    this.#held = new HeldStates(db);
    this.#writer = new Writer(db, busyLimitMs, () => this.#held.clear());
    this.#db = db;
    this.#maxAside = maxAside;
    this.#sql = statementsOf(db);
  }

  apply(batch: readonly EndpointEvents[]): Promise<Applied> {
    return this.#writer.transaction(() => countBatch(this.#sql, batch, this.#held));
  }

  async *hourly({ endpoint, from, to }: HourlyQuery): AsyncIterable<HourlyCount> {
    const [first, last] = [hoursSince1970(from), hoursSince1970(new Date(to.getTime() - 1))];
    if (endpoint !== undefined) {
      yield* hourlyCounts(reading(() => this.#sql.hoursOfOne.all(endpoint, first, last)));
      return;
    }
    // Hour by hour: no snapshot is held while the consumer takes its time, and other requests get their turn.
    for (let next = first; ; next += 1) {
      const hour = reading(() => this.#sql.nextHour.get(next, last))?.hour ?? null;
      if (hour === null) return;
      yield* hourlyCounts(reading(() => this.#sql.hour.all(hour)));
      await setImmediate();
      next = Number(hour);
    }
  }

  async *stale(endpoint?: string): AsyncIterable<{ endpoint: string; stale: number }> {
    const rows = reading(() =>
      endpoint === undefined ? this.#sql.staleOfAll.all() : this.#sql.staleOfOne.all(endpoint),
    );
    for (const { name, stale } of rows) yield { endpoint: String(name), stale: Number(stale) };
  }

  async totals(): Promise<Totals> {
    return reading(() => ({
      endpoints: tallyOf(this.#sql, 'endpoints'),
      presses: tallyOf(this.#sql, 'presses'),
      stale: tallyOf(this.#sql, 'stale'),
      setAside: tallyOf(this.#sql, 'aside_items'),
      setAsideBytes: tallyOf(this.#sql, 'aside_bytes'),
    }));
  }

  async asideUsage(): Promise<Pick<Totals, 'setAside' | 'setAsideBytes'>> {
    const { setAside, setAsideBytes } = await this.totals();
    return { setAside, setAsideBytes };
  }

  setAside(items: readonly AsideItem[]): Promise<void> {
    return this.#writer.transaction(() => keepAside(this.#sql, items, this.#maxAside));
  }

  async *aside(): AsyncIterable<AsideItem> {
    let after = '';
    for (;;) {
      const row = reading(() => this.#sql.nextAside.get(after));
      if (row === undefined) return;
      after = String(row.key);
      const body = row.body as Uint8Array;
      yield { key: after, receivedAt: Number(row.received_at), reason: String(row.reason), body };
    }
  }

  dropAside(keys: readonly string[]): Promise<void> {
    return this.#writer.transaction(() => removeAside(this.#sql, keys));
  }

  async *export(): AsyncIterable<StoreItem> {
    // A connection of its own holds one snapshot, so that states and hours belong together.
    const db = openDatabase(this.#dir, false);
    try {
      db.exec('BEGIN');
      const sql = statementsOf(db);
      for (const row of sql.states.iterate()) yield { kind: 'state', ...stateOf(row) };
      for (const row of sql.hours.iterate()) yield { kind: 'hour', ...hourlyCounts([row])[0]! };
    } finally {
      db.close();
    }
  }

  async import(items: AsyncIterable<StoreItem>): Promise<void> {
    // Gathered first: a transaction cannot stay open while others of this process come between.
    const [states, hours]: [EndpointState[], HourlyCount[]] = [[], []];
    for await (const { kind, ...item } of items) {
      if (kind === 'state') states.push(item as EndpointState);
      else hours.push(item as HourlyCount);
    }
    await this.#writer.transaction(() => {
      if (this.#sql.states.get() !== undefined || this.#sql.hours.get() !== undefined) {
        throw new StoreError('STORE_SCHEMA', 'the store is not empty', 'Import into a new folder.');
      }
      fillEmpty(this.#sql, states, hours);
    });
  }

  async *endpoints(): AsyncIterable<string> {
    for (let after = ''; ; ) {
      const rows = reading(() => this.#sql.names.all(after));
      for (const { name } of rows) yield String(name);
      if (rows.length === 0) return;
      after = String(rows.at(-1)?.name);
    }
  }

  async read(endpoint: string): Promise<EndpointCopy | undefined> {
    return await this.#writer.transaction(() => readEndpoint(this.#sql, endpoint));
  }

  replace(copy: EndpointCopy, expected: EndpointState | undefined): Promise<boolean> {
    return this.#writer.transaction(() => {
      this.#held.clear();
      return replaceEndpoint(this.#sql, copy, expected);
    });
  }

  async numbered(cursor: number, limit: number): Promise<readonly NumberedChange[]> {
    const rows = reading(() => this.#sql.changed.all(cursor, limit));
    const counts = hourlyCounts(rows);
    return rows.map(({ change }, index) => ({ count: counts[index]!, mark: { change: Number(change) } }));
  }

  async changes(cursor: number, limit: number): Promise<Changes> {
    const rows = reading(() => this.#sql.changed.all(cursor, limit));
    return { counts: hourlyCounts(rows), cursor: Number(rows.at(-1)?.change ?? cursor) };
  }

  async now(): Promise<number> {
    return reading(() => tallyOf(this.#sql, 'change'));
  }

  async close(): Promise<void> {
    if (this.#db.isOpen) this.#db.close();
  }
}

function hoursSince1970(instant: Date): number {
  return Math.floor(instant.getTime() / HOUR_MS);
}
