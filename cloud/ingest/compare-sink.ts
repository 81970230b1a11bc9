/** What a sink shows against what a store counted: which hours differ. */
import type { ReadableSink } from './sink.ts';
import type { HourlyCount, Store } from './store.ts';

export interface SinkDifference {
  readonly endpoint: string;
  readonly hour: string;
  /** 0: nothing counted, or nothing shown. */
  readonly counted: number;
  readonly shown: number;
}

export interface SinkComparison {
  /** Hours compared, and the presses in them. */
  readonly hours: number;
  readonly counted: number;
  readonly shown: number;
  /** In order of hour, then endpoint. */
  readonly differences: readonly SinkDifference[];
}

export interface CompareOptions {
  readonly endpoints: ReadonlySet<string>;
  readonly from: Date;
  readonly to: Date;
  /** Ends the reading back. */
  readonly signal?: AbortSignal;
}

/** Rejects as the store and the sink do. */
export async function compareSink(
  store: Pick<Store, 'hourly'>,
  sink: Pick<ReadableSink, 'readBack'>,
  { endpoints, from, to, signal }: CompareOptions,
): Promise<SinkComparison> {
  const both = new Map<string, { endpoint: string; hour: string; counted: number; shown: number }>();
  const of = ({ endpoint, hour }: HourlyCount) => {
    const key = `${hour} ${endpoint}`;
    const one = both.get(key) ?? { endpoint, hour, counted: 0, shown: 0 };
    both.set(key, one);
    return one;
  };
  for await (const count of store.hourly({ from, to }))
    if (endpoints.has(count.endpoint)) of(count).counted = count.count;
  for await (const count of sink.readBack({
    endpoints: [...endpoints],
    from,
    to,
    ...(signal === undefined ? {} : { signal }),
  }))
    of(count).shown = count.count;
  const all = [...both].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  return {
    hours: all.length,
    counted: all.reduce((sum, { counted }) => sum + counted, 0),
    shown: all.reduce((sum, { shown }) => sum + shown, 0),
    differences: all.filter(({ counted, shown }) => counted !== shown),
  };
}
