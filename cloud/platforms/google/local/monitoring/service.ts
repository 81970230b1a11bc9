/**
 * Stands in for Cloud Monitoring on this machine: timeSeries.create and timeSeries.list of version 3, over HTTP.
 *
 * It holds writers to what Google holds them to: order, rate, age, one point a series, 200 series a request; and takes
 * some of a request while it refuses others, saying which, as Google does. It knows cumulative whole numbers alone, no
 * aggregation, no metric descriptors, and no credentials.
 * https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries
 */
import type { LocalAnswer, LocalRequest, LocalService } from '../http.ts';
import { json, Refusal, refused } from '../refusal.ts';
import { create } from './create.ts';
import { list } from './list.ts';
import type { Points } from './points.ts';

export interface MonitoringOptions {
  readonly points: Points;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const PATH = /^\/v3\/projects\/([^/]+)\/timeSeries$/;

export function monitoringService(options: MonitoringOptions): LocalService {
  return (request) => {
    try {
      return answerTo(request, options);
    } catch (error) {
      if (error instanceof Refusal) return refused(error);
      throw error;
    }
  };
}

function answerTo({ method, url, body }: LocalRequest, { points, now }: MonitoringOptions): LocalAnswer {
  const [, project] = PATH.exec(url.pathname) ?? [];
  if (project === undefined) throw new Refusal('NOT_FOUND', 'of Cloud Monitoring, only timeSeries is here');
  if (method === 'POST') {
    create(points, decoded(project), parsed(body), now());
    return json(200, {});
  }
  if (method === 'GET') return json(200, list(points, decoded(project), url.searchParams));
  throw new Refusal('UNIMPLEMENTED', `${method} is not here`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal('INVALID_ARGUMENT', 'the project is no text');
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    throw new Refusal('INVALID_ARGUMENT', 'Invalid JSON payload received.');
  }
}
