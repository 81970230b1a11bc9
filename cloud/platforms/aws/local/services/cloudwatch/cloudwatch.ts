/**
 * CloudWatch on this machine: PutMetricData, GetMetricData, GetMetricStatistics and ListMetrics, with the service's own
 * limits and errors. What is not here: alarms, dashboards, percentiles, metric math.
 */
import type { DatabaseSync } from 'node:sqlite';
import { Faults } from '../faults.ts';
import { answerJson, type JsonService } from '../json-service.ts';
import type { ServiceAnswer, ServiceRequest, World } from '../wire.ts';
import { getMetricData } from './data.ts';
import { BROKEN, THROTTLED } from './errors.ts';
import { listMetrics } from './list.ts';
import type { MetricName } from './metric.ts';
import { readPut } from './put.ts';
import { type Datapoint, Samples } from './samples.ts';
import { getMetricStatistics } from './statistics.ts';

/** What `x-amz-target` begins with. */
export const CLOUDWATCH_TARGET = 'GraniteServiceVersion20100801';

/** 1 MB, inflated. */
export const REQUEST_LIMIT = 1_048_576;

const HOUR = 3_600;

export interface CloudWatch {
  handle(operation: string, request: ServiceRequest): Promise<ServiceAnswer>;
  readonly faults: Faults;
  /** Every metric that was told of, in order of namespace, name and dimensions. */
  metrics(): MetricName[];
  /** All that is kept of a metric, by period (seconds, 3,600 without saying), from the first to the last; times in seconds. */
  datapoints(metric: MetricName, period?: number): Datapoint[];
}

export function newCloudWatch(db: DatabaseSync, world: World): CloudWatch {
  const samples = new Samples(db);
  const faults = new Faults(world);
  const service: JsonService = {
    operations: new Map([
      [
        'PutMetricData',
        (input) => {
          const now = world.now();
          const { namespace, data } = readPut(input, now);
          samples.add(namespace, data, now);
          return {};
        },
      ],
      ['GetMetricData', (input) => getMetricData(samples, input, world.now())],
      ['GetMetricStatistics', (input) => getMetricStatistics(samples, input, world.now())],
      ['ListMetrics', (input) => listMetrics(samples, input, world.now())],
    ]),
    bodyLimit: REQUEST_LIMIT,
    throttled: THROTTLED,
    broken: BROKEN,
    faults,
    newId: world.newId,
  };
  return {
    handle: (operation, request) => answerJson(service, operation, request),
    faults,
    metrics: () => samples.metrics().map(({ namespace, name, dimensions }) => ({ namespace, name, dimensions })),
    datapoints: (metric, period = HOUR) => {
      const known = samples.find(metric);
      return known === undefined ? [] : samples.read(known.id, { start: 0, end: known.newest + 1, period });
    },
  };
}
