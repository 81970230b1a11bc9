/**
 * Marks of hours that may have changed since the sink was told: the outbox of the table, in partitions of its own, so that looking for
 * them costs what changed and not what is stored.
 *
 *   mark ─► count (another partition: no transaction can hold both) ─► sweep: total read, told ─► mark deleted, by its ETag
 *
 * A mark is there before its count. One that was made when the sweep looks may have a count that is still under way: it is told, but
 * stays until it is older than any write may take, by the server's clock. Telling twice does no harm.
 */
import type { TransactionAction } from '@azure/data-tables';
import { inParallel } from '../../../ingest/in-parallel.ts';
import type { Outbox, Pending } from '../../../ingest/outbox.ts';
import { failureOf } from './failure.ts';
import { hourOfRow, hourRow, keyOf, MARK_PARTITIONS, markRow, spread } from './keys.ts';
import { demand, PARALLEL, type Patience, persist } from './requests.ts';
import { type Entity, MOST_ACTIONS, type Table } from './table.ts';

const MOST_HELD = 100_000;
/** Row of the entity that tells the server's time; it holds nothing else. */
const CLOCK = { partitionKey: '!clock', rowKey: 'now' };

export interface EndpointHours {
  readonly endpoint: string;
  readonly hours: readonly string[];
}

interface Mark {
  readonly partition: string;
  readonly row: string;
  readonly etag: string;
  /** No write that it stands for can be under way any more. */
  readonly isOld: boolean;
}

export interface MarkTimes {
  /** A mark that this process made so long ago at most is not made again. */
  readonly heldMs: number;
  /** Older than this it may be deleted: above `heldMs`, the longest deadline of a write, and its last request together. */
  readonly graceMs: number;
}

/** A write ends within 60 s and a request. */
export const MARK_TIMES: MarkTimes = { heldMs: 20_000, graceMs: 150_000 };

export class Marks {
  readonly #table: Table;
  readonly #now: () => number;
  readonly #times: MarkTimes;
  /** When this process made them, by row. */
  readonly #made = new Map<string, number>();

  constructor(table: Table, now: () => number, times: MarkTimes = MARK_TIMES) {
    [this.#table, this.#now, this.#times] = [table, now, times];
  }

  mark(endpoint: string, hours: readonly string[], patience: Patience): Promise<void> {
    return this.markMany([{ endpoint, hours }], () => patience);
  }

  /** Many a request. */
  async markMany(all: readonly EndpointHours[], patience: () => Patience): Promise<void> {
    const at = this.#now();
    const wanted = new Map<string, { partitionKey: string; rowKey: string; Name: string }>();
    for (const { endpoint, hours } of all) {
      const key = keyOf(endpoint);
      for (const hour of hours) {
        const row = markRow(key, hour);
        if (at - (this.#made.get(row) ?? Number.NEGATIVE_INFINITY) < this.#times.heldMs) continue;
        wanted.set(row, { partitionKey: spread(MARK_PARTITIONS, key), rowKey: row, Name: endpoint });
      }
    }
    const batches = [...Map.groupBy(wanted.values(), ({ partitionKey }) => partitionKey).values()].flatMap((entities) =>
      Array.from({ length: Math.ceil(entities.length / MOST_ACTIONS) }, (_, index) =>
        entities.slice(index * MOST_ACTIONS, (index + 1) * MOST_ACTIONS),
      ),
    );
    await inParallel(batches, PARALLEL, async (entities) => {
      const actions = entities.map((entity): TransactionAction => ['upsert', entity, 'Replace']);
      await demand(() => this.#table.transact(actions), patience());
      for (const { rowKey } of entities) this.#remember(rowKey, at);
    });
  }

  #remember(row: string, at: number): void {
    if (this.#made.size >= MOST_HELD) this.#made.clear();
    this.#made.set(row, at);
  }

  outbox(patience: () => Patience): Outbox {
    return new MarkedHours(this.#table, this.#times.graceMs, patience);
  }
}

class MarkedHours implements Outbox {
  readonly #table: Table;
  readonly #graceMs: number;
  readonly #patience: () => Patience;
  /** What was confirmed, by mark: its ETag and the total that was told. */
  readonly #told = new Map<string, string>();

  constructor(table: Table, graceMs: number, patience: () => Patience) {
    [this.#table, this.#graceMs, this.#patience] = [table, graceMs, patience];
  }

  async pending(limit: number): Promise<readonly Pending[]> {
    const now = await this.#serverNow();
    const pending: (Pending & { readonly at: string })[] = [];
    for (const partition of MARK_PARTITIONS) {
      for (let after: string | undefined; pending.length < limit; ) {
        const query = { partition, after };
        const page = await demand(() => this.#table.page(query), this.#patience());
        await inParallel(page.entities, PARALLEL, async (entity) => {
          const one = await this.#look(entity, now);
          if (one !== undefined) pending.push(one);
        });
        after = page.after;
        if (after === undefined) break;
      }
    }
    return pending.sort((a, b) => (a.at < b.at ? -1 : 1)).slice(0, limit);
  }

  async confirm(told: readonly Pending[]): Promise<void> {
    await inParallel(told, PARALLEL, async ({ count, mark }) => {
      const { partition, row, etag, isOld } = mark as Mark;
      if (isOld) await this.#drop(partition, row, etag);
      else this.#told.set(row, toldText(etag, count.count));
    });
  }

  async close(): Promise<void> {}

  /** Undefined: told already, and deleted if it is old. */
  async #look(entity: Entity, now: number): Promise<(Pending & { readonly at: string }) | undefined> {
    const { partitionKey: partition, rowKey: row, etag, timestamp = '' } = entity;
    const hour = hourOfRow(` ${row.slice(row.lastIndexOf('|') + 1)}`);
    const endpoint = String(entity.Name);
    const isOld = now - Date.parse(timestamp) > this.#graceMs;
    // The mark was read before the count: a later one has a later mark, or was under way then.
    const there = await demand(() => this.#table.get(keyOf(endpoint), hourRow(hour)), this.#patience());
    const count = Number(there?.Count ?? 0);
    if (count > 0 && this.#told.get(row) !== toldText(etag, count)) {
      return { count: { endpoint, hour, count }, mark: { partition, row, etag, isOld } satisfies Mark, at: timestamp };
    }
    if (isOld) await this.#drop(partition, row, etag);
    return undefined;
  }

  async #drop(partition: string, row: string, etag: string): Promise<void> {
    this.#told.delete(row);
    try {
      await persist(() => this.#table.drop(partition, row, etag), this.#patience());
    } catch (error) {
      // Made again since, or deleted by another.
      if (failureOf(error).kind !== 'refused') throw error;
    }
  }

  /** Milliseconds since 1970, by the clock that marks have their time from. */
  async #serverNow(): Promise<number> {
    const at = await demand(async () => {
      await this.#table.put(CLOCK);
      return (await this.#table.get(CLOCK.partitionKey, CLOCK.rowKey))?.timestamp;
    }, this.#patience());
    return Date.parse(at ?? '');
  }
}

function toldText(etag: string, count: number): string {
  return `${etag} ${count}`;
}
