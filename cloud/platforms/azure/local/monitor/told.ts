/**
 * What a request tells, checked as Azure Monitor does. Pure: samples, or a Refusal.
 * https://learn.microsoft.com/azure/azure-monitor/essentials/metrics-store-custom-rest-api
 * https://learn.microsoft.com/azure/azure-monitor/essentials/metrics-custom-overview#quotas-and-limits
 */
import type { Sample, Series } from './minutes.ts';
import { badRequest } from './refusal.ts';

const MINUTE_MS = 60_000;
const [OLDEST_MS, AHEAD_MS] = [20 * MINUTE_MS, 5 * MINUTE_MS];
/** Of a namespace, a metric, a dimension's name and its value, in characters. */
const NAME_LIMIT = 256;
const DIMENSIONS_LIMIT = 10;

export function readTold(body: Uint8Array, resource: string, now: number): Sample[] {
  const { time, data } = objectOf(parsed(body), 'the body');
  const { baseData } = objectOf(data, 'data');
  const { metric, namespace, dimNames = [], series } = objectOf(baseData, 'baseData');
  const names = textsOf(dimNames, 'dimNames');
  if (names.length > DIMENSIONS_LIMIT) throw badRequest(`more than ${DIMENSIONS_LIMIT} dimensions`);
  const at = timeOf(time, now);
  const of = { resource, namespace: named(namespace, 'namespace'), metric: named(metric, 'metric') };
  return listOf(series, 'series').map((one) => {
    const { dimValues = [], min, max, sum, count } = objectOf(one, 'a series');
    const values = textsOf(dimValues, 'dimValues');
    if (values.length !== names.length) throw badRequest('the number of dimension names and values differs');
    const dimensions: Series['dimensions'] = names.map((name, index) => [name, values[index] ?? '']);
    for (const [what, value] of Object.entries({ min, max, sum })) numberOf(value, what);
    return { ...of, dimensions, at, sum: numberOf(sum, 'sum'), count: positive(count) };
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    throw badRequest('the body is not JSON');
  }
}

/** ISO 8601; without a zone it is UTC. */
function timeOf(value: unknown, now: number): number {
  const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/.exec(typeof value === 'string' ? value : '');
  const at = iso === null ? Number.NaN : Date.parse(iso[2] === undefined ? `${iso[0]}Z` : iso[0]);
  if (Number.isNaN(at)) throw badRequest('time is not ISO 8601');
  if (at < now - OLDEST_MS) throw badRequest('time is more than 20 minutes in the past');
  if (at > now + AHEAD_MS) throw badRequest('time is more than 5 minutes in the future');
  return at;
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw badRequest(`${what} is not an object`);
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw badRequest(`${what} is not a list`);
}

function textsOf(value: unknown, what: string): string[] {
  return listOf(value, what).map((text) => limited(text, what));
}

/** Names of metrics and namespaces know no case. */
function named(value: unknown, what: string): string {
  return limited(value, what).toLowerCase();
}

function limited(value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '') throw badRequest(`${what} is missing`);
  if (value.length > NAME_LIMIT) throw badRequest(`${what} has more than ${NAME_LIMIT} characters`);
  return value;
}

function numberOf(value: unknown, what: string): number {
  if (typeof value === 'number') return value;
  throw badRequest(`${what} is not a number`);
}

function positive(value: unknown): number {
  if (Number.isInteger(value) && (value as number) > 0) return value as number;
  throw badRequest('count is not a positive integer');
}
