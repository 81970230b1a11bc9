/**
 * CloudWatch: the exact metric is the hour's running total by endpoint, so an hour is the Maximum over 3,600 s. The guide's
 * metrics, which can be too high, are not shown.
 *
 * Query model: `CloudWatchMetricsQuery` of the builder. `*` for a dimension becomes a search expression of up to 500 metrics
 * that had data within two weeks; with `matchExact` only metrics of exactly that dimension.
 * https://grafana.com/docs/grafana/latest/datasources/aws-cloudwatch/query-editor/
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
 * Variables: https://grafana.com/docs/grafana/latest/datasources/aws-cloudwatch/template-variables/
 */
import {
  MetricEditorMode,
  MetricQueryType,
  MetricsQueryBuilder,
  QueryMode,
} from '@grafana/grafana-foundation-sdk/cloudwatch';
import { endpointList } from './endpoint.ts';
import { type DataSource, ENDPOINT_VARIABLE, type Queries } from './queries.ts';

export interface CloudWatchNames {
  readonly namespace: string;
  readonly metric: string;
  readonly dimension: string;
  /** `default` is the data source's. */
  readonly region: string;
}

const HOUR_S = 3600;
const STATISTIC = 'Maximum';

export function awsQueries({ namespace, metric, dimension, region }: CloudWatchNames): Queries {
  const query = (datasource: DataSource): MetricsQueryBuilder =>
    new MetricsQueryBuilder()
      .datasource(datasource)
      .refId('A')
      .id('presses')
      .queryMode(QueryMode.Metrics)
      .metricQueryType(MetricQueryType.Search)
      .region(region)
      .namespace(namespace)
      .metricName(metric)
      .statistic(STATISTIC)
      .period(String(HOUR_S))
      .matchExact(true);
  const byName = (datasource: DataSource, name: string): MetricsQueryBuilder =>
    query(datasource)
      .metricEditorMode(MetricEditorMode.Builder)
      .dimensions({ [dimension]: name })
      .label(`\${PROP('Dim.${dimension}')}`);
  return {
    plugin: 'cloudwatch',
    stamp: 'start',
    byBoard: (datasource) => byName(datasource, '*'),
    ofAll: (datasource) =>
      query(datasource)
        .metricEditorMode(MetricEditorMode.Code)
        .expression(`SUM(SEARCH('{"${namespace}","${dimension}"} MetricName="${metric}"', '${STATISTIC}', ${HOUR_S}))`)
        .label('presses'),
    ofOne: (datasource) => byName(datasource, `$${ENDPOINT_VARIABLE}`),
    endpoint: (datasource) =>
      endpointList(datasource, {
        refId: ENDPOINT_VARIABLE,
        queryType: 'dimensionValues',
        region,
        namespace,
        metricName: metric,
        dimensionKey: dimension,
        dimensionFilters: {},
      }),
  };
}
