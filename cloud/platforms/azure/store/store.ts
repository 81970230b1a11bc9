/**
 * The store on Azure Table storage: exact counts in one table, what is set aside on a shelf beside it.
 *
 *   apply: endpoints listed ─► hours marked ─► for each endpoint  state -> fold -> state'  and  hour += presses  in ONE entity group
 *          transaction, under the condition that the state is still the one that was read (its ETag)
 *
 * What the keys are is in keys.ts, what is written in plan.ts, when again in counter.ts, the outbox in marks.ts.
 */
import type { TableClient, TransactionAction } from '@azure/data-tables';
import type { Shelf } from '../../../ingest/aside/shelf.ts';
import type { EndpointEvents } from '../../../ingest/events.ts';
import { inParallel } from '../../../ingest/in-parallel.ts';
import type { Outbox } from '../../../ingest/outbox.ts';
import type { EndpointState } from '../../../ingest/state.ts';
import type {
  Applied,
  AsideItem,
  EndpointCopy,
  HourlyCount,
  HourlyQuery,
  Store,
  StoreItem,
  Totals,
} from '../../../ingest/store.ts';
import type { ToldMemory } from '../../../ingest/told.ts';
import { StoreError } from '../../../protocol/errors.ts';
import { HOUR_MS, hourOf } from '../../../protocol/hour.ts';
import { countEndpoint, findHolder } from './counter.ts';
import type { Holder } from './holder.ts';
import { keyOf, LIST_PARTITIONS, spread } from './keys.ts';
import { Marks, type MarkTimes } from './marks.ts';
import { readEndpoint, replaceEndpoint } from './move.ts';
import { readAll, readEndpoints, readHours, readOne } from './reader.ts';
import { PARALLEL, Patience, persist } from './requests.ts';
import { MOST_ACTIONS, Table } from './table.ts';
import { toldInTable } from './told.ts';

export interface TableStoreOptions {
  /** Without retries of its own: newTableClient (client.ts). */
  readonly client: TableClient;
  readonly shelf: Shelf;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds since 1970 after which no request is begun, 60 s ahead at most; asked at the beginning of each call. 15 s if left out. */
  readonly deadline?: () => number;
  /** How long marks of changed hours are kept. */
  readonly marks?: MarkTimes;
}

export interface TableStore extends Store {
  /** Hours that may have changed since they were told, for one sink. */
  outbox(): Outbox;
  /** What a sink that adds up was told. */
  told(): ToldMemory;
}

/** Below the 20 s after which a sender gives up. */
const LIMIT_MS = 15_000;
/** Holders that are remembered, some 700 bytes each. */
const MOST_REMEMBERED = 50_000;
const LAST_MS = Date.UTC(9999, 11, 31, 23);

/** Opens the store on a table that exists. */
export function openTableStore(options: TableStoreOptions): TableStore {
  return new AzureStore(options);
}

class AzureStore implements TableStore {
  readonly #table: Table;
  readonly #shelf: Shelf;
  readonly #now: () => number;
  readonly #deadline: () => number;
  readonly #marks: Marks;
  /** They may be old: a write under their condition is refused then. */
  readonly #remembered = new Map<string, Holder>();
  #closed = false;

