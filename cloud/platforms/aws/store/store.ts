/**
 * The store on DynamoDB: exact counts in the guide's table.
 *
 *   apply: for each endpoint  state -> fold -> state'   and   EventCount += presses   in ONE conditional write
 *
 * How an endpoint is counted is in counter.ts, what is written in plan.ts, which item holds the state in holder.ts, the
 * keys in keys.ts. What is set aside is on a shelf beside the table.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Shelf } from '../../../ingest/aside/shelf.ts';
import { ShelvedStore } from '../../../ingest/aside/shelved-store.ts';
import type { EndpointEvents } from '../../../ingest/events.ts';
import { inParallel } from '../../../ingest/in-parallel.ts';
import { Remembered } from '../../../ingest/remembered.ts';
import type { EndpointState } from '../../../ingest/state.ts';
import type {
  Applied,
  EndpointCopy,
  HourlyCount,
  HourlyQuery,
  Store,
  StoreItem,
  Totals,
} from '../../../ingest/store.ts';
import { HOUR_MS, hourOf } from '../../../protocol/hour.ts';
import { bearMany } from './birth.ts';
import { countEndpoint } from './counter.ts';
import { findHolder, findMany, type Known, PARALLEL } from './find.ts';
import type { Holder } from './holder.ts';
import { exportTable, importTable } from './move.ts';
import { countOf, pages, readAll, readEndpoints, readOne } from './reader.ts';
import { readEndpoint, replaceEndpoint } from './replace.ts';
import { Patience } from './requests.ts';
import { type CapacityTally, Table } from './table.ts';

export interface DynamoStoreOptions {
  /** The store's own: closing the store ends it. Best without retries of its own (client.ts): the store has them. */
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly shelf: Shelf;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds since 1970 after which no request is begun; asked at the beginning of each call. 15 s if left out. */
  readonly deadline?: () => number;
  readonly tally?: CapacityTally;
}

/** Below the 20 s after which a sender gives up. */
const LIMIT_MS = 15_000;
const LAST_HOUR = '9999-12-31 23:00:00';

/** Opens the store on a table that exists; its keys are looked at when it is first used. */
export function openDynamoStore(options: DynamoStoreOptions): Store {
  return new DynamoStore(options);
}

class DynamoStore extends ShelvedStore implements Store {
  readonly #table: Table;
  readonly #now: () => number;
  readonly #remembered = new Remembered<Holder>();
  #isEnded = false;

  constructor({ client, table, shelf, now, deadline = () => now() + LIMIT_MS, tally }: DynamoStoreOptions) {
    super(shelf, deadline);
    this.#table = new Table(client, table, tally);
    this.#now = now;
  }

