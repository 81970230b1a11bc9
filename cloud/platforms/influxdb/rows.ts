/**
 * A line of what `/query` answers, as counts. Pure, and strict: FormatError INFLUX_FORMAT for whatever is no such answer.
 *
 *   {"results":[{"statement_id":0,"series":[{"name":"button_presses","tags":{"endpoint":"board-1"},
 *     "columns":["time","count"],"values":[[1763978400,42],…]}]}]}
 *
 * https://docs.influxdata.com/influxdb/v1/guides/query_data/
 */
import type { HourlyCount } from '../../ingest/store.ts';
import { FormatError } from '../../protocol/errors.ts';
import { HOUR_MS, hourOf } from '../../protocol/hour.ts';
import { COUNT_FIELD, ENDPOINT_TAG } from './point.ts';

/** Points that are at no hour's beginning are not ours, and passed over. */
export function countsIn(line: string): HourlyCount[] {
  const { results } = objectOf(parsed(line), 'the answer');
  return listOf(results, 'results').flatMap((item) => {
    const { series, error } = objectOf(item, 'a result');
    if (error !== undefined) throw wrong(`it says ${JSON.stringify(error).slice(0, 500)}`);
    return series === undefined ? [] : listOf(series, 'series').flatMap(countsOfSeries);
  });
}

function countsOfSeries(item: unknown): HourlyCount[] {
  const { tags, columns, values } = objectOf(item, 'a series');
  const endpoint = objectOf(tags, 'the tags of a series')[ENDPOINT_TAG];
  if (typeof endpoint !== 'string') throw wrong('a series has no endpoint');
  const [time, count] = ['time', COUNT_FIELD].map((name) => listOf(columns, 'columns').indexOf(name));
  if (time === undefined || count === undefined || time < 0 || count < 0)
    throw wrong('a series has no times or counts');
  return listOf(values, 'values').flatMap((row) => {
    const cells = listOf(row, 'a row');
    const [seconds, total] = [cells[time], cells[count]];
    if (total === null) return [];
    if (!isWhole(seconds) || !isWhole(total)) throw wrong('a row is not of whole numbers');
    return (seconds * 1000) % HOUR_MS === 0 ? [{ endpoint, hour: hourAt(seconds), count: total }] : [];
  });
}

function hourAt(seconds: number): string {
  try {
    return hourOf(seconds * 1000);
  } catch (cause) {
    throw new FormatError('INFLUX_FORMAT', `${seconds} s is no hour`, { cause });
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new FormatError('INFLUX_FORMAT', 'it is no JSON', { cause });
  }
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(`${what} is no object`);
  return value as Record<string, unknown>;
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(`${what} is no list`);
  return value;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function wrong(problem: string): FormatError {
  return new FormatError('INFLUX_FORMAT', problem);
}
