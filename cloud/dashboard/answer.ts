/** What the page's server says: the JSON of /api/series, /api/endpoints and /api/live. Shared with the browser. */
import type { HourlyCount } from '../ingest/store.ts';

/** Hours drawn for each range; the last one is the present hour, unfinished. */
export const RANGE_HOURS = { '24h': 24, '7d': 168, '30d': 720 } as const;

export type Range = keyof typeof RANGE_HOURS;

/** Presses of one board, one number an hour. */
export interface BoardSeries {
  readonly endpoint: string;
  readonly counts: readonly number[];
}

/** All boards that have no series of their own, added up. */
export interface OtherBoards {
  readonly boards: number;
  readonly counts: readonly number[];
}

/** Answer of /api/series. All `counts` and `total` are as long as `hours`. */
export interface SeriesAnswer {
  readonly range: Range;
  /** The one board asked for; null: all of them. */
  readonly endpoint: string | null;
  /** `YYYY-MM-DD HH:00:00`, UTC, without gaps, the present hour last. */
  readonly hours: readonly string[];
  readonly total: readonly number[];
  /** Most presses first. */
  readonly series: readonly BoardSeries[];
  readonly others: OtherBoards | null;
  /** Everything up to here is in the numbers: changes after it come from /api/live. */
  readonly cursor: number;
  /** Asking again sooner than this many milliseconds gives the same answer. */
  readonly freshInMs: number;
}

export interface BoardTotal {
  readonly endpoint: string;
  readonly total: number;
}

/** Answer of /api/endpoints: boards that were pressed in the range, most presses first. */
export interface EndpointsAnswer {
  readonly endpoints: readonly BoardTotal[];
  /** How many more there are than are listed. */
  readonly more: number;
}

/** Data of an unnamed event of /api/live: absolute counts. Its id is the cursor after them. */
export type LiveCounts = readonly HourlyCount[];
