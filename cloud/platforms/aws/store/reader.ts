/**
 * Reads counts by Query alone, never by Scan: the endpoints from their list, then each endpoint's hours.
 *
 * Counts of all endpoints come in order of hour. Each endpoint's next page is read, many at once; whatever is not beyond
 * the end of the shortest page is complete, and told. So memory holds a page an endpoint, however long the time is.
 */

import { inParallel } from '../../../ingest/in-parallel.ts';
import type { HourlyCount } from '../../../ingest/store.ts';
import { PARALLEL } from './find.ts';
import { hourKey, type Item, LIST_PARTITIONS } from './keys.ts';
import { type Patience, persist } from './requests.ts';
import type { Table } from './table.ts';

/** Rows held at once, about; at least so many an endpoint, so that a long time does not take a request an hour. */
const ROWS_HELD = 200_000;
const LEAST_PAGE = 48;
const MOST_PAGE = 1_000;

export interface Span {
  /** First and last hour, both included. */
  readonly from: string;
  readonly to: string;
}

/** Names of all endpoints, in order. */
export async function readEndpoints(table: Table, patience: () => Patience): Promise<string[]> {
  const names: string[] = [];
  await inParallel(LIST_PARTITIONS, LIST_PARTITIONS.length, async (partition) => {
    for await (const item of pages(table, { partition }, patience)) names.push(item.EventHour?.S ?? '');
  });
  return names.sort();
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
export async function* readAll(
  table: Table,
  endpoints: readonly string[],
  span: Span,
  patience: () => Patience,
): AsyncGenerator<HourlyCount, void, undefined> {
  const limit = Math.min(Math.max(Math.floor(ROWS_HELD / Math.max(endpoints.length, 1)), LEAST_PAGE), MOST_PAGE);
  let cursors = endpoints.map((endpoint): Cursor => ({ endpoint, rows: [], upTo: '', after: undefined, ended: false }));
  while (cursors.length > 0) {
    const empty = cursors.filter(({ rows, ended }) => rows.length === 0 && !ended);
    await inParallel(empty, PARALLEL, (cursor) => readNext(table, cursor, span, limit, patience));
    const complete = cursors.reduce((least, { upTo, ended }) => (ended || upTo > least ? least : upTo), span.to);
    const rows = cursors.flatMap((cursor) => takeUpTo(cursor, complete));
    yield* rows.sort(byHourThenEndpoint);
    cursors = cursors.filter(({ rows, ended }) => rows.length > 0 || !ended);
  }
}

interface Cursor {
  readonly endpoint: string;
  /** Read and not told, in order of hour. */
  rows: HourlyCount[];
  /** Everything up to this hour was read. */
  upTo: string;
  after: Item | undefined;
  ended: boolean;
}

async function readNext(
  table: Table,
  cursor: Cursor,
  span: Span,
  limit: number,
  patience: () => Patience,
): Promise<void> {
  const query = { partition: cursor.endpoint, ...span, limit, after: cursor.after };
  const { items, last } = await persist(() => table.page(query), patience());
  cursor.rows = items.map(countOf).filter((count) => count !== undefined);
  cursor.upTo = last?.EventHour?.S ?? span.to;
  cursor.after = last === undefined ? undefined : hourKey(cursor.endpoint, cursor.upTo);
  cursor.ended = last === undefined;
}

function takeUpTo(cursor: Cursor, hour: string): HourlyCount[] {
  const end = cursor.rows.findIndex((row) => row.hour > hour);
  return cursor.rows.splice(0, end === -1 ? cursor.rows.length : end);
}

function byHourThenEndpoint(a: HourlyCount, b: HourlyCount): number {
  if (a.hour !== b.hour) return a.hour < b.hour ? -1 : 1;
  if (a.endpoint === b.endpoint) return 0;
  return a.endpoint < b.endpoint ? -1 : 1;
}

/** undefined for an hour without presses. */
export function countOf({ Endpoint, EventHour, EventCount }: Item): HourlyCount | undefined {
  const count = Number(EventCount?.N ?? 0);
  if (!(count > 0) || Endpoint?.S === undefined || EventHour?.S === undefined) return undefined;
  return { endpoint: Endpoint.S, hour: EventHour.S, count };
}
