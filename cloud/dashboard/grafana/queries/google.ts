/**
 * Cloud Monitoring: a cumulative metric by endpoint, so an hour is what it grew by: ALIGN_DELTA over 3,600 s. An aligned value
 * stands at the end of its period, and periods are laid within the time asked for: they are the clock's hours only where that
 * is whole hours, as the dashboard's own time range is.
 * https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies#Aligner
 *
 * Query model: `CloudMonitoringQuery` and `TimeSeriesList` of the builder; filters are key, operator, value, joined by AND.
 * https://grafana.com/docs/grafana/latest/datasources/google-cloud-monitoring/query-editor/
 * Variables: https://grafana.com/docs/grafana/latest/datasources/google-cloud-monitoring/template-variables/
 */
import {
  AlignmentTypes,
  CloudMonitoringQueryBuilder,
  MetricFindQueryTypes,
  PreprocessorType,
  QueryType,
  TimeSeriesListBuilder,
} from '@grafana/grafana-foundation-sdk/googlecloudmonitoring';
import { endpointList } from './endpoint.ts';
import { type DataSource, ENDPOINT_VARIABLE, type Queries, type Target } from './queries.ts';

export interface CloudMonitoringNames {
  /** '' is the data source's default project. */
  readonly project: string;
  /** Like `custom.googleapis.com/mbed/button_presses`. */
  readonly metricType: string;
  readonly label: string;
}

export function googleQueries({ project, metricType, label }: CloudMonitoringNames): Queries {
  const key = `metric.label.${label}`;
  const query = (
    datasource: DataSource,
    groupBys: readonly string[],
    filters: readonly string[],
    alias: string,
  ): Target =>
    new CloudMonitoringQueryBuilder()
      .datasource(datasource)
      .refId('A')
      .queryType(QueryType.TIMESERIESLIST)
      .aliasBy(alias)
      .timeSeriesList(
        new TimeSeriesListBuilder()
          .projectName(project)
          .filters(['metric.type', '=', metricType, ...filters])
          .perSeriesAligner(AlignmentTypes.ALIGNDELTA)
          .alignmentPeriod('+3600s')
          .crossSeriesReducer('REDUCE_SUM')
          .groupBys([...groupBys])
          .preprocessor(PreprocessorType.None)
          .view('FULL'),
      );
  return {
    plugin: 'stackdriver',
    stamp: 'end',
    byBoard: (datasource) => query(datasource, [key], [], `{{${key}}}`),
    ofAll: (datasource) => query(datasource, [], [], 'presses'),
    ofOne: (datasource) => query(datasource, [key], ['AND', key, '=', `$${ENDPOINT_VARIABLE}`], `{{${key}}}`),
    endpoint: (datasource) =>
      endpointList(datasource, {
        refId: ENDPOINT_VARIABLE,
        selectedQueryType: MetricFindQueryTypes.LabelValues,
        selectedService: metricType.split('/')[0],
        selectedMetricType: metricType,
        labelKey: key,
        projectName: project,
      }),
  };
}
