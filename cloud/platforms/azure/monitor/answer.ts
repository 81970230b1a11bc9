/**
 * Azure Monitor's answer to a question for the metric's hours, read strictly. Pure: a value or FormatError, nothing else.
 * https://learn.microsoft.com/rest/api/monitor/metrics/list
 */

import type { HourlyCount } from '../../../ingest/store.ts';
import { FormatError } from '../../../protocol/errors.ts';
import { HOUR_MS, hourOf } from '../../../protocol/hour.ts';
import { DIMENSION, METRIC } from './names.ts';

export interface MetricAnswer {
  /** Series in the answer, with presses or without: as many as were asked for at most means that some may be missing. */
  readonly series: number;
  /** Hours with presses. */
  readonly hours: readonly HourlyCount[];
}

/** FormatError METRIC_FORMAT for what is no such answer. */
export function readAnswer(text: string): MetricAnswer {
  const metrics = arrayIn(parsed(text), 'value').filter((metric) => {
    return stringIn(recordIn(metric, 'name'), 'value').toLowerCase() === METRIC;
  });
  const hours: HourlyCount[] = [];
  let series = 0;
  for (const metric of metrics) {
    const { errorCode = 'Success' } = record(metric, 'a metric');
    if (errorCode !== 'Success') throw wrong(`its errorCode is ${JSON.stringify(errorCode)}`);
    for (const one of arrayIn(metric, 'timeseries')) {
      series += 1;
      const endpoint = endpointOf(one);
      for (const point of arrayIn(one, 'data')) {
        const count = totalOf(point);
        if (count > 0) hours.push({ endpoint, hour: hourIn(point), count });
      }
    }
  }
  return { series, hours };
}

/** The names of dimensions come in any case. */
function endpointOf(series: unknown): string {
  for (const value of arrayIn(series, 'metadatavalues')) {
    if (stringIn(recordIn(value, 'name'), 'value').toLowerCase() === DIMENSION) return stringIn(value, 'value');
  }
  throw wrong(`a series has no ${DIMENSION}`);
}

/** Nothing is left out, or null, where an hour has no data. */
function totalOf(point: unknown): number {
  const { total } = record(point, 'a point');
  if (total === undefined || total === null) return 0;
  if (Number.isSafeInteger(total) && (total as number) >= 0) return total as number;
  throw wrong('a total is no number of presses');
}

function hourIn(point: unknown): string {
  const text = stringIn(point, 'timeStamp');
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!(ms >= 0) || ms % HOUR_MS !== 0) throw wrong('a timeStamp is no beginning of an hour');
  return hourOf(ms);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong('it is no JSON');
  }
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrong(`${what} is no object`);
}

function recordIn(value: unknown, key: string): Readonly<Record<string, unknown>> {
  return record(record(value, `what has ${key}`)[key], key);
}

function arrayIn(value: unknown, key: string): readonly unknown[] {
  const found = record(value, `what has ${key}`)[key];
  if (Array.isArray(found)) return found;
  throw wrong(`${key} is no list`);
}

function stringIn(value: unknown, key: string): string {
  const found = record(value, `what has ${key}`)[key];
  if (typeof found === 'string') return found;
  throw wrong(`${key} is no text`);
}

function wrong(problem: string): FormatError {
  return new FormatError('METRIC_FORMAT', `the answer of Azure Monitor cannot be read: ${problem}`);
}
