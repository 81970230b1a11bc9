/** One TimeSeries of a request, checked. Pure; Refusal for what Google would refuse of it alone, whatever else is stored. */
import { Refusal } from '../refusal.ts';
import type { SeriesKey, StoredPoint } from './points.ts';

const LABEL_LIMIT = 1_024;

export function readSeries(value: unknown, index: number): { readonly key: SeriesKey; readonly point: StoredPoint } {
  const field = `timeSeries[${index}]`;
  const { metric, resource, metricKind, valueType, points } = object(value, field);
  const key = { metric: described(metric, `${field}.metric`), resource: described(resource, `${field}.resource`) };
  if (!/^(custom|external|workload)\.googleapis\.com\/[\w/.-]+$/.test(key.metric.type)) {
    throw invalid(`${field}.metric.type`, key.metric.type, 'it is no metric that may be written');
  }
  if (metricKind !== 'CUMULATIVE') throw invalid(`${field}.metricKind`, metricKind, 'only CUMULATIVE is here');
  if (valueType !== undefined && valueType !== 'INT64') {
    throw invalid(`${field}.valueType`, valueType, 'only INT64 is here');
  }
  if (!Array.isArray(points) || points.length !== 1) {
    throw invalid(`${field}.points`, '', 'exactly one point must be written for each time series');
  }
  return { key, point: pointOf(points[0], `${field}.points[0]`) };
}

function described(value: unknown, field: string): SeriesKey['metric'] {
  const { type, labels = {} } = object(value, field);
  if (typeof type !== 'string' || type === '') throw invalid(`${field}.type`, type, 'it is no type');
  const texts = Object.entries(object(labels, `${field}.labels`)).map(([name, text]) => {
    if (!/^[a-z][a-z0-9_]{0,99}$/i.test(name)) throw invalid(`${field}.labels`, name, 'it is no name of a label');
    if (typeof text !== 'string') throw invalid(`${field}.labels[${name}]`, text, 'it is no text');
    if (text.length > LABEL_LIMIT) throw invalid(`${field}.labels[${name}]`, '', 'the label value is too long');
    return [name, text] as const;
  });
  // An empty label is one that is not there.
  return { type, labels: Object.fromEntries(texts.filter(([, text]) => text !== '')) };
}

function pointOf(value: unknown, field: string): StoredPoint {
  const { interval, value: typed } = object(value, field);
  const { startTime, endTime } = object(interval, `${field}.interval`);
  const { int64Value } = object(typed, `${field}.value`);
  const at = time(endTime, `${field}.interval.end_time`);
  const start = time(startTime, `${field}.interval.start_time`);
  if (start >= at) {
    throw invalid(`${field}.interval.start_time`, startTime, 'The start time must be before the end time');
  }
  const text = typeof int64Value === 'number' ? String(int64Value) : int64Value;
  const number = typeof text === 'string' && /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw invalid(`${field}.value.int64_value`, int64Value, 'it is no whole number');
  return { at, start, value: number };
}

function time(value: unknown, field: string): number {
  const isTime =
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(value);
  const ms = isTime ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) throw invalid(field, value, 'it is no time');
  return ms;
}

function object(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(field, value, 'it is missing');
}

function invalid(field: string, value: unknown, why: string): Refusal {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return new Refusal('INVALID_ARGUMENT', `Field ${field} had an invalid value of "${text.slice(0, 100)}": ${why}.`);
}
