/**
 * Finds the holders of endpoints that this process does not remember.
 *
 * Most have one at the hour that is about to be written: 100 are looked up there in one request, and 100 in the list of
 * those ever seen. For the rest the newest item is read; and where that holds no state, because another program counts
 * in this table too, the older ones.
 */

import { inParallel } from '../../../ingest/in-parallel.ts';
import { type Holder, holderOf } from './holder.ts';
import { hourKey, type Item, listKey } from './keys.ts';
import { type Patience, persist } from './requests.ts';
import { MOST_READS, type Table } from './table.ts';

/** Requests under way at once. */
export const PARALLEL = 32;
/** Of those that hold 100 items each. */
export const PARALLEL_BATCHES = 8;

/** What a process knows of an endpoint before it counts: its holder, that it was never seen, or nothing. */
export type Known = Holder | 'unseen' | undefined;

/** Of fewer endpoints each is looked for by itself: its newest item tells more than a guess. */
const FEW = 4;

/** Looks for many at once; `hour` is the one that most of them are at. */
export async function findMany(
  table: Table,
  endpoints: readonly string[],
  hour: string,
  patience: () => Patience,
): Promise<Map<string, Known>> {
  const known = new Map<string, Known>();
  if (endpoints.length < FEW) return known;
  await readMany(
    table,
    endpoints.map((endpoint) => hourKey(endpoint, hour)),
    patience,
    (item) => {
      const holder = holderOf(item);
      if (holder !== undefined) known.set(holder.state.endpoint, holder);
    },
  );
  const missing = new Set(endpoints.filter((endpoint) => !known.has(endpoint)));
  const unread = await readMany(table, [...missing].map(listKey), patience, ({ EventHour: name }) => {
    missing.delete(name?.S ?? '');
  });
  for (const { EventHour: name } of unread) missing.delete(name?.S ?? '');
  for (const endpoint of missing) known.set(endpoint, 'unseen');
  return known;
}

/** Reads items by their keys, 100 a request; gives the keys that were not read. */
async function readMany(
  table: Table,
  keys: readonly Item[],
  patience: () => Patience,
  found: (item: Item) => void,
): Promise<Item[]> {
  const left: Item[] = [];
  await inParallel(inBatches(keys, MOST_READS), PARALLEL_BATCHES, async (batch) => {
    const { items, unread } = await persist(() => table.read(batch), patience());
    items.forEach(found);
    left.push(...unread);
  });
  return left;
}

export function* inBatches<T>(items: readonly T[], size: number): Generator<readonly T[], void, undefined> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

/** The holder of one endpoint; undefined if it has none. */
export async function findHolder(table: Table, endpoint: string, patience: Patience): Promise<Holder | undefined> {
  const newest = await persist(() => table.page({ partition: endpoint, limit: 1, newestFirst: true }), patience);
  const [item] = newest.items;
  if (item === undefined) return undefined;
  const holder = holderOf(item);
  if (holder !== undefined || !(await isListed(table, endpoint, patience))) return holder;
  for (let after = newest.last; after !== undefined; ) {
    const page = await persist(() => table.page({ partition: endpoint, after, newestFirst: true }), patience);
    const older = page.items.map(holderOf).find((one) => one !== undefined);
    if (older !== undefined) return older;
    after = page.last;
  }
  return undefined;
}

async function isListed(table: Table, endpoint: string, patience: Patience): Promise<boolean> {
  const { Endpoint: partition, EventHour: name } = listKey(endpoint);
  const [from, to] = [name?.S ?? '', name?.S ?? ''];
  const { items } = await persist(() => table.page({ partition: partition?.S ?? '', from, to }), patience);
  return items.length > 0;
}
