/** Changes of hours, in whatever order and however often, folded to one for each endpoint and hour. Pure. */
import type { HourChange } from './stream-record.ts';

export interface FoldedHour {
  readonly endpoint: string;
  readonly hour: string;
  /** The newest total. */
  readonly total: number;
  /** By how much the hour grew from the first change to the last. */
  readonly increment: number;
  /** Of the oldest change in it: what is repeated from there on says all of it again. */
  readonly firstSequence: bigint;
}

/** Hours whose total is what it was before are left out. */
export function foldChanges(changes: readonly HourChange[]): FoldedHour[] {
  const spans = new Map<string, { first: HourChange; last: HourChange }>();
  for (const change of changes) {
    const key = `${change.hour} ${change.endpoint}`;
    const span = spans.get(key);
    if (span === undefined) spans.set(key, { first: change, last: change });
    else if (change.sequence > span.last.sequence) span.last = change;
    else if (change.sequence < span.first.sequence) span.first = change;
  }
  const folded: FoldedHour[] = [];
  for (const { first, last } of spans.values()) {
    const { endpoint, hour, after: total } = last;
    const increment = total - first.before;
    if (increment !== 0) folded.push({ endpoint, hour, total, increment, firstSequence: first.sequence });
  }
  return folded;
}
