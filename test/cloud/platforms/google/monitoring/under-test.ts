/** The sink against the stand-in over HTTP, with faults between the two. */
import { setTimeout } from 'node:timers/promises';
import {
  type LocalAnswer,
  type LocalRequest,
  type Served,
  serve,
} from '../../../../../cloud/platforms/google/local/http.ts';
import { openPoints, type Points } from '../../../../../cloud/platforms/google/local/monitoring/points.ts';
import { monitoringService } from '../../../../../cloud/platforms/google/local/monitoring/service.ts';
import { type MonitoringClient, monitoringClient } from '../../../../../cloud/platforms/google/monitoring/client.ts';
import { metricTypeWith } from '../../../../../cloud/platforms/google/monitoring/metric.ts';
import { Clock } from './clock.ts';

export const PROJECT = 'mbed-test';
export const METRIC_TYPE = metricTypeWith('');

export interface Monitored {
  readonly clock: Clock;
  readonly points: Points;
  readonly client: MonitoringClient;
  readonly requests: LocalRequest[];
  /** Asked before each request: an answer in place of the service's, if it says so. */
  before: (request: LocalRequest) => Promise<LocalAnswer | undefined> | LocalAnswer | undefined;
  /** Asked for each answer: what is sent in its place. */
  after: (answer: LocalAnswer) => LocalAnswer;
  dispose(): Promise<void>;
}

export async function startMonitored(patienceMs = 2_000, clock: Clock = new Clock()): Promise<Monitored> {
  const points = openPoints();
  const service = monitoringService({ points, now: clock.now });
  const requests: LocalRequest[] = [];
  const served: Served = await serve(async (request) => {
    requests.push(request);
    return monitored.after((await monitored.before(request)) ?? (await service(request)));
  });
  const monitored: Monitored = {
    ...{ clock, points, requests },
    client: monitoringClient({
      ...{ project: PROJECT, metricType: METRIC_TYPE },
      ...{ endpoint: served.url, token: async () => 'token', patienceMs },
    }),
    before: () => undefined,
    after: (answer) => answer,
    async dispose() {
      await served.close();
      points.close();
    },
  };
  return monitored;
}

export const UNAVAILABLE: LocalAnswer = {
  status: 503,
  body: JSON.stringify({
    error: { code: 503, message: 'The service is currently unavailable.', status: 'UNAVAILABLE' },
  }),
};

/** Milliseconds that are really waited, or until it is over. */
export async function pause(ms: number, over: AbortSignal): Promise<undefined> {
  await setTimeout(ms, undefined, { signal: over }).catch(() => undefined);
  return undefined;
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
