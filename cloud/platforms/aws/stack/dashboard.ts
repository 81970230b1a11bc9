/** The CloudWatch dashboard: presses per hour of every endpoint, found by a search, and below it whether all works. */
import { Duration } from 'aws-cdk-lib';
import {
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  LegendPosition,
  MathExpression,
  SingleValueWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { EXACT_DIMENSION, EXACT_METRIC, type Names } from '../names.ts';
import type { Health } from './health.ts';

const HOUR = Duration.hours(1);
/** Columns of a dashboard. */
const WIDTH = 24;

export function addDashboard(scope: Construct, names: Names, health: Health, guideMetric: boolean): void {
  new Dashboard(scope, 'Dashboard', {
    dashboardName: names.dashboard,
    defaultInterval: Duration.days(1),
    widgets: [[presses(names)], [total(names), explanation(names, guideMetric)], ...healthWidgets(health)],
  });
}

/**
 * The hours' running totals as they stand: the highest of an hour is the last one told. A search finds endpoints that send for
 * the first time a few minutes later. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
 */
function search({ namespace }: Names): string {
  return `SEARCH('{${namespace},${EXACT_DIMENSION}} MetricName="${EXACT_METRIC}"', 'Maximum', ${HOUR.toSeconds()})`;
}

function presses(names: Names): IWidget {
  return new GraphWidget({
    title: 'Presses per hour',
    width: WIDTH,
    height: 9,
    stacked: true,
    left: [new MathExpression({ expression: search(names), label: '', period: HOUR })],
    leftYAxis: { min: 0, label: 'presses', showUnits: false },
    legendPosition: LegendPosition.RIGHT,
    period: HOUR,
    statistic: 'Maximum',
    // The hour that is not over is what one waits for.
    liveData: true,
  });
}

function total(names: Names): IWidget {
  return new SingleValueWidget({
    title: 'All endpoints, in the hour',
    width: WIDTH / 4,
    height: 5,
    metrics: [new MathExpression({ expression: `SUM(${search(names)})`, label: 'presses', period: HOUR })],
    period: HOUR,
    sparkline: true,
  });
}

function explanation({ namespace, table }: Names, guideMetric: boolean): IWidget {
  const guide = guideMetric
    ? `The metrics of \`${namespace}\` without a dimension, named after the endpoint, are the guide's (statistic **Sum**). CloudWatch
adds what it is told twice, and it is told twice whenever an answer is lost: they can be too high.`
    : "The guide's own metric is switched off.";
  return new TextWidget({
    width: (WIDTH / 4) * 3,
    height: 5,
    markdown: `**${EXACT_METRIC}** by \`${EXACT_DIMENSION}\`, statistic **Maximum**, period **1 hour**, is exact: it is the hour's total in the table
\`${table}\`, told again with every change. A search shows up to 500 endpoints, those that sent within two weeks.

${guide}`,
  });
}

function healthWidgets(health: Health): IWidget[][] {
  const graph = (title: string, left: readonly IMetric[]): IWidget =>
    new GraphWidget({ title, width: WIDTH / 3, height: 6, left: [...left], leftYAxis: { min: 0 } });
  return [
    [
      graph('Webhook: requests and refusals', [health.webhookRequests, health.webhook4xx, health.webhook5xx]),
      graph('Functions: errors and throttles', [...Object.values(health.errors), ...Object.values(health.throttles)]),
      graph('Functions: longest run', Object.values(health.durations)),
    ],
    [graph('Graph behind the table', [health.streamAge]), graph('Failure queue', [health.failures])],
  ];
}
