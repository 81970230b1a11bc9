/**
 * Reads what the page asks for out of the store.
 *
 * Of one board that is cheap. Of all boards it may be millions of rows, so that one reading serves everyone who asks
 * meanwhile, and is kept for some times as long as it took: a small store is always read anew, a huge one cannot be
 * kept busy by people looking at it. An old answer is no wrong one: it says its cursor, and /api/live tells the rest.
 */
import { setImmediate } from 'node:timers/promises';
import type { ChangeFeed, HourlyQuery, Store } from '../ingest/store.ts';
import { HOUR_MS, startOfHour } from '../protocol/hour.ts';
import { type EndpointsAnswer, RANGE_HOURS, type Range, type SeriesAnswer } from './answer.ts';
import { hoursUntil, listBoards, Summarizer, type Summary } from './summary.ts';

/** An answer is kept this many times as long as reading it took. */
const KEEP_FACTOR = 4;
/** Rows after which others get their turn: a store may give millions without ever waiting for anything. */
const ROWS_A_TURN = 5_000;
/** Boards in one list. */
const LIST_LIMIT = 1_000;

export interface ReaderDeps {
  readonly hours: Pick<Store, 'hourly'>;
  readonly feed: Pick<ChangeFeed, 'now'>;
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds of a clock that never jumps. */
  monotonic(): number;
}

interface Reading {
  readonly summary: Summary;
  readonly cursor: number;
  /** On the monotonic clock. */
  readonly keepUntil: number;
}

interface Held {
  readonly hour: string;
  readonly reading: Promise<Reading>;
  /** Without end while the reading is under way. */
  keepUntil: number;
}

export class Reader {
  readonly #deps: ReaderDeps;
  /** Last reading of all boards. */
  readonly #held = new Map<Range, Held>();

  constructor(deps: ReaderDeps) {
    this.#deps = deps;
  }

  /** The bars: of one board, or of all. Rejects with StoreError when the store cannot be had. */
  async series(range: Range, endpoint: string | undefined): Promise<SeriesAnswer> {
    const hours = this.#hours(range);
    const reading = endpoint === undefined ? await this.#all(range, hours) : await this.#read(hours, endpoint);
    const { total, series, others } = reading.summary;
    const own = endpoint === undefined ? series : [{ endpoint, counts: total }];
    const freshInMs = endpoint === undefined ? Math.max(0, Math.ceil(reading.keepUntil - this.#deps.monotonic())) : 0;
    const { cursor } = reading;
    return { range, endpoint: endpoint ?? null, hours, total, series: own, others, cursor, freshInMs };
  }

  /** The boards pressed in the range whose name holds `match`. Rejects as `series` does. */
  async endpoints(range: Range, match: string): Promise<EndpointsAnswer> {
    const { summary } = await this.#all(range, this.#hours(range));
    return listBoards(summary.endpoints, match, LIST_LIMIT);
  }

  #hours(range: Range): string[] {
    return hoursUntil(this.#deps.now(), RANGE_HOURS[range]);
  }

  #all(range: Range, hours: readonly string[]): Promise<Reading> {
    const hour = hours.at(-1)!;
    const held = this.#held.get(range);
    if (held?.hour === hour && held.keepUntil > this.#deps.monotonic()) return held.reading;
    const reading = this.#read(hours, undefined);
    const next: Held = { hour, reading, keepUntil: Number.POSITIVE_INFINITY };
    this.#held.set(range, next);
    reading.then(
      ({ keepUntil }) => (next.keepUntil = keepUntil),
      () => (next.keepUntil = 0),
    );
    return reading;
  }

  async #read(hours: readonly string[], endpoint: string | undefined): Promise<Reading> {
    const startedAt = this.#deps.monotonic();
    // Before the rows: what changes while they are read is told again, never missed.
    const cursor = await this.#deps.feed.now();
    const summarizer = new Summarizer(hours);
    let rows = 0;
    for await (const count of this.#deps.hours.hourly(query(hours, endpoint))) {
      summarizer.add(count);
      if (++rows % ROWS_A_TURN === 0) await setImmediate();
    }
    const finishedAt = this.#deps.monotonic();
    const keepUntil = finishedAt + KEEP_FACTOR * (finishedAt - startedAt);
    return { summary: summarizer.summary(), cursor, keepUntil };
  }
}

function query(hours: readonly string[], endpoint: string | undefined): HourlyQuery {
  const from = new Date(startOfHour(hours[0]!)!);
  const to = new Date(startOfHour(hours.at(-1)!)! + HOUR_MS);
  return { from, to, ...(endpoint !== undefined && { endpoint }) };
}
