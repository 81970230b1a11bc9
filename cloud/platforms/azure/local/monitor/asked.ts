/**
 * Answers a question for a metric's totals, as far as this project asks: by hour, by one dimension.
 * https://learn.microsoft.com/rest/api/monitor/metrics/list
 */
import type { Minutes } from './minutes.ts';
import { badRequest } from './refusal.ts';

const HOUR_MS = 3_600_000;
const DEFAULT_TOP = 10;

export function answerAsked(query: URLSearchParams, resource: string, minutes: Minutes): object {
  const demanded = (name: string): string => {
    const value = query.get(name);
    if (value === null || value === '') throw badRequest(`${name} is missing`);
    return value;
  };
  demanded('api-version');
  if (demanded('interval') !== 'PT1H' || demanded('aggregation').toLowerCase() !== 'total') {
    throw badRequest('the stand-in knows no interval but PT1H and no aggregation but Total');
  }
  const [namespace, metric] = [demanded('metricnamespace'), demanded('metricnames')];
  const of = { resource, namespace: namespace.toLowerCase(), metric: metric.toLowerCase() };
  if (!minutes.knows(of)) {
    throw badRequest(`Failed to find metric configuration for provider: Microsoft.Web, metric: ${metric}`);
  }
  const dimension = dimensionIn(demanded('$filter'));
  const [from, to] = spanIn(demanded('timespan'));
  const series = new Map<string, Map<number, number>>();
  for (const { dimensions, at, sum } of minutes.between(of, from, to)) {
    const value = dimensions.find(([name]) => name.toLowerCase() === dimension)?.[1] ?? '';
    const hours = series.get(value) ?? new Map<number, number>();
    series.set(value, hours);
    const hour = from + Math.floor((at - from) / HOUR_MS) * HOUR_MS;
    hours.set(hour, (hours.get(hour) ?? 0) + sum);
  }
  const top = Number(query.get('top') ?? DEFAULT_TOP);
  if (!Number.isInteger(top) || top < 1) throw badRequest('top is no number');
  const named = (value: string) => ({ value, localizedValue: value });
  const timeseries = [...series].slice(0, top).map(([value, hours]) => ({
    metadatavalues: [{ name: named(dimension), value }],
    data: pointsOf(hours, from, to),
  }));
  const id = `${resource}/providers/Microsoft.Insights/metrics/${metric}`;
  const type = 'Microsoft.Insights/metrics';
  const value = [{ id, type, name: named(metric), unit: 'Unspecified', timeseries, errorCode: 'Success' }];
  return { cost: 0, timespan: query.get('timespan'), interval: 'PT1H', value, namespace };
}

/** Every hour of the span: those without data have a time and no total. */
function pointsOf(hours: ReadonlyMap<number, number>, from: number, to: number): object[] {
  const points: object[] = [];
  for (let at = from; at < to; at += HOUR_MS) {
    const timeStamp = `${new Date(at).toISOString().slice(0, 19)}Z`;
    points.push(hours.has(at) ? { timeStamp, total: hours.get(at) } : { timeStamp });
  }
  return points;
}

function dimensionIn(filter: string): string {
  const [, name] = /^(\w+) eq '\*'$/.exec(filter) ?? [];
  if (name === undefined) throw badRequest("the stand-in knows no $filter but NAME eq '*'");
  return name.toLowerCase();
}

function spanIn(timespan: string): readonly [number, number] {
  const [from = Number.NaN, to = Number.NaN, ...more] = timespan.split('/').map((text) => Date.parse(text));
  if (Number.isNaN(from) || Number.isNaN(to) || more.length > 0 || from >= to) {
    throw badRequest('timespan is not START/END');
  }
  return [from, to];
}
