/** The statistics that a datapoint can be asked for, and the times that a question covers. */
import type { Summary } from './datum.ts';
import type { Datapoint, Range } from './samples.ts';

export const STATISTICS: Readonly<Record<string, (of: Summary) => number>> = {
  SampleCount: ({ count }) => count,
  Sum: ({ sum }) => sum,
  Average: ({ sum, count }) => sum / count,
  Minimum: ({ minimum }) => minimum,
  Maximum: ({ maximum }) => maximum,
};

/** Periods below a minute; every other is a multiple of one. */
const SHORT_PERIODS = [1, 5, 10, 20, 30];

export function isPeriod(seconds: number): boolean {
  return SHORT_PERIODS.includes(seconds) || (seconds > 0 && Number.isInteger(seconds / 60) && seconds <= MAX_PERIOD);
}

const DAY = 86_400;
const MAX_PERIOD = 365 * DAY;

/**
 * What the service makes of the times asked for (ms): the start is rounded down, the coarser the longer ago, and too fine a
 * period finds nothing any more (undefined). Periods are counted from the start.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
export function rangeOf(startMs: number, endMs: number, period: number, now: number): Range | undefined {
  const age = (now - startMs) / 1000;
  const step = age > 63 * DAY ? 3_600 : age > 15 * DAY ? 300 : period < 60 ? period : 60;
  const finest = age > 15 * DAY ? step : age > 3 * 3_600 ? 60 : 1;
  if (period % finest !== 0) return undefined;
  return { start: Math.floor(startMs / 1000 / step) * step, end: Math.ceil(endMs / 1000), period };
}

/** Datapoints of one period in several units, put together. */
export function acrossUnits(points: readonly Datapoint[]): Datapoint[] {
  const byStart = new Map<number, Datapoint>();
  for (const point of points) {
    const before = byStart.get(point.start);
    byStart.set(point.start, before === undefined ? point : together(before, point));
  }
  return [...byStart.values()];
}

function together(a: Datapoint, b: Datapoint): Datapoint {
  return {
    ...a,
    sum: a.sum + b.sum,
    count: a.count + b.count,
    minimum: Math.min(a.minimum, b.minimum),
    maximum: Math.max(a.maximum, b.maximum),
  };
}