  async apply(batch: readonly EndpointEvents[]): Promise<Applied> {
    const deadline = this.begin();
    const patience = (): Patience => new Patience(this.#now, deadline);
    const byEndpoint = Map.groupBy(batch, ({ endpoint }) => endpoint);
    const known = await this.#known(byEndpoint, patience);
    let [presses, stale] = [0, 0];
    await inParallel(byEndpoint, PARALLEL, async ([endpoint, events]) => {
      const before = this.#remembered.get(endpoint) ?? known.get(endpoint);
      this.#remembered.forget(endpoint);
      const counted = await countEndpoint(this.#table, events, before, patience());
      this.#remembered.set(endpoint, counted.holder);
      presses += counted.presses;
      stale += counted.stale;
    });
    return { presses, stale };
  }

  async *hourly({ endpoint, from, to }: HourlyQuery): AsyncIterable<HourlyCount> {
    this.begin();
    const span = { from: hourOf(Math.max(from.getTime(), 0)), to: lastHour(to) };
    if (span.from > span.to) return;
    if (endpoint !== undefined) yield* readOne(this.#table, endpoint, span, this.#reading);
    else yield* readAll(this.#table, await readEndpoints(this.#table, this.#reading), span, this.#reading);
  }

  async *stale(endpoint?: string): AsyncIterable<{ readonly endpoint: string; readonly stale: number }> {
    this.begin();
    const endpoints = endpoint === undefined ? await readEndpoints(this.#table, this.#reading) : [endpoint];
    for (let start = 0; start < endpoints.length; start += MOST_STATES) {
      const some = endpoints.slice(start, start + MOST_STATES);
      const stale = new Map<string, number>();
      await inParallel(some, PARALLEL, async (one) => {
        stale.set(one, (await findHolder(this.#table, one, this.#reading()))?.state.stale ?? 0);
      });
      for (const one of some) if (stale.get(one)) yield { endpoint: one, stale: stale.get(one) ?? 0 };
    }
  }

  /** Reads every item, an endpoint's after another's: exact for what is not written to meanwhile. */
  async totals(): Promise<Totals> {
    this.begin();
    const endpoints = await readEndpoints(this.#table, this.#reading);
    let presses = 0;
    await inParallel(endpoints, PARALLEL, async (partition) => {
      for await (const item of pages(this.#table, { partition }, this.#reading)) presses += countOf(item)?.count ?? 0;
    });
    let stale = 0;
    for await (const one of this.stale()) stale += one.stale;
    return { endpoints: endpoints.length, presses, stale, ...(await this.asideUsage()) };
  }

  override async *export(): AsyncIterable<StoreItem> {
    this.begin();
    yield* exportTable(this.#table, this.#reading);
  }

  override async import(items: AsyncIterable<StoreItem>): Promise<void> {
    this.begin();
    await importTable(this.#table, items, this.#reading);
  }

  async *endpoints(): AsyncIterable<string> {
    this.begin();
    yield* await readEndpoints(this.#table, this.#reading);
  }

  async read(endpoint: string): Promise<EndpointCopy | undefined> {
    this.begin();
    return await readEndpoint(this.#table, endpoint, this.#reading);
  }

  async replace(copy: EndpointCopy, expected: EndpointState | undefined): Promise<boolean> {
    this.begin();
    this.#remembered.forget(copy.state.endpoint);
    return await replaceEndpoint(this.#table, copy, expected, this.#reading);
  }

  override async close(): Promise<void> {
    await super.close();
    if (!this.#isEnded) this.#table.close();
    this.#isEnded = true;
  }

  /** A long reading may take its time; each of its requests may not. */
  readonly #reading = (): Patience => new Patience(this.#now, this.#now() + LIMIT_MS);

  /** What is known of the endpoints that are not remembered, when those never seen have been listed. */
  async #known(
    byEndpoint: ReadonlyMap<string, readonly EndpointEvents[]>,
    patience: () => Patience,
  ): Promise<Map<string, Known>> {
    const unknown = [...byEndpoint.keys()].filter((endpoint) => this.#remembered.get(endpoint) === undefined);
    const known = await findMany(this.#table, unknown, hourOfEvents(byEndpoint.get(unknown[0] ?? '') ?? []), patience);
    const unseen = unknown.filter((endpoint) => known.get(endpoint) === 'unseen');
    const born = await bearMany(
      this.#table,
      unseen.map((endpoint) => byEndpoint.get(endpoint) ?? []),
      patience,
    );
    for (const [endpoint, holder] of born) known.set(endpoint, holder);
    return known;
  }
}

/** States read at once. */
const MOST_STATES = 1_000;

function hourOfEvents(batch: readonly EndpointEvents[]): string {
  const [one] = batch;
  const event = one?.events.find(({ timestamp }) => timestamp !== undefined);
  return hourOf(Math.floor((event?.timestamp ?? one?.receivedAt ?? 0) / HOUR_MS) * HOUR_MS);
}

function lastHour(to: Date): string {
  const ms = to.getTime() - 1;
  if (ms < 0) return '';
  return ms >= Date.UTC(9999, 11, 31, 23) ? LAST_HOUR : hourOf(ms);
}
