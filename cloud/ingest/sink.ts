/**
 * A sink is where people look at the series. It is told absolute hourly totals, which may be told again, late, or out of
 * order without harm. Every implementation passes test/conformance/sink.ts.
 */
import type { HourlyCount } from './store.ts';

/** A total that the sink will never take, and why: telling it again does not help. */
export interface RefusedCount {
  readonly count: HourlyCount;
  readonly reason: string;
}

/** Totals that are in neither list were taken. */
export interface PutResult {
  readonly refused: readonly RefusedCount[];
  /** The sink was down, slow or busy for these: tell them again later. */
  readonly failed: readonly HourlyCount[];
}

export interface Sink {
  /** Never rejects for what the sink answers or does not answer: that is in the result. */
  put(totals: readonly HourlyCount[]): Promise<PutResult>;
  /** Why the last put failed, in part or whole, for the log; undefined if it did not. */
  trouble?(): string | undefined;
  close(): Promise<void>;
}

export interface ReadBackQuery {
  readonly endpoints: readonly string[];
  /** First hour that is wanted: the one that holds this instant. */
  readonly from: Date;
  /** Instant before which the last wanted hour begins. */
  readonly to: Date;
  /** Nobody waits for it any more. */
  readonly signal?: AbortSignal;
}

/** A sink that says what its graphs show, for comparison with the store. */
export interface ReadableSink extends Sink {
  /** What it is told after a later hour of that endpoint it shows in the hour in which it was told. */
  readonly movesLate?: boolean;
  /** What it has of these endpoints, in any order; hours of which it has nothing are left out. OutsideError SERVER. */
  readBack(query: ReadBackQuery): AsyncIterable<HourlyCount>;
}
