/** The metrics that tell whether it all works: alarms watch them, the dashboard shows them. */
import { Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Functions } from './functions.ts';

export interface Health {
  readonly webhookRequests: IMetric;
  readonly webhook4xx: IMetric;
  readonly webhook5xx: IMetric;
  readonly errors: Readonly<Record<string, IMetric>>;
  readonly throttles: Readonly<Record<string, IMetric>>;
  readonly durations: Readonly<Record<string, IMetric>>;
  /** Milliseconds between a change in the table and its being read. */
  readonly streamAge: IMetric;
  readonly failures: IMetric;
}

const PERIOD = Duration.minutes(5);
const SUM = { statistic: 'Sum', period: PERIOD };
const MOST = { statistic: 'Maximum', period: PERIOD };

export function healthOf(api: RestApi, { webhook, stream, iot }: Functions, queue: Queue): Health {
  const functions = { Webhook: webhook, Stream: stream, Iot: iot };
  const each = (metric: (made: (typeof functions)['Webhook']) => IMetric): Record<string, IMetric> =>
    Object.fromEntries(Object.entries(functions).map(([name, made]) => [name, metric(made)]));
  return {
    webhookRequests: api.metricCount(SUM),
    webhook4xx: api.metricClientError(SUM),
    webhook5xx: api.metricServerError(SUM),
    errors: each((made) => made.metricErrors(SUM)),
    throttles: each((made) => made.metricThrottles(SUM)),
    durations: each((made) => made.metricDuration(MOST)),
    streamAge: stream.metric('IteratorAge', MOST),
    failures: queue.metricApproximateNumberOfMessagesVisible(MOST),
  };
}
