/**
 * The Grafana dashboard of one platform: JSON to import, or for Grafana to read from a folder (provisioning.ts). The same panels,
 * variables and time for every platform; only the queries differ (queries/).
 *
 * Needs the optional package @grafana/grafana-foundation-sdk: whoever imports this file loads it. The time range is whole days,
 * so that totals are of whole hours; days and hours are UTC, as the counts are.
 */
import { type Dashboard, DashboardBuilder, DatasourceVariableBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { panels } from './panels.ts';
import { DATASOURCE_VARIABLE, type DataSource, type Queries } from './queries/queries.ts';

export interface DashboardOptions {
  /** As people call it: `InfluxDB`. */
  readonly platform: string;
  /** Letters, digits, - and _, at most 40: one dashboard of this uid a Grafana, and a second import replaces the first. */
  readonly uid: string;
  readonly queries: Queries;
  /** The data source that is chosen at first; without one, Grafana's first of the plugin. */
  readonly chosen?: { readonly name: string; readonly uid: string };
}

export function dashboardOf({ platform, uid, queries, chosen }: DashboardOptions): Dashboard {
  const datasource: DataSource = { type: queries.plugin, uid: `\${${DATASOURCE_VARIABLE}}` };
  const source = new DatasourceVariableBuilder(DATASOURCE_VARIABLE).label('Data source').type(queries.plugin);
  if (chosen !== undefined) source.current({ text: chosen.name, value: chosen.uid, selected: true });
  const builder = new DashboardBuilder(`Button presses (${platform})`)
    .uid(uid)
    .description('Presses per hour of mbed boards, by mbed-time-series. Hours are UTC.')
    .tags(['mbed-time-series'])
    .timezone('utc')
    .refresh('1m')
    .time({ from: `now-6d/d${queries.earlier === undefined ? '' : `-${queries.earlier}`}`, to: 'now/d' })
    .editable()
    .withVariable(source)
    .withVariable(queries.endpoint(datasource));
  for (const panel of panels(queries, datasource)) builder.withPanel(panel);
  return builder.build();
}

/** The text of the file, the same for the same dashboard. */
export function dashboardText(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}
