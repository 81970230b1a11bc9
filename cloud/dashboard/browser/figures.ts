/** The few numbers that the page says in large type. Pure. */
import type { SeriesAnswer } from '../answer.ts';

export interface Figures {
  readonly rangeTotal: number;
  readonly thisHour: number;
  /** The hour with most presses; undefined if there are none. */
  readonly peak: { readonly hour: string; readonly count: number } | undefined;
}

export function figuresOf({ hours, total }: SeriesAnswer): Figures {
  const most = Math.max(0, ...total);
  const peak = most === 0 ? undefined : { hour: hours[total.indexOf(most)]!, count: most };
  return { rangeTotal: sum(total), thisHour: total.at(-1) ?? 0, peak };
}

export function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
