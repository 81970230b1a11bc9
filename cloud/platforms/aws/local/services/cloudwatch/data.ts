/** GetMetricData. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
import type { Fields } from '../fields.ts';
import { Complaints, refuse } from './errors.ts';
import { ACTIVE_MS } from './list.ts';
import { type MetricName, readDimensions, readMetricName, readNamespace } from './metric.ts';
import type { KnownMetric, Samples } from './samples.ts';
import { parseSearch } from './search.ts';
import { acrossUnits, isPeriod, rangeOf, STATISTICS } from './statistic.ts';
import { offsetOf, tokenFor } from './token.ts';

const MAX_QUERIES = 500;
/** Series that one SEARCH finds. */
const MAX_FOUND = 500;
const MAX_DATAPOINTS = 100_800;

interface Times {
  readonly start: number;
  readonly end: number;
  readonly now: number;
}

interface Series {
  readonly Id: string;
  readonly Label: string;
  readonly Timestamps: number[];
  readonly Values: number[];
  readonly Messages?: readonly { readonly Code: string; readonly Value: string }[];
}

export function getMetricData(samples: Samples, input: Fields, now: number): object {
  const queries = input.list('MetricDataQueries');
  const [start, end] = [input.time('StartTime'), input.time('EndTime')];
  if (!queries || start === undefined || end === undefined) {
    throw refuse('ValidationError', 'The parameters MetricDataQueries, StartTime and EndTime are required.');
  }
  if (queries.length < 1 || queries.length > MAX_QUERIES) {
    throw refuse('ValidationError', `The collection MetricDataQueries must have a size from 1 to ${MAX_QUERIES}.`);
  }
  if (start >= end) throw refuse('ValidationError', 'The parameter StartTime must be less than the parameter EndTime.');
  const ids = queries.map(idOf);
  if (new Set(ids).size < ids.length) throw refuse('ValidationError', 'The values for parameter Id are not unique.');
  const max = input.number('MaxDatapoints') ?? MAX_DATAPOINTS;
  if (!Number.isInteger(max) || max < 1 || max > MAX_DATAPOINTS) {
    throw refuse('ValidationError', `The parameter MaxDatapoints must be from 1 to ${MAX_DATAPOINTS}.`);
  }
  const ascending = scanOrder(input) === 'TimestampAscending';
  const series = queries
    .flatMap((query, index) => answer(samples, query, index, { start, end, now }))
    .map((one) => (ascending ? one : reversed(one)));
  return pageOf(series, input, offsetOf(input), max);
}

function scanOrder(input: Fields): string {
  const order = input.string('ScanBy') ?? 'TimestampDescending';
  if (order === 'TimestampAscending' || order === 'TimestampDescending') return order;
  throw refuse('ValidationError', 'The parameter ScanBy must be TimestampAscending or TimestampDescending.');
}

function idOf(query: Fields, index: number): string {
  const id = query.string('Id') ?? '';
  if (/^[a-z][a-zA-Z0-9_]{0,254}$/.test(id)) return id;
  throw refuse('ValidationError', `The value for parameter ${place(index)}Id is not a valid identifier.`);
}

function place(index: number): string {
  return `MetricDataQueries.member.${index + 1}.`;
}

function answer(samples: Samples, query: Fields, index: number, times: Times): Series[] {
  const [stat, expression] = [query.fields('MetricStat'), query.string('Expression')];
  if ((stat === undefined) === (expression === undefined)) {
    throw refuse('ValidationError', `Exactly one of ${place(index)}MetricStat and Expression must be specified.`);
  }
  const found =
    stat === undefined
      ? searched(samples, query, expression!, index, times)
      : asked(samples, query, stat, `${place(index)}MetricStat.`, times);
  return query.boolean('ReturnData') === false ? [] : found;
}

