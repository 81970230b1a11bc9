/**
 * InfluxDB, in InfluxQL: a point is the hour's total so far, at the hour's start, tag by endpoint. Told again it overwrites, so
 * an hour has one point; `max` over the hour is that point, and would still be right if a retention policy kept several.
 *
 * Query model (`rawQuery`, `query`, `resultFormat`, `alias`): pkg/tsdb/influxdb/models/model_parser.go of Grafana.
 * $timeFilter, and no other macro, is replaced there (models/query.go) by `time >= <from>ms and time <= <to>ms`.
 * https://grafana.com/docs/grafana/latest/datasources/influxdb/query-editor/
 * Variables: https://grafana.com/docs/grafana/latest/datasources/influxdb/template-variables/
 */
import { endpointList } from './endpoint.ts';
import { type DataSource, ENDPOINT_VARIABLE, type Queries, type Target, target } from './queries.ts';

export interface InfluxdbNames {
  readonly measurement: string;
  readonly tag: string;
  readonly field: string;
}

export function influxdbQueries(names: InfluxdbNames): Queries {
  const [measurement, tag, field] = [names.measurement, names.tag, names.field].map(identifier) as [
    string,
    string,
    string,
  ];
  const hours = (where: string): string =>
    `SELECT max(${field}) AS "presses" FROM ${measurement} WHERE ${where} GROUP BY time(1h), ${tag} fill(none)`;
  const query = (datasource: DataSource, text: string, alias: string): Target =>
    target({ datasource, refId: 'A', rawQuery: true, resultFormat: 'time_series', query: text, alias });
  return {
    plugin: 'influxdb',
    stamp: 'start',
    byBoard: (datasource) => query(datasource, hours('$timeFilter'), `$tag_${names.tag}`),
    ofAll: (datasource) =>
      query(
        datasource,
        `SELECT sum("presses") AS "presses" FROM (${hours('$timeFilter')}) WHERE $timeFilter GROUP BY time(1h) fill(none)`,
        'presses',
      ),
    // `regex` escapes what means something in a regular expression, and `/`; a quoted text would keep names with a backslash out.
    // https://grafana.com/docs/grafana/latest/dashboards/variables/variable-syntax/#regex
    ofOne: (datasource) =>
      query(datasource, hours(`$timeFilter AND ${tag} =~ /^\${${ENDPOINT_VARIABLE}:regex}$/`), `$tag_${names.tag}`),
    endpoint: (datasource) => endpointList(datasource, `SHOW TAG VALUES FROM ${measurement} WITH KEY = ${tag}`),
  };
}

/** https://docs.influxdata.com/influxdb/v1/query_language/spec/#identifiers */
function identifier(name: string): string {
  return `"${name.replaceAll(/["\\]/g, '\\$&')}"`;
}
