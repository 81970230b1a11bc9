/** Totals sorted by endpoint, and those that no series can be named after. Pure. */
import type { RefusedCount } from '../../../ingest/sink.ts';
import type { HourlyCount } from '../../../ingest/store.ts';
import { startOfHour } from '../../../protocol/hour.ts';
import { nameProblem } from './metric.ts';

export interface Wanted {
  readonly endpoint: string;
  /** The highest total of each hour. */
  readonly totals: ReadonlyMap<string, number>;
  /** As they came. */
  readonly counts: readonly HourlyCount[];
}

export function sortTotals(totals: readonly HourlyCount[]): {
  readonly wanted: readonly Wanted[];
  readonly refused: readonly RefusedCount[];
} {
  const refused: RefusedCount[] = [];
  const wanted: Wanted[] = [];
  for (const [endpoint, counts] of Map.groupBy(totals, (count) => count.endpoint)) {
    const reason = nameProblem(endpoint);
    if (reason !== undefined) {
      refused.push(...counts.map((count) => ({ count, reason })));
      continue;
    }
    const highest = new Map<string, number>();
    const good: HourlyCount[] = [];
    for (const count of counts) {
      const problem = countProblem(count);
      if (problem !== undefined) {
        refused.push({ count, reason: problem });
        continue;
      }
      good.push(count);
      highest.set(count.hour, Math.max(count.count, highest.get(count.hour) ?? 0));
    }
    if (good.length > 0) wanted.push({ endpoint, totals: highest, counts: good });
  }
  return { wanted, refused };
}

function countProblem({ hour, count }: HourlyCount): string | undefined {
  if (startOfHour(hour) === undefined) return `${JSON.stringify(hour)} is no hour`;
  return Number.isSafeInteger(count) && count >= 0 ? undefined : `${count} is no number of presses`;
}
