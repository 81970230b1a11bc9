/**
 * The panels, the same for every platform: what they look like, how large they are and where they lie. A row has 24 columns; a
 * unit of height is 30 px. https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
 */
import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import {
  BarAlignment,
  BarGaugeDisplayMode,
  BigValueGraphMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId, type Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { type DataSource, ENDPOINT_VARIABLE, type Queries } from './queries/queries.ts';

/** More hours than anybody looks at in one graph: data sources that thin out to the panel's width must not. */
const MOST_HOURS = 10_000;
const BUSIEST = 10;

export function panels(queries: Queries, datasource: DataSource): cog.Builder<Panel>[] {
  return [
    bars(queries)
      .id(1)
      .title('Presses per hour')
      .datasource(datasource)
      .withTarget(queries.byBoard(datasource))
      .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
      .gridPos({ x: 0, y: 0, w: 24, h: 10 }),
    total().id(2).datasource(datasource).withTarget(queries.ofAll(datasource)).gridPos({ x: 0, y: 10, w: 6, h: 9 }),
    busiest()
      .id(3)
      .datasource(datasource)
      .withTarget(queries.byBoard(datasource))
      .gridPos({ x: 6, y: 10, w: 18, h: 9 }),
    bars(queries)
      .id(4)
      .title(`Presses per hour of $${ENDPOINT_VARIABLE}`)
      .datasource(datasource)
      .withTarget(queries.ofOne(datasource))
      .gridPos({ x: 0, y: 19, w: 24, h: 8 }),
  ];
}

function bars({ stamp }: Queries): TimeSeriesBuilder {
  return new TimeSeriesBuilder()
    .unit('short')
    .decimals(0)
    .min(0)
    .interval('1h')
    .maxDataPoints(MOST_HOURS)
    .drawStyle(GraphDrawStyle.Bars)
    .barAlignment(stamp === 'start' ? BarAlignment.After : BarAlignment.Before)
    .lineWidth(0)
    .fillOpacity(80)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Right)
        .calcs(['sum']),
    );
}

/** `none`, not `short`: 12,345 presses are not 12.3 K. */
function total(): StatBuilder {
  return new StatBuilder()
    .title('Presses in the selected time')
    .unit('none')
    .decimals(0)
    .interval('1h')
    .maxDataPoints(MOST_HOURS)
    .reduceOptions(new ReduceDataOptionsBuilder().values(false).calcs(['sum']).fields(''))
    .graphMode(BigValueGraphMode.Area);
}

/** Series become rows of name (`Field`) and sum (`Total`): names that Grafana's transformation `reduce` gives them. */
function busiest(): BarGaugeBuilder {
  return new BarGaugeBuilder()
    .title(`Busiest boards, at most ${BUSIEST}`)
    .unit('none')
    .decimals(0)
    .min(0)
    .interval('1h')
    .maxDataPoints(MOST_HOURS)
    .withTransformation({ id: 'reduce', options: { reducers: ['sum'], mode: 'seriesToRows' } })
    .withTransformation({ id: 'sortBy', options: { fields: {}, sort: [{ field: 'Total', desc: true }] } })
    .withTransformation({ id: 'limit', options: { limitField: BUSIEST } })
    .reduceOptions(new ReduceDataOptionsBuilder().values(true).calcs([]).fields('/^Total$/'))
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic);
}
