/**
 * One page of Cloud Monitoring's timeSeries.list, as points. Pure; FormatError for what is no such page.
 *
 * Only series of the one metric are read; 64-bit numbers are texts in JSON, and beyond 2^53 there are no presses.
 * https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/list
 */
import { FormatError } from '../../../protocol/errors.ts';
import { ENDPOINT_LABEL } from './metric.ts';
import type { Point } from './point.ts';

export interface ListedPage {
  readonly points: readonly Point[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

export function readPage(text: string, metricType: string): ListedPage {
  const { timeSeries = [], nextPageToken = '', executionErrors = [] } = object(json(text), 'the answer');
  if (typeof nextPageToken !== 'string') throw wrong('nextPageToken is no text');
  if (!Array.isArray(timeSeries) || !Array.isArray(executionErrors)) throw wrong('timeSeries is no list');
  if (executionErrors.length > 0) throw wrong(`it is not whole: ${JSON.stringify(executionErrors).slice(0, 300)}`);
  return { points: timeSeries.flatMap((series) => pointsOf(series, metricType)), nextPageToken };
}

function pointsOf(series: unknown, metricType: string): Point[] {
  const { metric, metricKind, points = [] } = object(series, 'a series');
  const { type, labels = {} } = object(metric, "a series' metric");
  if (type !== metricType) return [];
  if (metricKind !== 'CUMULATIVE') throw wrong(`the metric is ${JSON.stringify(metricKind)} and not CUMULATIVE`);
  const endpoint = object(labels, "a series' labels")[ENDPOINT_LABEL];
  if (typeof endpoint !== 'string') throw wrong(`a series has no label ${ENDPOINT_LABEL}`);
  if (!Array.isArray(points)) throw wrong("a series' points are no list");
  return points.map((point) => {
    const { interval, value } = object(point, 'a point');
    const { int64Value } = object(value, "a point's value");
    const { endTime } = object(interval, "a point's interval");
    return { endpoint, at: time(endTime), value: whole(int64Value) };
  });
}

function whole(text: unknown): number {
  const value = typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw wrong("a point's int64Value is no whole number of presses");
}

/** RFC 3339 in UTC, as Google writes it: with up to nine digits behind the seconds. */
function time(text: unknown): number {
  const [, seconds, fraction = ''] =
    (typeof text === 'string' && /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text)) || [];
  const ms = seconds === undefined ? Number.NaN : Date.parse(`${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  if (ms >= 0) return ms;
  throw wrong("a point's endTime is no time");
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wrong('it is no JSON', error);
  }
}

function object(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrong(`${what} is no object`);
}

function wrong(what: string, cause?: unknown): FormatError {
  const options = cause === undefined ? {} : { cause };
  return new FormatError('TIME_SERIES_FORMAT', `what Cloud Monitoring lists makes no sense: ${what}`, options);
}
