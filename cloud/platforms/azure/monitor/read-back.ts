/**
 * Reads the metric back from Azure Monitor, hour by hour: what its graphs show, for comparison with the store.
 * https://learn.microsoft.com/rest/api/monitor/metrics/list
 *
 * All endpoints are asked for, and those wanted picked out: names with quotes or brackets have no certain way into a filter.
 */
import type { ReadBackQuery } from '../../../ingest/sink.ts';
import type { HourlyCount } from '../../../ingest/store.ts';
import { OutsideError } from '../../../protocol/errors.ts';
import { HOUR_MS } from '../../../protocol/hour.ts';
import { readAnswer } from './answer.ts';
import { DIMENSION, type GetToken, METRIC, NAMESPACE, READ_SCOPE } from './names.ts';
import { reasonIn, reasonOf } from './reason.ts';

export interface ReadOptions {
  /** Such as `https://management.azure.com`. */
  readonly readUrl: string;
  readonly resourceId: string;
  readonly getToken: GetToken;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds for an answer; 60 s unless told. */
  readonly readPatienceMs?: number;
}

const API_VERSION = '2023-10-01';
/** Hours asked for at once. */
const SPAN_MS = 24 * HOUR_MS;
/** Series asked for: 10 unless told. In a region no more than these may be active. */
const TOP = 50_000;
/** Azure Monitor keeps metrics for 93 days. https://learn.microsoft.com/azure/azure-monitor/essentials/data-platform-metrics#retention-of-metrics */
const KEPT_MS = 93 * 24 * HOUR_MS;
const PATIENCE_MS = 60_000;

/** OutsideError SERVER if it cannot be read, or says less than all. */
export async function* readBack(query: ReadBackQuery, options: ReadOptions): AsyncIterable<HourlyCount> {
  const wanted = new Set(query.endpoints);
  if (wanted.size === 0) return;
  const now = options.now();
  const [first, end] = [Math.max(query.from.getTime(), now - KEPT_MS), Math.min(query.to.getTime(), now + HOUR_MS)];
  for (let from = first - (first % HOUR_MS); from < end; from += SPAN_MS) {
    const to = Math.min(from + SPAN_MS, end + ((HOUR_MS - (end % HOUR_MS)) % HOUR_MS));
    for (const count of await ask(from, to, options)) if (wanted.has(count.endpoint)) yield count;
  }
}

async function ask(from: number, to: number, options: ReadOptions): Promise<readonly HourlyCount[]> {
  const text = await answerTo(from, to, options);
  if (text === undefined) return [];
  try {
    const { series, hours } = readAnswer(text);
    if (series < TOP) return hours;
  } catch (error) {
    throw unreadable(reasonOf(error), error);
  }
  throw unreadable(`it has ${TOP} boards or more in a day, and says no more of them`);
}

/** Undefined: it was never told of the metric. */
async function answerTo(from: number, to: number, options: ReadOptions): Promise<string | undefined> {
  const { readUrl, resourceId, getToken, readPatienceMs = PATIENCE_MS } = options;
  const timespan = [from, to].map((ms) => `${new Date(ms).toISOString().slice(0, 19)}Z`).join('/');
  const asked = {
    'api-version': API_VERSION,
    ...{ metricnamespace: NAMESPACE, metricnames: METRIC, aggregation: 'Total', interval: 'PT1H', timespan },
    ...{ $filter: `${DIMENSION} eq '*'`, top: String(TOP) },
  };
  const query = Object.entries(asked).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const url = `${readUrl}${resourceId}/providers/Microsoft.Insights/metrics?${query.join('&')}`;
  try {
    const headers = { authorization: `Bearer ${await getToken(READ_SCOPE)}`, accept: 'application/json' };
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(readPatienceMs), redirect: 'manual' });
    if (response.ok) return await response.text();
    const reason = await reasonIn(response);
    if (response.status === 400 && NEVER_TOLD.test(reason)) return undefined;
    throw unreadable(`it answers ${response.status}${reason}`);
  } catch (error) {
    throw error instanceof OutsideError ? error : unreadable(reasonOf(error), error);
  }
}

/** How it says, with status 400, that it does not know a metric. */
const NEVER_TOLD = /Failed to find metric configuration/i;

function unreadable(why: string, cause?: unknown): OutsideError {
  const fix = 'Check the resource, and that you have the role Monitoring Reader on it.';
  return new OutsideError('SERVER', `Azure Monitor could not be read: ${why}`, fix, { cause });
}
