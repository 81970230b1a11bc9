/**
 * What a platform must say so that the same panels show it: its Grafana plugin, and a query for each panel.
 *
 * A query answers with whole hours, UTC, one value an hour. Panels, layout and time range are not here: they are the same for
 * every platform (../dashboard.ts, ../panels.ts).
 */
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';

/** A query as Grafana's builders make it. */
export type Target = cog.Builder<cog.Dataquery>;
export type Variable = cog.Builder<dashboard.VariableModel>;
export type DataSource = { readonly type: string; readonly uid: string };

/** Names of the variables that every dashboard declares. */
export const DATASOURCE_VARIABLE = 'datasource';
export const ENDPOINT_VARIABLE = 'endpoint';

export interface Queries {
  /** Id of the Grafana plugin, for `type` of a data source. */
  readonly plugin: string;
  /** Which end of its hour a value is stamped with: bars are drawn to the other side of it. */
  readonly stamp: 'start' | 'end';
  /** How much earlier the time range must begin, for its first hour to be in the answer. */
  readonly earlier?: string;
  /** Every board's hours, a series each, named by endpoint. */
  readonly byBoard: (datasource: DataSource) => Target;
  /** The hours of all boards together, one series. */
  readonly ofAll: (datasource: DataSource) => Target;
  /** The hours of the board that the variable `endpoint` names. */
  readonly ofOne: (datasource: DataSource) => Target;
  /** The variable `endpoint`: a list of boards where the platform can be asked for one. */
  readonly endpoint: (datasource: DataSource) => Variable;
}

/** A query of a data source that Grafana's builders have no class for. The method is theirs, and no part of the JSON. */
export function target(query: object): Target {
  return { build: () => ({ ...query, _implementsDataqueryVariant: () => undefined }) };
}