  constructor({ client, shelf, now, deadline = () => now() + LIMIT_MS, marks }: TableStoreOptions) {
    this.#table = new Table(client);
    [this.#shelf, this.#now, this.#deadline] = [shelf, now, deadline];
    this.#marks = new Marks(this.#table, now, marks);
  }

  async apply(batch: readonly EndpointEvents[]): Promise<Applied> {
    const deadline = this.#begin();
    const patience = (): Patience => new Patience(this.#now, deadline);
    const byEndpoint = Map.groupBy(batch, ({ endpoint }) => endpoint);
    const unknown = [...byEndpoint.keys()].filter((endpoint) => !this.#remembered.has(endpoint));
    await inParallel(unknown, PARALLEL, async (endpoint) => {
      this.#remember(endpoint, await findHolder(this.#table, endpoint, patience()));
    });
    const isUnseen = (endpoint: string): boolean => this.#remembered.get(endpoint)?.etag === undefined;
    await this.#list(unknown.filter(isUnseen), patience);
    await this.#marks.markMany(
      [...byEndpoint.keys()].map((endpoint) => ({ endpoint, hours: hoursOf(byEndpoint.get(endpoint) ?? []) })),
      patience,
    );
    let [presses, stale] = [0, 0];
    await inParallel(byEndpoint, PARALLEL, async ([endpoint, events]) => {
      const known = this.#remembered.get(endpoint);
      this.#remembered.delete(endpoint);
      const counted = await countEndpoint({ table: this.#table, marks: this.#marks }, events, known, patience());
      this.#remember(endpoint, counted.holder);
      presses += counted.presses;
      stale += counted.stale;
    });
    return { presses, stale };
  }

  async *hourly({ endpoint, from, to }: HourlyQuery): AsyncIterable<HourlyCount> {
    this.#begin();
    const last = Math.min(to.getTime() - 1, LAST_MS);
    const first = Math.max(from.getTime() - (from.getTime() % HOUR_MS), 0);
    if (last < first) return;
    const span = { from: hourOf(first), to: hourOf(last) };
    if (endpoint !== undefined) yield* readOne(this.#table, endpoint, span, this.#reading);
    else yield* readAll(this.#table, await readEndpoints(this.#table, this.#reading), span, this.#reading);
  }

  async *stale(endpoint?: string): AsyncIterable<{ readonly endpoint: string; readonly stale: number }> {
    this.#begin();
    for (const names of chunks(endpoint === undefined ? await this.#names() : [endpoint])) {
      const stale = new Map<string, number>();
      await inParallel(names, PARALLEL, async (name) => {
        stale.set(name, (await findHolder(this.#table, name, this.#reading())).state.stale);
      });
      for (const name of names) if (stale.get(name)) yield { endpoint: name, stale: stale.get(name) ?? 0 };
    }
  }

  /** Reads every entity, an endpoint's after another's: exact for what is not written to meanwhile. */
  async totals(): Promise<Totals> {
    this.#begin();
    const names = await this.#names();
    let [presses, stale] = [0, 0];
    await inParallel(names, PARALLEL, async (name) => {
      const { due, state } = await findHolder(this.#table, name, this.#reading());
      const hours = await readHours(this.#table, name, this.#reading);
      presses += hours.reduce((sum, { count }) => sum + count, 0) + due.values().reduce((sum, added) => sum + added, 0);
      stale += state.stale;
    });
    return { endpoints: names.length, presses, stale, ...(await this.asideUsage()) };
  }

  async asideUsage(): Promise<Pick<Totals, 'setAside' | 'setAsideBytes'>> {
    this.#begin();
    const { items: setAside, bytes: setAsideBytes } = await this.#shelf.usage();
    return { setAside, setAsideBytes };
  }

  async setAside(items: readonly AsideItem[]): Promise<void> {
    this.#begin();
    await this.#shelf.put(items);
  }

  async *aside(): AsyncIterable<AsideItem> {
    this.#begin();
    yield* this.#shelf.items();
  }

  async dropAside(keys: readonly string[]): Promise<void> {
    this.#begin();
    await this.#shelf.drop(keys);
  }

  async *export(): AsyncIterable<StoreItem> {
    for await (const endpoint of this.endpoints()) {
      const copy = await this.read(endpoint);
      if (copy === undefined) continue;
      yield { kind: 'state', ...copy.state };
      for (const hour of copy.hours) yield { kind: 'hour', ...hour };
    }
  }

  async import(items: AsyncIterable<StoreItem>): Promise<void> {
    this.#begin();
    const copies = new Map<string, { state: EndpointState | undefined; hours: HourlyCount[] }>();
    for await (const { kind, ...item } of items) {
      const copy = copies.get(item.endpoint) ?? { state: undefined, hours: [] };
      if (kind === 'state') copy.state = item as EndpointState;
      else copy.hours.push(item as HourlyCount);
      copies.set(item.endpoint, copy);
    }
    if ((await this.#names()).length > 0) {
      throw new StoreError('STORE_SCHEMA', 'the table is not empty', 'Import into a new table.');
    }
    await inParallel(copies.values(), PARALLEL, async ({ state, hours }) => {
      if (state !== undefined) await this.replace({ state, hours }, undefined);
    });
  }

  async *endpoints(): AsyncIterable<string> {
    this.#begin();
    yield* await this.#names();
  }

  async read(endpoint: string): Promise<EndpointCopy | undefined> {
    this.#begin();
    return await readEndpoint(this.#table, endpoint, this.#reading);
  }

  async replace(copy: EndpointCopy, expected: EndpointState | undefined): Promise<boolean> {
    this.#begin();
    this.#remembered.delete(copy.state.endpoint);
    const list = (endpoints: readonly string[], patience: () => Patience) => this.#list(endpoints, patience);
    return await replaceEndpoint({ table: this.#table, marks: this.#marks, list }, copy, expected, this.#reading);
  }

  outbox(): Outbox {
    return this.#marks.outbox(this.#reading);
  }

  told(): ToldMemory {
    return toldInTable(this.#table, this.#reading);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  /** When what begins now must have begun its last request. */
  #begin(): number {
    if (this.#closed) throw new StoreError('STORE_DOWN', 'the store is closed');
    return this.#deadline();
  }

  /** A long reading may take its time; each of its requests may not. */
  readonly #reading = (): Patience => new Patience(this.#now, this.#now() + LIMIT_MS);

  #names(): Promise<string[]> {
    return readEndpoints(this.#table, this.#reading);
  }

  /** Before their state is written: no endpoint is counted that is not listed. */
  async #list(endpoints: readonly string[], patience: () => Patience): Promise<void> {
    const entities = endpoints.map((endpoint) => {
      const key = keyOf(endpoint);
      return { partitionKey: spread(LIST_PARTITIONS, key), rowKey: key, Name: endpoint };
    });
    for (const some of Map.groupBy(entities, ({ partitionKey }) => partitionKey).values()) {
      await inParallel(chunks(some), PARALLEL, async (batch) => {
        const actions = batch.map((entity): TransactionAction => ['upsert', entity, 'Replace']);
        await persist(() => this.#table.transact(actions), patience());
      });
    }
  }

  #remember(endpoint: string, holder: Holder): void {
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(endpoint, holder);
  }
}

function* chunks<T>(items: readonly T[]): Generator<readonly T[], void, undefined> {
  for (let at = 0; at < items.length; at += MOST_ACTIONS) yield items.slice(at, at + MOST_ACTIONS);
}

/** The hours that events may add presses to. */
function hoursOf(batch: readonly EndpointEvents[]): string[] {
  const hours = new Set<number>();
  for (const { events, receivedAt } of batch) {
    for (const event of events)
      if (event.kind === 'value') hours.add(Math.floor((event.timestamp ?? receivedAt) / HOUR_MS));
  }
  return [...hours].map((at) => hourOf(at * HOUR_MS));
}
