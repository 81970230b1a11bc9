/**
 * The Cloud Monitoring dashboard as JSON: presses per hour of every endpoint, and below it whether all works. Pure.
 *
 * https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards
 */
import { ENDPOINT_LABEL, RESOURCE_TYPE } from '../monitoring/metric.ts';
import type { Names } from '../names.ts';

/** Columns of a mosaic. */
const COLUMNS = 48;
const HOUR = '3600s';

export function dashboard(names: Names): object {
  const half = COLUMNS / 2;
  return {
    displayName: names.dashboard,
    mosaicLayout: {
      columns: COLUMNS,
      tiles: [
        tile(0, 0, COLUMNS, 20, presses(names)),
        tile(0, 20, 12, 10, total(names)),
        tile(12, 20, COLUMNS - 12, 10, explanation(names)),
        tile(0, 30, half, 14, requests(names.webhookFunction, 'Webhook: requests by answer')),
        tile(half, 30, half, 14, requests(names.sweepFunction, 'Sweep: runs by answer')),
        tile(0, 44, half, 14, failures(names)),
        tile(half, 44, half, 14, database(names)),
      ],
    },
  };
}

function tile(xPos: number, yPos: number, width: number, height: number, widget: object): object {
  return { xPos, yPos, width, height, widget };
}

/** The difference of each sum over each hour of the clock. */
function byHour({ metricType }: Names, groupByFields: readonly string[]): object {
  return {
    filter: `metric.type="${metricType}" resource.type="${RESOURCE_TYPE}"`,
    aggregation: {
      alignmentPeriod: HOUR,
      perSeriesAligner: 'ALIGN_DELTA',
      crossSeriesReducer: 'REDUCE_SUM',
      ...(groupByFields.length === 0 ? {} : { groupByFields }),
    },
  };
}

function presses(names: Names): object {
  return {
    title: 'Presses per hour',
    xyChart: {
      dataSets: [
        {
          plotType: 'STACKED_BAR',
          targetAxis: 'Y1',
          minAlignmentPeriod: HOUR,
          legendTemplate: `\${metric.labels.${ENDPOINT_LABEL}}`,
          timeSeriesQuery: { timeSeriesFilter: byHour(names, [`metric.label."${ENDPOINT_LABEL}"`]), unitOverride: '1' },
        },
      ],
      yAxis: { label: 'presses', scale: 'LINEAR' },
    },
  };
}

function total(names: Names): object {
  return {
    title: 'All endpoints, in the hour',
    scorecard: {
      timeSeriesQuery: { timeSeriesFilter: byHour(names, []) },
      sparkChartView: { sparkChartType: 'SPARK_BAR' },
    },
  };
}

function explanation({ metricType }: Names): object {
  const content = [
    `\`${metricType}\` is the sum of an endpoint's presses; its difference over an hour of the clock is that hour's.`,
    'Look at it by hours: within one, presses are told minutes after they were counted, and the line between is straight.',
    'What is told after its hour may be told no more under it, and is shown in the hour in which it was told: the store has both right.',
  ].join(' ');
  return { title: 'How to read it', text: { content, format: 'MARKDOWN' } };
}

function requests(service: string, title: string): object {
  const filter = `metric.type="run.googleapis.com/request_count" resource.type="cloud_run_revision" resource.label."service_name"="${service}"`;
  return lines(title, filter, 'ALIGN_DELTA', ['metric.label."response_code_class"']);
}

function failures({ failureSubscription }: Names): object {
  const filter = `metric.type="pubsub.googleapis.com/subscription/num_undelivered_messages" resource.type="pubsub_subscription" resource.label."subscription_id"="${failureSubscription}"`;
  return lines('Failure queue: what was set aside', filter, 'ALIGN_MAX', []);
}

function database({ database }: Names): object {
  const filter = `metric.type="firestore.googleapis.com/document/write_count" resource.type="firestore.googleapis.com/Database" resource.label."database_id"="${database}"`;
  return lines('Firestore: documents written', filter, 'ALIGN_DELTA', []);
}

function lines(title: string, filter: string, perSeriesAligner: string, groupByFields: readonly string[]): object {
  const aggregation = { alignmentPeriod: '60s', perSeriesAligner, crossSeriesReducer: 'REDUCE_SUM', groupByFields };
  const timeSeriesQuery = { timeSeriesFilter: { filter, aggregation } };
  return { title, xyChart: { dataSets: [{ plotType: 'LINE', targetAxis: 'Y1', timeSeriesQuery }] } };
}
