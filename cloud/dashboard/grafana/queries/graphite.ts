/**
 * Graphite: a point is the hour's total so far, at the hour's start; the last one told is kept. `summarize` by `max` makes hours
 * of it whatever the retention is.
 *
 * Graphite leaves out the point that stands at the very beginning of what is asked for, so `from` is a second before it. Were
 * there more hours than the panel asks for points, `consolidateBy` sums them, where Graphite would else take their mean.
 *
 * Endpoints stand coded in metrics. Graphite's functions can replace text in a legend, a function a code, so the commonest codes
 * are decoded (`codes`); any other is shown as it stands, and so is every one in the list of the variable.
 *
 * Query model (`target`, `textEditor`): public/app/plugins/datasource/graphite/types.ts of Grafana.
 * https://grafana.com/docs/grafana/latest/datasources/graphite/query-editor/
 * Functions: https://graphite.readthedocs.io/en/1.1.8/functions.html
 * Variables: https://grafana.com/docs/grafana/latest/datasources/graphite/template-variables/
 */
import { endpointList } from './endpoint.ts';
import { type DataSource, ENDPOINT_VARIABLE, type Queries, type Target, target } from './queries.ts';

export interface GraphiteNames {
  /** What metrics begin with, like `mbed.button_presses`; the endpoint is the part after it. */
  readonly prefix: string;
  /** Codes in metrics and what they stand for, in the order in which they are to be decoded. Neither holds a quote or backslash. */
  readonly codes: readonly (readonly [code: string, text: string])[];
}

export function graphiteQueries({ prefix, codes }: GraphiteNames): Queries {
  const hours = (node: string): string => `summarize(${prefix}.${node}, '1h', 'max', false)`;
  const summed = (series: string): string => `consolidateBy(${series}, 'sum')`;
  const named = (series: string): string =>
    codes.reduce(
      (so, [code, text]) => `aliasSub(${so}, '${code}', '${text}')`,
      `aliasByNode(${series}, ${prefix.split('.').length})`,
    );
  const query = (datasource: DataSource, text: string): Target =>
    target({ datasource, refId: 'A', textEditor: true, target: text });
  return {
    plugin: 'graphite',
    stamp: 'start',
    earlier: '1s',
    byBoard: (datasource) => query(datasource, named(summed(hours('*')))),
    ofAll: (datasource) => query(datasource, `alias(${summed(`sumSeries(${hours('*')})`)}, 'presses')`),
    ofOne: (datasource) => query(datasource, named(summed(hours(`$${ENDPOINT_VARIABLE}`)))),
    endpoint: (datasource) => endpointList(datasource, `${prefix}.*`),
  };
}
