/**
 * An hour's presses as CloudWatch takes them, and what it will never take. Pure.
 *
 *   exact   PressesPerHour, dimension Endpoint   the hour's running total: the greatest of them is the newest (Maximum)
 *   guide   named after the endpoint             what the hour grew by: added up (Sum), and so twice if told twice
 */
import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import { HOUR_MS, startOfHour } from '../../../protocol/hour.ts';
import { EXACT_DIMENSION, EXACT_METRIC } from '../names.ts';

export interface HourOfEndpoint {
  readonly endpoint: string;
  /** `YYYY-MM-DD HH:00:00`, UTC. */
  readonly hour: string;
}

/** RangeError if the hour is none. */
export function exactDatum({ endpoint, hour }: HourOfEndpoint, total: number): MetricDatum {
  const Dimensions = [{ Name: EXACT_DIMENSION, Value: endpoint }];
  return { MetricName: EXACT_METRIC, Dimensions, Value: total, Unit: 'Count', Timestamp: timeOf(hour) };
}

/** RangeError if the hour is none. */
export function guideDatum({ endpoint, hour }: HourOfEndpoint, increment: number): MetricDatum {
  return { MetricName: endpoint, Value: increment, Unit: 'Count', Timestamp: timeOf(hour) };
}

function timeOf(hour: string): Date {
  const start = startOfHour(hour);
  if (start === undefined) throw new RangeError(`${JSON.stringify(hour)} is no hour`);
  return new Date(start);
}

/** Why CloudWatch never takes a datum. What is wrong with a name is wrong with every hour of it. */
export interface Refusal {
  readonly about: 'name' | 'hour';
  readonly reason: string;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html */
const [NAME_LIMIT, VALUE_LIMIT] = [255, 1_024];
const OLDEST_MS = 14 * 24 * HOUR_MS;
const AHEAD_MS = 2 * HOUR_MS;

/** Why a datum of ours would be refused at `now` (milliseconds since 1970), undefined if there is no reason to think so. */
export function refusalOf({ MetricName, Dimensions = [], Timestamp }: MetricDatum, now: number): Refusal | undefined {
  const reason =
    nameProblem('the name of a metric', MetricName ?? '', NAME_LIMIT) ??
    nameProblem('the value of a dimension', Dimensions[0]?.Value ?? EXACT_DIMENSION, VALUE_LIMIT);
  if (reason !== undefined) return { about: 'name', reason };
  const age = now - (Timestamp?.getTime() ?? now);
  if (age > OLDEST_MS) return { about: 'hour', reason: 'CloudWatch takes nothing older than two weeks' };
  if (age < -AHEAD_MS) return { about: 'hour', reason: 'CloudWatch takes nothing that is two hours ahead' };
  return undefined;
}

/** Whether an hour (`YYYY-MM-DD HH:00:00`) lies too long ago for CloudWatch at `now` (milliseconds since 1970). */
export function isTooOld(hour: string, now: number): boolean {
  return now - (startOfHour(hour) ?? now) > OLDEST_MS;
}

/** Whether CloudWatch could have a metric of this name, as the guide's is named after the endpoint. */
export function canBeGuideMetric(endpoint: string): boolean {
  return nameProblem('', endpoint, NAME_LIMIT) === undefined;
}

/** Whether the exact metric could have this endpoint in its dimension. */
export function canBeExactDimension(endpoint: string): boolean {
  return nameProblem('', endpoint, VALUE_LIMIT) === undefined;
}

function nameProblem(what: string, text: string, limit: number): string | undefined {
  if (text.length > limit) return `${what} has at most ${limit} characters, this one has ${text.length}`;
  if (!/^[ -~]*$/.test(text)) return `${what} has ASCII letters, digits and signs only`;
  return text.trim() === '' ? `${what} is more than blanks` : undefined;
}
