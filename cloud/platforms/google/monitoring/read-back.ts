/**
 * Reads presses by hour back from Cloud Monitoring: what its graphs show, for comparison with the store.
 *
 * From raw points: an hour has the difference between its last point and the last one before it. The sink writes a point at
 * the beginning of every hour that it writes in, so the first point of what is asked for always is such a beginning, and has
 * no presses of the hours that are wanted.
 */
import type { ReadBackQuery } from '../../../ingest/sink.ts';
import type { HourlyCount } from '../../../ingest/store.ts';
import { HOUR_MS, hourOf } from '../../../protocol/hour.ts';
import type { MonitoringClient } from './client.ts';
import { ENDPOINT_LABEL } from './metric.ts';
import { hourOfPoint } from './plan.ts';
import { type Point, timeText } from './point.ts';

/** Names in one filter; beyond, all endpoints are read. */
const NAMES = 20;
/** Points a page. */
const PAGE = '10000';
/** Names that stand in a filter as they are. https://cloud.google.com/monitoring/api/v3/filters */
const PLAIN = /^[\w.:@-]+$/;

export async function* readBack(
  client: Pick<MonitoringClient, 'list'>,
  query: ReadBackQuery,
): AsyncIterable<HourlyCount> {
  const wanted = new Set(query.endpoints);
  const from = query.from.getTime() - (query.from.getTime() % HOUR_MS);
  const to = Math.ceil(query.to.getTime() / HOUR_MS) * HOUR_MS;
  if (wanted.size === 0 || to <= from) return;
  const series = new Map<string, Map<number, number>>();
  // Intervals of reads are (start, end]: the hour's beginning is asked for, too.
  const interval = { 'interval.startTime': timeText(from - 1), 'interval.endTime': timeText(to) };
  let pageToken = '';
  do {
    const page = await client.list(filterOf([...wanted]), {
      ...{ ...interval, view: 'FULL', pageSize: PAGE },
      ...(pageToken === '' ? {} : { pageToken }),
    });
    for (const { endpoint, at, value } of page.points) {
      if (!wanted.has(endpoint)) continue;
      const points = series.get(endpoint) ?? new Map();
      series.set(endpoint, points.set(at, value));
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  for (const [endpoint, points] of series) {
    yield* hoursOf([...points].map(([at, value]) => ({ endpoint, at, value }))).filter(({ hour }) =>
      isIn(hour, from, to),
    );
  }
}

function isIn(hour: string, from: number, to: number): boolean {
  return hour >= hourOf(from) && hour < hourOf(to);
}

/** Presses by hour of one series' points, in any order; the first point has none. Exported for its tests. */
export function hoursOf(points: readonly Point[]): HourlyCount[] {
  const inOrder = points.toSorted((a, b) => a.at - b.at);
  const hours = new Map<string, HourlyCount>();
  for (const [index, { endpoint, at, value }] of inOrder.entries()) {
    const before = inOrder[index - 1];
    if (before === undefined || value === before.value) continue;
    const hour = hourOf(hourOfPoint(at));
    // Less than before: whoever wrote it began anew, and so does the difference.
    const presses = value < before.value ? value : value - before.value;
    hours.set(hour, { endpoint, hour, count: presses + (hours.get(hour)?.count ?? 0) });
  }
  return [...hours.values()];
}

function filterOf(endpoints: readonly string[]): string {
  if (endpoints.length > NAMES || !endpoints.every((name) => PLAIN.test(name))) return '';
  const names = endpoints.map((name) => `"${name}"`).join(',');
  return `metric.labels.${ENDPOINT_LABEL} = one_of(${names})`;
}
