/** The variable `endpoint` as a list that the data source is asked for: when the page is opened, and with the time range. */
import { QueryVariableBuilder, VariableRefresh, VariableSort } from '@grafana/grafana-foundation-sdk/dashboard';
import { type DataSource, ENDPOINT_VARIABLE, type Variable } from './queries.ts';

/** `query` as the plugin's variable editor stores it: a text, or an object of its own. */
export function endpointList(datasource: DataSource, query: string | Record<string, unknown>): Variable {
  return new QueryVariableBuilder(ENDPOINT_VARIABLE)
    .label('Board')
    .datasource(datasource)
    .query(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(false)
    .includeAll(false);
}
