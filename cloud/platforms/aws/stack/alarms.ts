/** What somebody has to look at: alarms, and who is told. No data is no alarm: where nothing happens, nothing fails. */
import { Aws } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { Names } from '../names.ts';
import type { Health } from './health.ts';

interface Alarming {
  readonly id: string;
  readonly metric: IMetric;
  /** Alarms at this value and above. */
  readonly threshold: number;
  /** Five minutes each, in a row. */
  readonly periods?: number;
  readonly description: string;
}

/** Milliseconds by which the graph may be behind: longer than a throttled minute, much shorter than the stream's 24 h. */
const STREAM_AGE = 15 * 60_000;

export function addAlarms(scope: Construct, names: Names, health: Health, email: string | undefined): void {
  const topic = email === undefined ? undefined : addTopic(scope, names, email);
  for (const { id, metric, threshold, periods = 1, description } of alarmsOf(health)) {
    const alarm = new Alarm(scope, `${id}Alarm`, {
      alarmName: `${names.alarms}_${id}`,
      alarmDescription: description,
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    if (topic !== undefined) {
      alarm.addAlarmAction(new SnsAction(topic));
      alarm.addOkAction(new SnsAction(topic));
    }
  }
}

function alarmsOf({ webhook5xx, errors, throttles, streamAge, failures }: Health): Alarming[] {
  return [
    {
      id: 'Webhook5xx',
      metric: webhook5xx,
      threshold: 1,
      description:
        'The webhook answered 5xx: the sender repeats, so nothing is lost yet. See the logs of the function.',
    },
    ...Object.entries(errors).map(([name, metric]) => ({
      id: `${name}Errors`,
      metric,
      threshold: 1,
      description: `The ${name.toLowerCase()} function failed or ran out of time. See its logs.`,
    })),
    ...Object.entries(throttles).map(([name, metric]) => ({
      id: `${name}Throttles`,
      metric,
      threshold: 1,
      description: `The ${name.toLowerCase()} function was held back by the account's concurrency limit. Ask AWS for more.`,
    })),
    {
      id: 'StreamAge',
      metric: streamAge,
      threshold: STREAM_AGE,
      periods: 2,
      description:
        'The graph is behind the table: CloudWatch refuses or is down. After 23 h its changes go to the failure queue.',
    },
    {
      id: 'FailureQueue',
      metric: failures,
      threshold: 1,
      description: 'Something was set aside, or failed for good. The failure queue says what, why and where it lies.',
    },
  ];
}

function addTopic(scope: Construct, names: Names, email: string): Topic {
  const topic = new Topic(scope, 'AlarmTopic', { topicName: names.alarmTopic, enforceSSL: true });
  topic.addSubscription(new EmailSubscription(email));
  // A policy of its own, which enforcing TLS takes, replaces the default that let CloudWatch in.
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsOfThisAccount',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }),
  );
  return topic;
}
