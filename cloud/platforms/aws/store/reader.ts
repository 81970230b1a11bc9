/** Reads counts by Query alone, never by Scan: the endpoints from their list, then each endpoint's hours. */

import { inParallel } from '../../../ingest/in-parallel.ts';
import { mergeHours, type Span } from '../../../ingest/merge-hours.ts';
import type { HourlyCount } from '../../../ingest/store.ts';
import { byCodePoint } from '../../../protocol/code-point-order.ts';
import { PARALLEL } from './find.ts';
import { hourKey, type Item, LIST_PARTITIONS } from './keys.ts';
import { type Patience, persist } from './requests.ts';
import type { Table } from './table.ts';

/** Names of all endpoints, in order. */
export async function readEndpoints(table: Table, patience: () => Patience): Promise<string[]> {
  const names: string[] = [];
  await inParallel(LIST_PARTITIONS, LIST_PARTITIONS.length, async (partition) => {
    for await (const item of pages(table, { partition }, patience)) names.push(item.EventHour?.S ?? '');
  });
  return names.sort(byCodePoint);
}

/** Every item of one partition, in order of its sort key. */
export async function* pages(
  table: Table,
  query: { readonly partition: string; readonly from?: string; readonly to?: string },
  patience: () => Patience,
): AsyncGenerator<Item, void, undefined> {
  for (let after: Item | undefined; ; ) {
    const page = await persist(() => table.page({ ...query, after }), patience());
    yield* page.items;
    after = page.last;
    if (after === undefined) return;
  }
}

/** Counts of one endpoint, in order of hour. */
export async function* readOne(
  table: Table,
  endpoint: string,
  span: Span,
  patience: () => Patience,
): AsyncGenerator<HourlyCount, void, undefined> {
  for await (const item of pages(table, { partition: endpoint, ...span }, patience)) {
    const count = countOf(item);
    if (count !== undefined) yield count;
  }
}

/** Counts of all endpoints, in order of hour, then endpoint. */
export function readAll(
  table: Table,
  endpoints: readonly string[],
  span: Span,
  patience: () => Patience,
): AsyncGenerator<HourlyCount, void, undefined> {
  return mergeHours({
    ...{ endpoints, span, parallel: PARALLEL },
    async page(endpoint, from, limit) {
      const after = from === undefined ? undefined : hourKey(endpoint, from);
      const { items, last } = await persist(
        () => table.page({ partition: endpoint, ...span, limit, after }),
        patience(),
      );
      return { counts: items.map(countOf).filter((count) => count !== undefined), upTo: last?.EventHour?.S };
    },
  });
}

/** undefined for an hour without presses. */
export function countOf({ Endpoint, EventHour, EventCount }: Item): HourlyCount | undefined {
  const count = Number(EventCount?.N ?? 0);
  if (!(count > 0) || Endpoint?.S === undefined || EventHour?.S === undefined) return undefined;
  return { endpoint: Endpoint.S, hour: EventHour.S, count };
}
