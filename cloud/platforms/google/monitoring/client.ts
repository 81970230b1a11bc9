/**
 * Cloud Monitoring over HTTP: writes points, and lists them. No retries and no memory of its own: those are the sink's.
 *
 * https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries
 */
import { OutsideError } from '../../../protocol/errors.ts';
import { type Outcomes, outcomesOf } from './create-answer.ts';
import { type ListedPage, readPage } from './list-answer.ts';
import { metricFilter } from './metric.ts';
import { type Point, timeSeries, timeText } from './point.ts';

export const MONITORING_ENDPOINT = 'https://monitoring.googleapis.com';
/** What an access token must allow. */
export const MONITORING_SCOPES = ['https://www.googleapis.com/auth/monitoring'] as const;

export interface MonitoringClientOptions {
  readonly project: string;
  /** The deployment's: `metricType` of names.ts. */
  readonly metricType: string;
  /** Without a slash at its end; Google's own unless told. */
  readonly endpoint?: string;
  /** A valid access token; rejects when none can be had. Left out: none is sent, as a stand-in asks for none. */
  readonly token?: () => Promise<string>;
  /** Milliseconds that a request may take; 8 s unless told. */
  readonly patienceMs?: number;
}

export interface Created {
  readonly outcomes: Outcomes;
  /** Why not all were taken, for the log. */
  readonly trouble?: string;
}

export interface MonitoringClient {
  /** Writes at most 200 points, each of another endpoint. Never rejects. */
  create(points: readonly Point[], signal?: AbortSignal): Promise<Created>;
  /** One page of what the filter leaves of the metric's series; `filter` empty: of all. OutsideError SERVER. */
  list(filter: string, query: Readonly<Record<string, string>>): Promise<ListedPage>;
  /** OutsideError SERVER if it is known that it takes nothing from us; not if it is merely down. `now`: milliseconds since 1970. */
  checkAccess(now: number): Promise<void>;
}

const PATIENCE_MS = 8_000;
/** What a list says of a metric that has no point and no descriptor yet. */
const NO_METRIC = /Cannot find metric\(s\) that match type/;

export function monitoringClient(options: MonitoringClientOptions): MonitoringClient {
  const { project, metricType, endpoint = MONITORING_ENDPOINT, token, patienceMs = PATIENCE_MS } = options;
  const url = `${endpoint}/v3/projects/${encodeURIComponent(project)}/timeSeries`;
  const ofMetric = metricFilter(metricType);

  async function send(
    address: string,
    init: RequestInit,
    signal?: AbortSignal,
  ): Promise<{ status: number; text: string }> {
    const ended = AbortSignal.any([AbortSignal.timeout(patienceMs), ...(signal === undefined ? [] : [signal])]);
    const authorization = token === undefined ? {} : { authorization: `Bearer ${await unlessAborted(token(), ended)}` };
    const headers = { 'content-type': 'application/json', ...authorization };
    const response = await fetch(address, { ...init, headers, signal: ended });
    return { status: response.status, text: await response.text() };
  }

  return {
    async create(points, signal) {
      const body = JSON.stringify({ timeSeries: points.map((point) => timeSeries(point, { project, metricType })) });
      try {
        const { status, text } = await send(url, { method: 'POST', body }, signal);
        const outcomes = outcomesOf(status, text, points.length);
        return status === 200 ? { outcomes } : { outcomes, trouble: answered(status, text) };
      } catch (error) {
        return { outcomes: points.map(() => 'doubt'), trouble: whyOf(error) };
      }
    },
    async list(filter, query) {
      const whole = filter === '' ? ofMetric : `${ofMetric} AND ${filter}`;
      try {
        const address = `${url}?${new URLSearchParams({ filter: whole, ...query })}`;
        const { status, text } = await send(address, { method: 'GET' });
        // Nothing was ever written.
        if (status === 404 && NO_METRIC.test(text)) return { points: [], nextPageToken: '' };
        if (status !== 200) throw new Error(answered(status, text));
        return readPage(text, metricType);
      } catch (error) {
        throw unreadable(error);
      }
    },
    async checkAccess(now) {
      // Without credentials at all it will never be.
      await token?.();
      const interval = { 'interval.startTime': timeText(now - 1_000), 'interval.endTime': timeText(now) };
      const query = new URLSearchParams({ filter: ofMetric, ...interval, view: 'HEADERS', pageSize: '1' });
      const { status, text } = await send(`${url}?${query}`, { method: 'GET' }).catch(() => ({ status: 0, text: '' }));
      if ([401, 403, 404].includes(status) && !NO_METRIC.test(text))
        throw unreadable(new Error(answered(status, text)));
    },
  };
}

/** Tokens come from a library that knows nothing of our patience. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return Promise.race([
    work,
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    }),
  ]);
}

function answered(status: number, text: string): string {
  const [, message] = /"message":\s*"((?:[^"\\]|\\.){1,300})/.exec(text) ?? [];
  return `it answered ${status}${message === undefined ? '' : `: ${message}`}`;
}

/** What fetch says is only that it failed; why is in its cause. */
function whyOf(error: unknown): string {
  const { cause } = (error ?? {}) as { cause?: { message?: unknown; code?: unknown } | null };
  for (const why of [cause?.message, cause?.code]) if (typeof why === 'string' && why !== '') return why;
  return error instanceof Error ? error.message : String(error);
}

function unreadable(error: unknown): OutsideError {
  const fix = 'Check the project, the credentials, and that they may read and write metrics there.';
  return new OutsideError('SERVER', `Cloud Monitoring cannot be read: ${whyOf(error)}`, fix, { cause: error });
}
