/** A workbook of the app: presses per hour, by board, from the custom metric. */
import { DIMENSION, METRIC, NAMESPACE } from '../monitor/names.ts';
import { expression, idOf, SITE, TYPES, VERSIONS } from './names.ts';
import type { Resource } from './template.ts';

/** Where the app's id is put in: the notebook is text within text. */
const PLACE = '$SITE$';
/** Sum, as workbooks number aggregations: the metric is told increments. */
const SUM = 1;
const [DAYS, DAY_MS, HOUR_MS] = [3, 86_400_000, 3_600_000];
/** Boards by name; a graph cannot show more that anybody could tell apart. */
const MOST_BOARDS = 50;

export function workbookResources(): Resource[] {
  const site = idOf(TYPES.site, SITE);
  return [
    {
      ...{ type: 'Microsoft.Insights/workbooks', apiVersion: VERSIONS.workbook, kind: 'shared' },
      name: expression("guid(resourceGroup().id, 'mbed presses per hour')"),
      location: expression("parameters('location')"),
      dependsOn: [expression(site)],
      properties: {
        ...{ displayName: 'Button presses per hour', category: 'workbook', version: '1.0' },
        sourceId: expression(site),
        serializedData: expression(`replace(variables('notebook'), '${PLACE}', ${site})`),
      },
    },
  ];
}

/** As the portal writes notebooks; it is a variable of the template. */
export function notebook(): string {
  const graph = (name: string, title: string, more: object): object => ({
    type: 10,
    content: {
      ...{ chartId: `mbed-${name}`, version: 'MetricsItem/2.0', size: 0, chartType: 3, title, metricScope: 0 },
      ...{ resourceType: TYPES.site.toLowerCase(), resourceIds: [PLACE] },
      timeContextFromParameter: 'span',
      timeGrain: 'PT1H',
      metrics: [{ namespace: NAMESPACE, metric: `${NAMESPACE}--${METRIC}`, aggregation: SUM, ...more }],
      gridSettings: { rowLimit: 10_000 },
    },
    name,
  });
  const span = {
    type: 9,
    content: {
      version: 'KqlParameterItem/1.0',
      parameters: [
        {
          ...{ id: '6f0c1c0e-6d0b-4f5c-9c57-3a1f6f0b7a55', version: 'KqlParameterItem/1.0', name: 'span', type: 4 },
          typeSettings: { selectableValues: [1, DAYS, 7, 30].map((days) => ({ durationMs: days * DAY_MS })) },
          value: { durationMs: DAYS * DAY_MS },
        },
      ],
    },
    name: 'span',
  };
  const items = [
    { type: 1, content: { json: TEXT }, name: 'text' },
    span,
    graph('all', 'All boards', {}),
    graph('boards', 'By board', { splitBy: [DIMENSION], splitBySortOrder: -1, splitByLimit: MOST_BOARDS }),
  ];
  return JSON.stringify({ version: 'Notebook/1.0', items, $schema: SCHEMA });
}

const SCHEMA = 'https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json';
const TEXT = `## Button presses per hour\n\nSum of ${METRIC} over ${HOUR_MS / 60_000} minutes. Azure adds up what it is told, so each press is told at most once: the graph never shows more than was counted, and less where an answer was lost or the hour was over for more than 19 minutes. The exact counts are in the table: \`mts report\` prints them.`;