function asked(samples: Samples, query: Fields, stat: Fields, where: string, times: Times): Series[] {
  const fields = stat.fields('Metric');
  if (fields === undefined) throw refuse('ValidationError', `The parameter ${where}Metric is required.`);
  const complaints = new Complaints('ValidationError');
  const metric: MetricName = {
    namespace: readNamespace(fields, `${where}Metric.`, complaints),
    name: readMetricName(fields, `${where}Metric.`, complaints),
    dimensions: readDimensions(fields, `${where}Metric.`, complaints),
  };
  complaints.throwAny();
  const question = {
    statistic: checkStatistic(stat.string('Stat'), where),
    period: checkPeriod(stat.number('Period'), where),
    unit: stat.string('Unit'),
  };
  const known = samples.find(metric);
  const Label = query.string('Label') || metric.name;
  return [{ Id: query.string('Id')!, Label, ...valuesOf(samples, known, question, times) }];
}

function searched(samples: Samples, query: Fields, expression: string, index: number, times: Times): Series[] {
  const search = parseSearch(expression);
  const question = {
    statistic: checkStatistic(search.statistic, place(index)),
    period: checkPeriod(search.period ?? query.number('Period') ?? 300, place(index)),
  };
  const found = samples
    .metrics()
    .filter((metric) => metric.newest * 1000 >= times.now - ACTIVE_MS && search.matches(metric));
  const given = query.string('Label');
  const series = found.slice(0, MAX_FOUND).map((metric) => ({
    Id: query.string('Id')!,
    Label: [given, ...metric.dimensions.map(({ value }) => value)].filter(Boolean).join(' ') || metric.name,
    ...valuesOf(samples, metric, question, times),
  }));
  if (found.length <= MAX_FOUND) return series;
  const Messages = [{ Code: 'MaxMetricsExceeded', Value: `A search returns up to ${MAX_FOUND} time series.` }];
  return series.map((one) => ({ ...one, Messages }));
}

function checkStatistic(name: string | undefined, where: string): string {
  if (name !== undefined && Object.hasOwn(STATISTICS, name)) return name;
  throw refuse('ValidationError', `The value for parameter ${where}Stat is not a valid statistic.`);
}

function checkPeriod(seconds: number | undefined, where: string): number {
  if (seconds !== undefined && isPeriod(seconds)) return seconds;
  const rule = 'must be 1, 5, 10, 20, 30, or a multiple of 60';
  throw refuse('ValidationError', `The value for parameter ${where}Period ${rule}.`);
}

interface Question {
  readonly statistic: string;
  readonly period: number;
  readonly unit?: string | undefined;
}

function valuesOf(samples: Samples, metric: KnownMetric | undefined, question: Question, times: Times) {
  const range = rangeOf(times.start, times.end, question.period, times.now);
  const points = metric && range ? acrossUnits(samples.read(metric.id, { ...range, unit: question.unit })) : [];
  const statistic = STATISTICS[question.statistic]!;
  return { Timestamps: points.map((point) => point.start), Values: points.map((point) => statistic(point)) };
}

function reversed(series: Series): Series {
  return { ...series, Timestamps: series.Timestamps.toReversed(), Values: series.Values.toReversed() };
}

/** Datapoints of all series in a row, `max` of them from `offset` on; what goes on in the next page is PartialData. */
function pageOf(all: readonly Series[], input: Fields, offset: number, max: number): object {
  const results: object[] = [];
  let before = 0;
  for (const series of all) {
    const length = series.Values.length;
    const [from, to] = [Math.max(0, offset - before), Math.min(length, offset + max - before)];
    before += length;
    const isHere = length === 0 ? offset === 0 : from < to;
    if (!isHere) continue;
    results.push({
      ...series,
      Timestamps: series.Timestamps.slice(from, to),
      Values: series.Values.slice(from, to),
      StatusCode: to < length ? 'PartialData' : 'Complete',
    });
  }
  const next = offset + max < before ? { NextToken: tokenFor(input, offset + max) } : {};
  return { MetricDataResults: results, Messages: [], ...next };
}
