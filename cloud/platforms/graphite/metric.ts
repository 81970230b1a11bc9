/** Metrics of endpoints: a prefix of our own, and the endpoint's name in a coded form. Pure. */
import { HOUR_MS, startOfHour } from '../../protocol/hour.ts';
import { decodeName, encodeName } from './name.ts';

export const DEFAULT_PREFIX = 'mbed.button_presses';

const NODES = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;
/** A path has 4,096 bytes at most (PATH_MAX), of which the server's folder and the endpoint need their part. */
const MOST_PREFIX = 200;

/** Why a prefix cannot be had; undefined: it can. */
export function prefixProblem(prefix: string): string | undefined {
  if (!NODES.test(prefix)) return 'it is not letters, digits, _ and - with dots between';
  if (prefix.length > MOST_PREFIX) return `it has more than ${MOST_PREFIX} characters`;
  // carbon keeps its own numbers under `carbon`, and graphite-web asks every cache for these; `_tagged` holds series with tags.
  if (/^(carbon|_tagged)(\.|$)/.test(prefix)) return "its first part is one of Graphite's own";
  return undefined;
}

export function metricOf(prefix: string, endpoint: string): string {
  return `${prefix}.${encodeName(endpoint)}`;
}

/** The endpoint of a metric; undefined if it is none of ours. */
export function endpointOf(prefix: string, metric: string): string | undefined {
  return metric.startsWith(`${prefix}.`) ? decodeName(metric.slice(prefix.length + 1)) : undefined;
}

/** A value of a metric. */
export interface Point {
  readonly metric: string;
  /** Seconds since 1970. */
  readonly at: number;
  readonly value: number;
}

export const HOUR_S = HOUR_MS / 1000;

/** What the schema of ours keeps (schemas.ts): five years of 365 days, in hours. */
export const KEPT_HOURS = 5 * 365 * 24;

/** Seconds since 1970 at which an hour begins. RangeError if the hour is none. */
export function secondsOf(hour: string): number {
  const start = startOfHour(hour);
  if (start === undefined) throw new RangeError(`${JSON.stringify(hour)} is no hour`);
  return start / 1000;
}

/** Why the hour cannot be had at `now` (milliseconds since 1970): whisper drops what its file has no place for. */
export function hourRefusal(hour: string, now: number): string | undefined {
  const age = now - secondsOf(hour) * 1000;
  return age > (KEPT_HOURS - 1) * HOUR_MS ? 'Graphite keeps five years, and the hour is older' : undefined;
}
