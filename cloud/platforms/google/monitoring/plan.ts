/**
 * Which points tell an endpoint's new presses: at what time, and with which sum. Pure.
 *
 *            10:00        11:00        12:00   12:07 (now)
 *   told ──────●            ·            ·
 *   plan                    ● +hour 10   ● +hour 11   ● 12:08 +hour 12
 *
 * Times are ends of steps (a whole minute), each newer than the last. An hour that is over is told at its end, which still
 * belongs to it, since Monitoring's intervals are (start, end]; the present hour, and what comes too late for its own, at
 * the end of the present step. The first point in an hour has one at the hour's beginning before it, with what was told until
 * then: Monitoring draws a straight line between points, and would spread the presses over the hours between.
 *
 * No point may be lower than an older one that may be there: the sum would seem to begin anew.
 */
import { HOUR_MS } from '../../../protocol/hour.ts';
import { BACK_MS } from './metric.ts';

/** What is known of a series. */
export interface Standing {
  /** No point of it is newer, as far as is known. Milliseconds since 1970; 0: it has none. */
  readonly newest: number;
  /** The sum at that point. */
  readonly sum: number;
  /** The newest time that was ever tried, with an answer or without. */
  readonly tried: number;
  /** Hours of which presses were tried, and it is not known whether they were taken. */
  readonly open: ReadonlySet<number>;
  /** Points of which that is not known. */
  readonly doubtful: readonly DoubtfulPoint[];
  /** Nothing is known but what was tried: `newest` and `sum` are of that. */
  readonly inDoubt: boolean;
}

export interface DoubtfulPoint {
  readonly at: number;
  readonly value: number;
}

export interface PlannedPoint extends DoubtfulPoint {
  /** Beginnings of the hours whose presses are in this point and not in those before; none: it marks an hour's beginning. */
  readonly hours: readonly number[];
}

/** `presses`: what is not told, by the beginning of its hour. Points in their order, or the time until which to wait. */
export function plan(
  standing: Standing,
  presses: ReadonlyMap<number, number>,
  now: number,
  stepMs: number,
): readonly PlannedPoint[] | { readonly waitUntil: number } {
  const { tried, inDoubt } = standing;
  const hours = [...presses.keys()].sort((a, b) => a - b);
  const timely = hours.filter((hour) => isTimely(hour, standing.newest, now));
  const late = new Set(hours.filter((hour) => !timely.includes(hour)));
  // What was tried is told again at the end of its hour.
  const again = hourOfPoint(tried);
  if (inDoubt && !timely.includes(again) && isTimely(again, tried, now)) timely.unshift(again);
  const needsPresent = late.size > 0 || (inDoubt && timely.length === 0);
  const present = endOfStep(now, stepMs);
  const last = Math.max(standing.newest, tried);
  if (needsPresent && present <= last) return { waitUntil: last };

  const points: PlannedPoint[] = [];
  const untold = new Map(presses);
  let { newest, sum } = standing;
  const add = (at: number, hours: readonly number[]): void => {
    const told: number[] = [];
    const take = (hour: number): void => {
      sum += untold.get(hour) ?? 0;
      if (untold.delete(hour)) told.push(hour);
    };
    hours.forEach(take);
    // What was tried too late for its hour was in some of those that may be there: all of it is in this one, too.
    const floor = Math.max(0, ...standing.doubtful.filter((one) => one.at < at).map(({ value }) => value));
    if (sum < floor) [...late].filter((hour) => standing.open.has(hour)).forEach(take);
    points.push({ at, value: sum, hours: told });
    newest = at;
  };
  const tell = (at: number, told: readonly number[]): void => {
    const edge = hourOfPoint(at);
    // In doubt, whether the hour has any point is not known; that it has a newer one is as good.
    if (newest < edge || (inDoubt && points.length === 0)) add(edge, []);
    add(at, told);
  };
  for (const hour of timely) tell(hour + HOUR_MS, [hour]);
  const left = [...late].filter((hour) => untold.has(hour));
  if (left.length > 0 || (needsPresent && points.length === 0)) tell(present, left);
  return points;
}

/** The point with which a series begins: nothing was pressed when the first hour that is to be told began. */
export function firstPoint(presses: ReadonlyMap<number, number>, now: number, stepMs: number): PlannedPoint {
  const timely = [...presses.keys()].filter((hour) => isTimely(hour, 0, now));
  return { at: Math.min(...timely, hourOfPoint(endOfStep(now, stepMs))), value: 0, hours: [] };
}

/** The first whole step that is later than now. */
function endOfStep(now: number, stepMs: number): number {
  return (Math.floor(now / stepMs) + 1) * stepMs;
}

/** Whether an hour is over, and its beginning and end may still be written to. */
function isTimely(hour: number, newest: number, now: number): boolean {
  const end = hour + HOUR_MS;
  return end <= now && end > newest && hour >= now - BACK_MS;
}

/** The beginning of the hour that a point belongs to, of which the end is part and the beginning is not. */
export function hourOfPoint(at: number): number {
  return (Math.ceil(at / HOUR_MS) - 1) * HOUR_MS;
}
