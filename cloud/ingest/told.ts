/**
 * What a sink was told, for sinks that add up instead of replacing: what they show is the sum of increments, so whoever
 * tells them must remember, across restarts, up to where it told. One writer at a time.
 */

/** Of one endpoint. */
export interface ToldSeries {
  readonly endpoint: string;
  /** Presses told in all hours ever. */
  readonly sum: number;
  /** Time of the newest point, milliseconds since 1970; 0 before the first. */
  readonly at: number;
  /** Totals told, by hour (`YYYY-MM-DD HH:00:00`): those that were asked for, or are to be written. */
  readonly hours: ReadonlyMap<string, number>;
}

export interface ToldMemory {
  /** What was told of these endpoints, and of these of their hours; an endpoint never told has sum 0, at 0, no hours. */
  read(wanted: ReadonlyMap<string, readonly string[]>): Promise<ReadonlyMap<string, ToldSeries>>;
  /** Remembers sum and time, and these hours beside those remembered. An endpoint's are written together. StoreError STORE_DOWN. */
  write(series: readonly ToldSeries[]): Promise<void>;
  close(): Promise<void>;
}
