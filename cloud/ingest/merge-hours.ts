/**
 * Counts of all endpoints in order of hour, out of a store that keeps each endpoint's hours in a place of its own.
 *
 * Each endpoint's next page is read, many at once; whatever is not beyond the end of the shortest page is complete, and told.
 * So memory holds a page an endpoint, however long the time is.
 */
import { byCodePoint } from '../protocol/code-point-order.ts';
import { inParallel } from './in-parallel.ts';
import type { HourlyCount } from './store.ts';

/** First and last hour, both included. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

export interface HoursPage {
  /** In order of hour. */
  readonly counts: readonly HourlyCount[];
  /** Everything up to this hour was read, and there may be more; undefined: nothing follows. */
  readonly upTo: string | undefined;
}

export interface MergeOptions {
  readonly endpoints: readonly string[];
  readonly span: Span;
  /** Pages read at once. */
  readonly parallel: number;
  /** The endpoint's hours after `after`, within the span, at most `limit` of them. */
  readonly page: (endpoint: string, after: string | undefined, limit: number) => Promise<HoursPage>;
}

/** Rows held at once, about; at least so many an endpoint, so that a long time does not take a request an hour. */
const ROWS_HELD = 200_000;
const LEAST_PAGE = 48;
const MOST_PAGE = 1_000;

/** In order of hour, then endpoint. */
export async function* mergeHours({
  endpoints,
  span,
  parallel,
  page,
}: MergeOptions): AsyncGenerator<HourlyCount, void, undefined> {
  const limit = Math.min(Math.max(Math.floor(ROWS_HELD / Math.max(endpoints.length, 1)), LEAST_PAGE), MOST_PAGE);
  let cursors = endpoints.map((endpoint): Cursor => ({ endpoint, rows: [], upTo: undefined, ended: false }));
  while (cursors.length > 0) {
    const empty = cursors.filter(({ rows, ended }) => rows.length === 0 && !ended);
    await inParallel(empty, parallel, async (cursor) => {
      const { counts, upTo } = await page(cursor.endpoint, cursor.upTo, limit);
      cursor.rows = [...counts];
      [cursor.upTo, cursor.ended] = [upTo ?? span.to, upTo === undefined];
    });
    const complete = cursors.reduce((least, { upTo = '', ended }) => (ended || upTo > least ? least : upTo), span.to);
    const rows = cursors.flatMap((cursor) => takeUpTo(cursor, complete));
    yield* rows.sort(byHourThenEndpoint);
    cursors = cursors.filter(({ rows: left, ended }) => left.length > 0 || !ended);
  }
}

interface Cursor {
  readonly endpoint: string;
  /** Read and not told, in order of hour. */
  rows: HourlyCount[];
  /** Everything up to this hour was read. */
  upTo: string | undefined;
  ended: boolean;
}

function takeUpTo(cursor: Cursor, hour: string): HourlyCount[] {
  const end = cursor.rows.findIndex((row) => row.hour > hour);
  return cursor.rows.splice(0, end === -1 ? cursor.rows.length : end);
}

function byHourThenEndpoint(a: HourlyCount, b: HourlyCount): number {
  if (a.hour !== b.hour) return a.hour < b.hour ? -1 : 1;
  if (a.endpoint === b.endpoint) return 0;
  return byCodePoint(a.endpoint, b.endpoint);
}
