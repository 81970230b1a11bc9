/** Export and import: an endpoint's state and hours leave and arrive together. */

import { inParallel } from '../../../ingest/in-parallel.ts';
import type { EndpointState } from '../../../ingest/state.ts';
import type { HourlyCount, StoreItem } from '../../../ingest/store.ts';
import { StoreError } from '../../../protocol/errors.ts';
import { HOUR_MS, hourOf } from '../../../protocol/hour.ts';
import { findHolder, PARALLEL } from './find.ts';
import { type Holder, holderText } from './holder.ts';
import { hourKey, type Item, listKey } from './keys.ts';
import { countOf, pages, readEndpoints } from './reader.ts';
import { type Patience, persist } from './requests.ts';
import { MOST_PUTS, type Table } from './table.ts';

/** How often an endpoint is read again that is written to all the while. */
const MOST_READINGS = 20;

export async function* exportTable(table: Table, patience: () => Patience): AsyncGenerator<StoreItem, void, undefined> {
  for (const endpoint of await readEndpoints(table, patience)) yield* await exportEndpoint(table, endpoint, patience);
}

/**
 * An endpoint's state and hours. Every write of a count changes the state's text: if that is the same before and after, the counts
 * belong to it.
 */
export async function exportEndpoint(table: Table, endpoint: string, patience: () => Patience): Promise<StoreItem[]> {
  for (let reading = 0; reading < MOST_READINGS; reading++) {
    const before = await findHolder(table, endpoint, patience());
    const hours = new Map<string, number>();
    for await (const item of pages(table, { partition: endpoint }, patience)) {
      const { hour, count } = countOf(item) ?? {};
      if (hour !== undefined && count !== undefined) hours.set(hour, count);
    }
    const after = await findHolder(table, endpoint, patience());
    if (before?.text === after?.text && before?.hour === after?.hour) return asItems(endpoint, before, hours);
  }
  throw new StoreError('STORE_DOWN', `${endpoint} is written to without a pause`, 'Export again when it is quieter.');
}

function asItems(endpoint: string, holder: Holder | undefined, hours: Map<string, number>): StoreItem[] {
  for (const [at, presses] of holder?.due ?? []) {
    const hour = hourOf(at * HOUR_MS);
    hours.set(hour, (hours.get(hour) ?? 0) + presses);
  }
  const counts = [...hours].map(([hour, count]): StoreItem => ({ kind: 'hour', endpoint, hour, count }));
  return holder === undefined ? counts : [{ kind: 'state', ...holder.state }, ...counts];
}

/** Writes into an empty table; StoreError STORE_SCHEMA if it is not. Counts of a write that failed half way are to be dropped. */
export async function importTable(
  table: Table,
  items: AsyncIterable<StoreItem>,
  patience: () => Patience,
): Promise<void> {
  const endpoints = new Map<string, Imported>();
  const of = (endpoint: string): Imported => {
    const known = endpoints.get(endpoint) ?? { state: undefined, hours: [] };
    endpoints.set(endpoint, known);
    return known;
  };
  for await (const { kind, ...item } of items) {
    if (kind === 'state') of(item.endpoint).state = item as EndpointState;
    else of(item.endpoint).hours.push(item as HourlyCount);
  }
  if ((await readEndpoints(table, patience)).length > 0) {
    throw new StoreError('STORE_SCHEMA', 'the table is not empty', 'Import into a new table.');
  }
  await inParallel(batches(endpoints), PARALLEL, async (batch) => {
    const own = patience();
    for (let left: readonly Item[] = batch; left.length > 0; ) {
      const put = left;
      left = await persist(() => table.put(put), own);
      if (left.length > 0) await own.wait(undefined);
    }
  });
}

interface Imported {
  state: EndpointState | undefined;
  readonly hours: HourlyCount[];
}

/** Where a state is held that has no hour: before all hours. */
const BEFORE_ALL = hourOf(0);

function* batches(endpoints: ReadonlyMap<string, Imported>): Generator<Item[], void, undefined> {
  let batch: Item[] = [];
  for (const [endpoint, imported] of endpoints) {
    for (const item of itemsOf(endpoint, imported)) {
      batch.push(item);
      if (batch.length === MOST_PUTS) {
        yield batch;
        batch = [];
      }
    }
  }
  if (batch.length > 0) yield batch;
}

function itemsOf(endpoint: string, { state, hours }: Imported): Item[] {
  const newest = hours.reduce((latest, { hour }) => (hour > latest ? hour : latest), BEFORE_ALL);
  const items = hours.map(
    ({ hour, count }): Item => ({ ...hourKey(endpoint, hour), EventCount: { N: String(count) } }),
  );
  if (state !== undefined) {
    let holder = items.find(({ EventHour }) => EventHour?.S === newest);
    if (holder === undefined) {
      holder = hourKey(endpoint, newest);
      items.push(holder);
    }
    holder.EventState = { S: holderText(state, new Map()) };
  }
  return [{ ...listKey(endpoint), First: { S: newest } }, ...items];
}
