/** timeSeries.list: raw points of the series that a filter leaves, newest first, page by page. */
import { Refusal } from '../refusal.ts';
import { readFilter } from './filter.ts';
import type { Points, StoredPoint } from './points.ts';

/** Points a page, at most: https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/list */
const MOST = 100_000;
const KNOWN = [
  'filter',
  'interval.startTime',
  'interval.endTime',
  'view',
  'pageSize',
  'pageToken',
  'alt',
  'prettyPrint',
];

export function list(points: Points, project: string, query: URLSearchParams): object {
  const unknown = [...query.keys()].find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) throw new Refusal('UNIMPLEMENTED', `${unknown} is not here`);
  const filter = query.get('filter') ?? '';
  const matches = readFilter(filter);
  if (!knowsMetric(points, project, filter)) {
    const [, type] = /metric\.type\s*=\s*("[^"]*")/.exec(filter) ?? [];
    throw new Refusal('NOT_FOUND', `Cannot find metric(s) that match type = ${type}.`);
  }
  const end = time(query, 'interval.endTime');
  const start = query.has('interval.startTime') ? time(query, 'interval.startTime') : end - 1;
  const size = whole(query, 'pageSize', MOST) || MOST;
  const headersOnly = query.get('view') === 'HEADERS';
  let skip = whole(query, 'pageToken', 0);
  const offset = skip;
  let left = Math.min(size, MOST);
  const timeSeries: object[] = [];
  for (const { id, key } of points.series(project)) {
    if (!matches(key)) continue;
    const all = points.points(id, start, end);
    const some = all.slice(skip, skip + left);
    if (skip + left < all.length || (left === 0 && all.length > 0)) {
      if (some.length > 0) timeSeries.push(written(key, some, headersOnly));
      return { timeSeries, nextPageToken: String(offset + size), unit: '1' };
    }
    skip = Math.max(0, skip - all.length);
    left -= some.length;
    if (some.length > 0) timeSeries.push(written(key, some, headersOnly));
  }
  // Google leaves out what is empty.
  return timeSeries.length === 0 ? {} : { timeSeries, unit: '1' };
}

/** Of a metric that nobody wrote yet, Google says that it is not there. */
function knowsMetric(points: Points, project: string, filter: string): boolean {
  const types = new Set([...points.series(project)].map(({ key }) => key.metric.type));
  return [...types].some((type) => filter.includes(`"${type}"`));
}

function written(key: object, some: readonly StoredPoint[], headersOnly: boolean): object {
  const points = some.map(({ at, start, value }) => ({
    interval: { startTime: timeText(start), endTime: timeText(at) },
    value: { int64Value: String(value) },
  }));
  return { ...key, metricKind: 'CUMULATIVE', valueType: 'INT64', ...(headersOnly ? {} : { points }) };
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.000Z$/, 'Z');
}

function time(query: URLSearchParams, name: string): number {
  const ms = Date.parse(query.get(name) ?? '');
  if (Number.isNaN(ms)) throw new Refusal('INVALID_ARGUMENT', `Field ${name} had an invalid value.`);
  return ms;
}

function whole(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name);
  if (text === null || text === '') return otherwise;
  if (!/^\d{1,9}$/.test(text)) throw new Refusal('INVALID_ARGUMENT', `Field ${name} had an invalid value.`);
  return Number(text);
}
