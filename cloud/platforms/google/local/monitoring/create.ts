/**
 * timeSeries.create: each series of a request is taken or refused by itself; a request that makes no sense is refused whole.
 *
 * Texts are Google's, as writers tell refusals apart by them.
 */
import { HOUR_MS } from '../../../../protocol/hour.ts';
import { Refusal } from '../refusal.ts';
import type { Points, SeriesKey, StoredPoint } from './points.ts';
import { readSeries } from './read-series.ts';

/** https://cloud.google.com/monitoring/quotas */
const SERIES_LIMIT = 200;
/** Milliseconds between two points of a series. */
const PERIOD_MS = 5_000;
const BACK_MS = 25 * HOUR_MS;
const AHEAD_MS = 5 * 60_000;

/** Refusal if the request, or any series of it, is refused; those that are not are kept. */
export function create(points: Points, project: string, body: unknown, now: number): void {
  const list = typeof body === 'object' && body !== null && 'timeSeries' in body ? body.timeSeries : undefined;
  if (!Array.isArray(list) || list.length === 0) {
    throw new Refusal('INVALID_ARGUMENT', 'Request was missing field timeSeries: at least one time series is needed.');
  }
  if (list.length > SERIES_LIMIT) {
    const message = `Field timeSeries had an invalid value: A maximum of ${SERIES_LIMIT} TimeSeries can be written in a single request.`;
    throw new Refusal('INVALID_ARGUMENT', message);
  }
  const series = list.map(readSeries);
  const failures = new Map<string, number[]>();
  const seen = new Set<string>();
  points.together(() => {
    for (const [index, { key, point }] of series.entries()) {
      const name = JSON.stringify(key);
      const problem = seen.has(name) ? DUPLICATE : problemOf(key, point, points.newest(project, key), now);
      seen.add(name);
      if (problem === undefined) points.add(project, key, point);
      else failures.set(problem, [...(failures.get(problem) ?? []), index]);
    }
  });
  if (failures.size > 0) throw partly(failures, series.length);
}

const DUPLICATE =
  'Field timeSeries had an invalid value: Duplicate TimeSeries encountered. Only one point can be written per TimeSeries per request.';

function problemOf({ metric }: SeriesKey, point: StoredPoint, newest: StoredPoint | undefined, now: number) {
  if (point.at < now - BACK_MS) return 'Data points cannot be written more than 25h in the past.';
  if (point.at > now + AHEAD_MS) return 'Data points cannot be written more than 5m in the future.';
  if (newest === undefined) return undefined;
  if (point.start < newest.start)
    return `${ORDER} One or more of the points specified had an older start time than the most recent point.`;
  if (point.at <= newest.at)
    return `${ORDER} One or more of the points specified had an older end time than the most recent point.`;
  if (point.start > newest.start && point.start <= newest.at) {
    return `${ORDER} One or more of the points specified had a start time before the end time of the most recent point.`;
  }
  if (point.at - newest.at < PERIOD_MS) {
    return `One or more points were written more frequently than the maximum sampling period configured for the metric. {Metric: ${metric.type}}`;
  }
  return undefined;
}

const ORDER = 'Points must be written in order.';

function partly(failures: ReadonlyMap<string, readonly number[]>, total: number): Refusal {
  const texts = [...failures].map(([problem, indices]) => `${problem}: timeSeries[${rangesOf(indices)}]`);
  const failed = [...failures.values()].flat().length;
  return new Refusal('INVALID_ARGUMENT', `One or more TimeSeries could not be written: ${texts.join('; ')}`, [
    {
      '@type': 'type.googleapis.com/google.monitoring.v3.CreateTimeSeriesSummary',
      totalPointCount: total,
      // A 0 is left out: https://protobuf.dev/programming-guides/json/
      ...(failed === total ? {} : { successPointCount: total - failed }),
      errors: [...failures].map(([, indices]) => ({ status: { code: 3 }, pointCount: indices.length })),
    },
  ]);
}

/** `0-2,5`: numbers in order, runs as ranges. */
function rangesOf(indices: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const index of indices) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === index - 1) last[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(',');
}
