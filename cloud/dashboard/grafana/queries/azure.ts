/**
 * Azure Monitor: a custom metric, told increments, so an hour is the Total (Azure's word for the sum) over PT1H, by dimension.
 *
 * Query model: `AzureMonitorQuery` of the builder. A dimension filter without values asks for each value by itself; Azure then
 * answers with the 10 largest unless `top` says more (https://learn.microsoft.com/rest/api/monitor/metrics/list).
 * https://grafana.com/docs/grafana/latest/datasources/azure-monitor/query-editor/
 *
 * Grafana cannot list the values of a dimension (https://grafana.com/docs/grafana/latest/datasources/azure-monitor/template-variables/
 * has every query there is), so `endpoint` is a field to type into; `*`, with which it begins, is every board.
 */
import {
  MetricDimensionBuilder,
  MetricQueryBuilder,
  MonitorQueryBuilder,
  MonitorResourceBuilder,
  QueryType,
} from '@grafana/grafana-foundation-sdk/azuremonitor';
import { TextBoxVariableBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { type DataSource, ENDPOINT_VARIABLE, type Queries, type Target } from './queries.ts';

/** The resource that the metric is told of, and the names within it. */
export interface AzureMonitorNames {
  readonly subscription: string;
  readonly resourceGroup: string;
  /** Like `Microsoft.Web/sites`. */
  readonly resourceType: string;
  readonly resource: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimension: string;
}

/** Boards at most in one graph. */
const TOP = '1000';

export function azureQueries(names: AzureMonitorNames): Queries {
  const query = (datasource: DataSource, dimensions: readonly MetricDimensionBuilder[], alias: string): Target =>
    new MonitorQueryBuilder()
      .datasource(datasource)
      .refId('A')
      .queryType(QueryType.Monitor)
      .subscription(names.subscription)
      .azureMonitor(metric(names, dimensions, alias));
  const dimension = (values: readonly string[]): MetricDimensionBuilder =>
    new MetricDimensionBuilder()
      .dimension(names.dimension)
      .operator('eq')
      .filters([...values]);
  const alias = `{{ ${names.dimension} }}`;
  return {
    plugin: 'grafana-azure-monitor-datasource',
    stamp: 'start',
    byBoard: (datasource) => query(datasource, [dimension([])], alias),
    ofAll: (datasource) => query(datasource, [], 'presses'),
    ofOne: (datasource) => query(datasource, [dimension([`$${ENDPOINT_VARIABLE}`])], alias),
    endpoint: () => new TextBoxVariableBuilder(ENDPOINT_VARIABLE).label('Board (* is every one)').defaultValue('*'),
  };
}

function metric(
  names: AzureMonitorNames,
  dimensions: readonly MetricDimensionBuilder[],
  alias: string,
): MetricQueryBuilder {
  return new MetricQueryBuilder()
    .resources([
      new MonitorResourceBuilder()
        .subscription(names.subscription)
        .resourceGroup(names.resourceGroup)
        .metricNamespace(names.resourceType)
        .resourceName(names.resource),
    ])
    .metricNamespace(names.resourceType)
    .customNamespace(names.namespace)
    .metricName(names.metric)
    .aggregation('Total')
    .timeGrain('PT1H')
    .dimensionFilters([...dimensions])
    .top(TOP)
    .alias(alias);
}
