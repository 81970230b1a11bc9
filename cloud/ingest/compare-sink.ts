/** What a sink shows against what a store counted: which hours differ. */
import type { ReadableSink, RefusedCount } from './sink.ts';
import type { HourlyCount, Store } from './store.ts';

export interface SinkDifference {
  readonly endpoint: string;
  readonly hour: string;
  /** 0: nothing counted, or nothing shown. */
  readonly counted: number;
  readonly shown: number;
}

export interface SinkRefusal extends SinkDifference {
  readonly reason: string;
}

export interface SinkComparison {
  /** Hours compared, and the presses in them. */
  readonly hours: number;
  readonly counted: number;
  readonly shown: number;
  /** In order of hour, then endpoint. */
  readonly differences: readonly SinkDifference[];
  /** What differs as the sink refused the very total that is counted. */
  readonly refused: readonly SinkRefusal[];
}

export interface CompareOptions {
  readonly endpoints: ReadonlySet<string>;
  readonly from: Date;
  readonly to: Date;
  /** What the sink is known to have refused. */
  readonly refused?: readonly RefusedCount[];
  /** Ends the reading back. */
  readonly signal?: AbortSignal;
}

/** Rejects as the store and the sink do. */
export async function compareSink(
  store: Pick<Store, 'hourly'>,
  sink: Pick<ReadableSink, 'readBack'>,
  { endpoints, from, to, refused = [], signal }: CompareOptions,
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
    ...apart(
      all.filter(({ counted, shown }) => counted !== shown),
      refused,
    ),
  };
}

function apart(
  differing: readonly SinkDifference[],
  refused: readonly RefusedCount[],
): Pick<SinkComparison, 'differences' | 'refused'> {
  const reasons = new Map(refused.map(({ count, reason }) => [nameOf(count, count.count), reason]));
  const reasonOf = (one: SinkDifference): string | undefined => reasons.get(nameOf(one, one.counted));
  return {
    differences: differing.filter((one) => reasonOf(one) === undefined),
    refused: differing.flatMap((one) => {
      const reason = reasonOf(one);
      return reason === undefined ? [] : [{ ...one, reason }];
    }),
  };
}

function nameOf({ endpoint, hour }: { readonly endpoint: string; readonly hour: string }, total: number): string {
  return `${hour} ${total} ${endpoint}`;
}
