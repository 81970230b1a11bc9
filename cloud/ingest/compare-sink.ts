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
  /** What differs as the sink shows presses that were late in a later hour: each is shown, and once. */
  readonly moved: readonly SinkDifference[];
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
  sink: Pick<ReadableSink, 'readBack' | 'movesLate'>,
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
      sink.movesLate === true ? movedIn(all) : new Set(),
    ),
  };
}

function apart(
  differing: readonly SinkDifference[],
  refused: readonly RefusedCount[],
  late: ReadonlySet<string>,
): Pick<SinkComparison, 'differences' | 'refused' | 'moved'> {
  const reasons = new Map(refused.map(({ count, reason }) => [nameOf(count, count.count), reason]));
  const reasonOf = (one: SinkDifference): string | undefined => reasons.get(nameOf(one, one.counted));
  return {
    differences: differing.filter((one) => reasonOf(one) === undefined && !late.has(one.endpoint)),
    moved: differing.filter((one) => reasonOf(one) === undefined && late.has(one.endpoint)),
    refused: differing.flatMap((one) => {
      const reason = reasonOf(one);
      return reason === undefined ? [] : [{ ...one, reason }];
    }),
  };
}

function nameOf({ endpoint, hour }: { readonly endpoint: string; readonly hour: string }, total: number): string {
  return `${hour} ${total} ${endpoint}`;
}

/** Endpoints of which all is shown, and nothing before it was counted. `all` in order of hours. */
function movedIn(all: readonly SinkDifference[]): Set<string> {
  const behind = new Map<string, number>();
  const early = new Set<string>();
  for (const { endpoint, counted, shown } of all) {
    const open = (behind.get(endpoint) ?? 0) + counted - shown;
    behind.set(endpoint, open);
    if (open < 0) early.add(endpoint);
  }
  return new Set([...behind].filter(([endpoint, open]) => open === 0 && !early.has(endpoint)).map(([name]) => name));
}
