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
import { ShelvedStore } from '../../../ingest/aside/shelved-store.ts';
import type { EndpointEvents } from '../../../ingest/events.ts';
import { inParallel } from '../../../ingest/in-parallel.ts';
import type { Outbox } from '../../../ingest/outbox.ts';
import { Remembered } from '../../../ingest/remembered.ts';
import type { EndpointState } from '../../../ingest/state.ts';
import type { Applied, EndpointCopy, HourlyCount, HourlyQuery, Store, Totals } from '../../../ingest/store.ts';
import type { ToldMemory } from '../../../ingest/told.ts';
import { HOUR_MS, hourOf } from '../../../protocol/hour.ts';
import { countEndpoint, findHolder } from './counter.ts';
import { failureOf } from './failure.ts';
import { firstHolder, type Holder } from './holder.ts';
import { keyOf, LIST_PARTITIONS, spread } from './keys.ts';
import { Marks, type MarkTimes } from './marks.ts';
import { readEndpoint, replaceEndpoint } from './move.ts';
import { readAll, readEndpoints, readOne, readWhole } from './reader.ts';
import { demand, PARALLEL, Patience, persist } from './requests.ts';
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
/** Fewer are read: that they are all new is a guess. */
const MANY = 8;
const LAST_MS = Date.UTC(9999, 11, 31, 23);

/** Opens the store on a table that exists. */
export function openTableStore(options: TableStoreOptions): TableStore {
  return new AzureStore(options);
}

class AzureStore extends ShelvedStore implements TableStore {
  readonly #table: Table;
  readonly #now: () => number;
  readonly #marks: Marks;
  /** They may be old: a write under their condition is refused then. */
  readonly #remembered = new Remembered<Holder>();

  constructor({ client, shelf, now, deadline = () => now() + LIMIT_MS, marks }: TableStoreOptions) {
    super(shelf, deadline);
    this.#table = new Table(client);
    this.#now = now;
    this.#marks = new Marks(this.#table, now, marks);
  }

  async apply(batch: readonly EndpointEvents[]): Promise<Applied> {
    const deadline = this.begin();
    const patience = (): Patience => new Patience(this.#now, deadline);
    const byEndpoint = Map.groupBy(batch, ({ endpoint }) => endpoint);
    await this.#lookUp(
      [...byEndpoint.keys()].filter((endpoint) => this.#remembered.get(endpoint) === undefined),
      patience,
    );
    await this.#marks.markMany(
      [...byEndpoint.keys()].map((endpoint) => ({ endpoint, hours: hoursOf(byEndpoint.get(endpoint) ?? []) })),
      patience,
    );
    let [presses, stale] = [0, 0];
    await inParallel(byEndpoint, PARALLEL, async ([endpoint, events]) => {
      const known = this.#remembered.get(endpoint);
      this.#remembered.forget(endpoint);
      const counted = await countEndpoint({ table: this.#table, marks: this.#marks }, events, known, patience());
      this.#remembered.set(endpoint, counted.holder);
      presses += counted.presses;
      stale += counted.stale;
    });
    return { presses, stale };
  }

  async *hourly({ endpoint, from, to }: HourlyQuery): AsyncIterable<HourlyCount> {
    this.begin();
    const last = Math.min(to.getTime() - 1, LAST_MS);
    const first = Math.max(from.getTime() - (from.getTime() % HOUR_MS), 0);
    if (last < first) return;
    const span = { from: hourOf(first), to: hourOf(last) };
    if (endpoint !== undefined) yield* readOne(this.#table, endpoint, span, this.#reading);
    else yield* readAll(this.#table, await readEndpoints(this.#table, this.#reading), span, this.#reading);
  }

  async *stale(endpoint?: string): AsyncIterable<{ readonly endpoint: string; readonly stale: number }> {
    this.begin();
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
    this.begin();
    const names = await this.#names();
    let [presses, stale] = [0, 0];
    await inParallel(names, PARALLEL, async (name) => {
      const whole = await readWhole(this.#table, name, this.#reading);
      presses += whole.presses;
      stale += whole.stale;
    });
    return { endpoints: names.length, presses, stale, ...(await this.asideUsage()) };
  }

  async *endpoints(): AsyncIterable<string> {
    this.begin();
    yield* await this.#names();
  }

  async read(endpoint: string): Promise<EndpointCopy | undefined> {
    this.begin();
    return await readEndpoint(this.#table, endpoint, this.#reading);
  }

  async replace(copy: EndpointCopy, expected: EndpointState | undefined): Promise<boolean> {
    this.begin();
    this.#remembered.forget(copy.state.endpoint);
    const list = (endpoints: readonly string[], patience: () => Patience) => this.#list(endpoints, patience);
    return await replaceEndpoint({ table: this.#table, marks: this.#marks, list }, copy, expected, this.#reading);
  }

  outbox(): Outbox {
    return this.#marks.outbox(this.#reading);
  }

  told(): ToldMemory {
    return toldInTable(this.#table, this.#reading);
  }

  /** A long reading may take its time; each of its requests may not. */
  readonly #reading = (): Patience => new Patience(this.#now, this.#now() + LIMIT_MS);

  #names(): Promise<string[]> {
    return readEndpoints(this.#table, this.#reading);
  }

  /**
   * Has all these remembered, and listed. Of a hundred that are listed as new at once, none has a state: they are not read. Otherwise each is,
   * and those without a state are listed; whoever counts one meanwhile is seen by the ETag.
   */
  async #lookUp(endpoints: readonly string[], patience: () => Patience): Promise<void> {
    const groups = Map.groupBy(endpoints, (endpoint) => spread(LIST_PARTITIONS, keyOf(endpoint))).values();
    await inParallel(
      [...groups].flatMap((group) => [...chunks(group)]),
      PARALLEL,
      async (names) => {
        if (names.length >= MANY && (await this.#listNew(names, patience))) {
          for (const name of names) this.#remembered.set(name, firstHolder(name));
          return;
        }
        await inParallel(names, PARALLEL, async (name) => {
          this.#remembered.set(name, await findHolder(this.#table, name, patience()));
        });
        await this.#list(
          names.filter((name) => this.#remembered.get(name)?.etag === undefined),
          patience,
        );
      },
    );
  }

  /** False if one of them was listed already. */
  async #listNew(endpoints: readonly string[], patience: () => Patience): Promise<boolean> {
    try {
      await persist(() => this.#table.transact(endpoints.map((endpoint) => ['create', listing(endpoint)])), patience());
      return true;
    } catch (error) {
      if (failureOf(error).kind === 'refused') return false;
      throw error;
    }
  }

  /** Before their state is written: no endpoint is counted that is not listed. */
  async #list(endpoints: readonly string[], patience: () => Patience): Promise<void> {
    for (const some of Map.groupBy(endpoints.map(listing), ({ partitionKey }) => partitionKey).values()) {
      await inParallel(chunks(some), PARALLEL, async (batch) => {
        const actions = batch.map((entity): TransactionAction => ['upsert', entity, 'Replace']);
        await demand(() => this.#table.transact(actions), patience());
      });
    }
  }
}

function listing(endpoint: string) {
  const key = keyOf(endpoint);
  return { partitionKey: spread(LIST_PARTITIONS, key), rowKey: key, Name: endpoint };
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
