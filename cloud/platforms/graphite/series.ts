/**
 * What graphite-web's render API answers, as series. Pure, and strict: a list of series, each with its name and its points in
 * order of time, or FormatError GRAPHITE_FORMAT.
 *
 *   [{"target": "mbed.button_presses.a", "datapoints": [[3.0, 1763978400], [null, 1763982000]], …}, …]
 *
 * https://graphite.readthedocs.io/en/latest/render_api.html#json
 */
import { FormatError } from '../../protocol/errors.ts';

export interface Series {
  readonly target: string;
  /** Values by second since 1970, in order; those without a value are left out. */
  readonly values: ReadonlyMap<number, number>;
  /** Seconds from the first point to the second, with or without values; undefined if it has no two. */
  readonly step: number | undefined;
}

export function parseSeries(text: string): Series[] {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw new FormatError('GRAPHITE_FORMAT', 'it is no JSON', { cause });
  }
  if (!Array.isArray(answer)) throw wrong('it is no list of series');
  return answer.map(seriesOf);
}

function seriesOf(item: unknown): Series {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) throw wrong('a series is no object');
  const { target, datapoints } = item as { target?: unknown; datapoints?: unknown };
  if (typeof target !== 'string') throw wrong('a series has no target');
  if (!Array.isArray(datapoints)) throw wrong('a series has no datapoints');
  const values = new Map<number, number>();
  let [first, second, last]: (number | undefined)[] = [];
  for (const point of datapoints as unknown[]) {
    const [value, at] = pointOf(point);
    if (last !== undefined && at <= last) throw wrong(`a point of second ${at} comes after one of ${last}`);
    if (first === undefined) first = at;
    else second ??= at;
    last = at;
    if (value !== null) values.set(at, value);
  }
  return { target, values, step: first === undefined || second === undefined ? undefined : second - first };
}

function pointOf(point: unknown): [number | null, number] {
  if (!Array.isArray(point) || point.length !== 2) throw wrong('a point is no pair');
  const [value, at] = point as [unknown, unknown];
  if (value !== null && (typeof value !== 'number' || !Number.isFinite(value))) throw wrong('a value is no number');
  if (!Number.isSafeInteger(at) || (at as number) < 0) throw wrong('a time is no whole second');
  return [value, at as number];
}

function wrong(problem: string): FormatError {
  return new FormatError('GRAPHITE_FORMAT', problem);
}
