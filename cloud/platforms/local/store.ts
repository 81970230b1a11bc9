/**
 * The local store: exact counts in one SQLite file.
 *
 *   apply: for each endpoint  state -> fold -> state'   and   hour += presses   in ONE transaction a message
 *
 * What the tables hold is in schema.ts, how the file is opened and shared in database.ts.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { EndpointEvents } from '../../ingest/events.ts';
import { fold } from '../../ingest/fold.ts';
import { type EndpointState, newState } from '../../ingest/state.ts';
import type {
  Applied,
  AsideItem,
  ChangeFeed,
  Changes,
  HourlyCount,
  HourlyQuery,
  Store,
  StoreItem,
  Totals,
} from '../../ingest/store.ts';
import { StoreError } from '../../protocol/errors.ts';
import { hourOf } from '../../protocol/hour.ts';
import { keepAside, removeAside } from './aside.ts';
import { openDatabase, reading, transaction } from './database.ts';
import type { TallyName } from './schema.ts';
import { type Row, type Statements, statementsOf } from './statements.ts';

export interface LocalOptions {
  /** Folder of the file. */
  readonly dir: string;
  /** Make folder and file if they are not there; without it that is an OutsideError. */
  readonly create: boolean;
  /** Bytes that may be set aside in all. */
  readonly maxAside: number;
}

/** What `--max-aside` is unless told. */
export const DEFAULT_MAX_ASIDE = 1024 ** 3;

export type LocalStore = Store & ChangeFeed;

/** Opens the store of a folder. Two processes may have it open and write at once. */
export function openLocalStore({ dir, create, maxAside }: LocalOptions): LocalStore {
  return new SqliteStore(dir, openDatabase(dir, create), maxAside);
}

class SqliteStore implements LocalStore {
  readonly #dir: string;
  readonly #db: DatabaseSync;
  readonly #maxAside: number;
  readonly #sql: Statements;

  constructor(dir: string, db: DatabaseSync, maxAside: number) {
    this.#dir = dir;
    this.#db = db;
    this.#maxAside = maxAside;
    this.#sql = statementsOf(db);
  }

  apply(batch: readonly EndpointEvents[]): Promise<Applied> {
    return transaction(this.#db, () => {
      const hours: HourlyCount[] = [];
      let [presses, stale] = [0, 0];
      for (const events of batch) {
        const change = fold(this.#state(events.endpoint), events);
        this.#putState(change.state);
        for (const [hour, count] of change.hours) hours.push({ endpoint: events.endpoint, hour, count });
        presses += change.presses;
        stale += change.stale;
      }
      this.#addHours(hours);
      this.#count('stale', stale);
      return { presses, stale };
    });
  }

  async *hourly({ endpoint, from, to }: HourlyQuery): AsyncIterable<HourlyCount> {
    const [first, last] = [hourOf(from.getTime()), lastHourBefore(to)];
    let [hour, after] = [first, ''];
    for (;;) {
      const rows = reading(() =>
        endpoint === undefined
          ? this.#sql.hoursOfAll.all(hour, after, last)
          : this.#sql.hoursOfOne.all(endpoint, hour, last),
      );
      for (const row of rows) yield countOf(row);
      const end = rows.at(-1);
      if (end === undefined || endpoint !== undefined) return;
      [hour, after] = [String(end.hour), String(end.endpoint)];
    }
  }

  async *stale(endpoint?: string): AsyncIterable<{ endpoint: string; stale: number }> {
    const rows = reading(() =>
      endpoint === undefined ? this.#sql.staleOfAll.all() : this.#sql.staleOfOne.all(endpoint),
    );
    for (const row of rows) yield { endpoint: String(row.endpoint), stale: Number(row.stale) };
  }

  async totals(): Promise<Totals> {
    return reading(() => ({
      endpoints: this.#tally('endpoints'),
      presses: this.#tally('presses'),
      stale: this.#tally('stale'),
      setAside: this.#tally('aside_items'),
      setAsideBytes: this.#tally('aside_bytes'),
    }));
  }

  setAside(items: readonly AsideItem[]): Promise<void> {
    return transaction(this.#db, () => keepAside(this.#sql, items, this.#maxAside));
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
    return transaction(this.#db, () => removeAside(this.#sql, keys));
  }

  async *export(): AsyncIterable<StoreItem> {
    // A connection of its own holds one snapshot, so that states and hours belong together.
    const db = openDatabase(this.#dir, false);
    try {
      db.exec('BEGIN');
      const sql = statementsOf(db);
      for (const row of sql.states.iterate()) yield { kind: 'state', ...stateOf(row) };
      for (const row of sql.hours.iterate()) yield { kind: 'hour', ...countOf(row) };
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
    await transaction(this.#db, () => {
      if (this.#sql.states.get() !== undefined || this.#sql.hours.get() !== undefined) {
        throw new StoreError('STORE_SCHEMA', 'the store is not empty', 'Import into a new folder.');
      }
      for (const state of states) this.#putState(state);
      this.#addHours(hours);
      this.#count('endpoints', states.length);
      this.#count(
        'stale',
        states.reduce((sum, { stale }) => sum + stale, 0),
      );
    });
  }

  async changes(cursor: number, limit: number): Promise<Changes> {
    const rows = reading(() => this.#sql.changed.all(cursor, limit));
    return { counts: rows.map(countOf), cursor: Number(rows.at(-1)?.change ?? cursor) };
  }

  async now(): Promise<number> {
    return reading(() => this.#tally('change'));
  }

  async close(): Promise<void> {
    if (this.#db.isOpen) this.#db.close();
  }

  #state(endpoint: string): EndpointState {
    const row = this.#sql.state.get(endpoint);
    if (row !== undefined) return stateOf(row);
    this.#count('endpoints', 1);
    return newState(endpoint);
  }

  #putState({ endpoint, stale, ...state }: EndpointState): void {
    this.#sql.putState.run(endpoint, JSON.stringify(state), stale);
  }

  #addHours(hours: readonly HourlyCount[]): void {
    if (hours.length === 0) return;
    let [change, presses] = [this.#tally('change'), 0];
    for (const { endpoint, hour, count } of hours) {
      change += 1;
      presses += count;
      this.#sql.addHour.run(endpoint, hour, count, change);
    }
    this.#count('change', hours.length);
    this.#count('presses', presses);
  }

  #count(name: TallyName, added: number): void {
    if (added !== 0) this.#sql.addTally.run(added, name);
  }

  #tally(name: TallyName): number {
    return Number(this.#sql.tally.get(name)?.value);
  }
}

function stateOf(row: Row): EndpointState {
  const state = JSON.parse(String(row.state)) as Omit<EndpointState, 'endpoint' | 'stale'>;
  return { endpoint: String(row.endpoint), stale: Number(row.stale), ...state };
}

function countOf(row: Row): HourlyCount {
  return { endpoint: String(row.endpoint), hour: String(row.hour), count: Number(row.count) };
}

/** The last hour that begins before the instant. */
function lastHourBefore(to: Date): string {
  return to.getTime() <= 0 ? '' : hourOf(to.getTime() - 1);
}
