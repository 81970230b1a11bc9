/**
 * The queries hold the names that the platforms' own sinks write under, and ask for hours the way in which the sink stores them.
 * Those of InfluxDB and Graphite are also asked of a real server: influxdb.test.ts, graphite.test.ts.
 */
import { expect, test } from '@jest/globals';
import { parseSearch } from '../../../../cloud/platforms/aws/local/services/cloudwatch/search.ts';
import { EXACT_DIMENSION, EXACT_METRIC, namesWith } from '../../../../cloud/platforms/aws/names.ts';
import { DIMENSION, METRIC, NAMESPACE } from '../../../../cloud/platforms/azure/monitor/names.ts';
import { ENDPOINT_LABEL, metricTypeWith } from '../../../../cloud/platforms/google/monitoring/metric.ts';
import { DEFAULT_PREFIX } from '../../../../cloud/platforms/graphite/metric.ts';
import { COUNT_FIELD, ENDPOINT_TAG, MEASUREMENT } from '../../../../cloud/platforms/influxdb/point.ts';
import { madeOf, planOf, queryOf, RESOURCE } from './made.ts';

test('InfluxDB: the greatest count of the hour, by tag', async () => {
  const made = await madeOf(planOf('influxdb'));
  const hours = `SELECT max("${COUNT_FIELD}") AS "presses" FROM "${MEASUREMENT}" WHERE $timeFilter`;
  expect(queryOf(made, 1)).toMatchObject({
    rawQuery: true,
    resultFormat: 'time_series',
    query: `${hours} GROUP BY time(1h), "${ENDPOINT_TAG}" fill(none)`,
    alias: `$tag_${ENDPOINT_TAG}`,
  });
  expect(queryOf(made, 3)).toEqual(queryOf(made, 1));
  expect(queryOf(made, 4).query).toBe(
    `${hours} AND "endpoint" =~ /^\${endpoint:regex}$/ GROUP BY time(1h), "endpoint" fill(none)`,
  );
  expect(made.templating.list[1]?.query).toBe('SHOW TAG VALUES FROM "button_presses" WITH KEY = "endpoint"');
});

test('Graphite: the greatest value of the hour, of metrics below the prefix', async () => {
  const made = await madeOf(planOf('graphite'));
  expect(queryOf(made, 1).target).toContain(`summarize(${DEFAULT_PREFIX}.*, '1h', 'max', false)`);
  expect(queryOf(made, 4).target).toContain(`summarize(${DEFAULT_PREFIX}.$endpoint, '1h', 'max', false)`);
  expect(made.templating.list[1]?.query).toBe(`${DEFAULT_PREFIX}.*`);
  const other = await madeOf({ platform: 'graphite', prefix: 'lab.floor.presses' });
  expect(queryOf(other, 1).target).toContain(
    "aliasByNode(consolidateBy(summarize(lab.floor.presses.*, '1h', 'max', false), 'sum'), 3)",
  );
});

test('CloudWatch: the exact metric, Maximum of 3,600 s', async () => {
  const { namespace } = namesWith('test_');
  const made = await madeOf({ platform: 'aws', prefix: 'test_', region: 'eu-west-1' });
  const metric = {
    region: 'eu-west-1',
    namespace,
    metricName: EXACT_METRIC,
    statistic: 'Maximum',
    period: '3600',
    matchExact: true,
    queryMode: 'Metrics',
    metricQueryType: 0,
  };
  const label = `\${PROP('Dim.${EXACT_DIMENSION}')}`;
  expect(queryOf(made, 1)).toMatchObject({ ...metric, dimensions: { [EXACT_DIMENSION]: '*' }, label });
  expect(queryOf(made, 4)).toMatchObject({ ...metric, dimensions: { [EXACT_DIMENSION]: '$endpoint' }, label });
  expect(queryOf(made, 2)).toMatchObject({
    metricEditorMode: 1,
    expression: `SUM(SEARCH('{"${namespace}","${EXACT_DIMENSION}"} MetricName="${EXACT_METRIC}"', 'Maximum', 3600))`,
  });
  expect(made.templating.list[1]?.query).toMatchObject({
    queryType: 'dimensionValues',
    region: 'eu-west-1',
    namespace,
    metricName: EXACT_METRIC,
    dimensionKey: EXACT_DIMENSION,
  });
  expect(queryOf(await madeOf(planOf('aws')), 1)).toMatchObject({
    region: 'default',
    namespace: namesWith('').namespace,
  });
});

test("CloudWatch: the search finds the exact metric of every board, and neither the guide's nor a deployment's beside it", async () => {
  const { expression } = queryOf(await madeOf({ platform: 'aws', prefix: 'test_' }), 2) as { expression: string };
  const [, search = ''] = /^SUM\((.*)\)$/.exec(expression) ?? [];
  const { matches, statistic, period } = parseSearch(search);
  expect([statistic, period]).toEqual(['Maximum', 3600]);
  const { namespace } = namesWith('test_');
  const exact = { namespace, name: EXACT_METRIC, dimensions: [{ name: EXACT_DIMENSION, value: 'board-1' }] };
  const found = [
    exact,
    { ...exact, namespace: namesWith('').namespace },
    { ...exact, name: 'board-1', dimensions: [] },
    { ...exact, dimensions: [...exact.dimensions, { name: 'Floor', value: '1' }] },
  ].map(matches);
  expect(found).toEqual([true, false, false, false]);
});

test('Azure Monitor: the sum of an hour, of a custom metric of one resource', async () => {
  const made = await madeOf(planOf('azure'));
  const [, subscription, resourceGroup, resourceName] =
    /subscriptions\/(.+)\/resourceGroups\/(.+)\/providers.*\/(.+)$/.exec(RESOURCE)!;
  const metric = {
    resources: [{ subscription, resourceGroup, resourceName, metricNamespace: 'Microsoft.Web/sites' }],
    metricNamespace: 'Microsoft.Web/sites',
    customNamespace: NAMESPACE,
    metricName: METRIC,
    aggregation: 'Total',
    timeGrain: 'PT1H',
    top: '1000',
  };
  const each = (filters: string[]) => [{ dimension: DIMENSION, operator: 'eq', filters }];
  const query = { queryType: 'Azure Monitor', subscription };
  expect(queryOf(made, 1)).toMatchObject({
    ...query,
    azureMonitor: { ...metric, dimensionFilters: each([]), alias: `{{ ${DIMENSION} }}` },
  });
  expect(queryOf(made, 2)).toMatchObject({ ...query, azureMonitor: { ...metric, dimensionFilters: [] } });
  expect(queryOf(made, 4)).toMatchObject({
    ...query,
    azureMonitor: { ...metric, dimensionFilters: each(['$endpoint']) },
  });
  expect(made.templating.list[1]).toMatchObject({ type: 'textbox', query: '*' });
});

test('Cloud Monitoring: what the metric grew by in an hour, by label', async () => {
  const made = await madeOf({ platform: 'google', project: 'lab', prefix: 'test-' });
  const key = `metric.label.${ENDPOINT_LABEL}`;
  const series = {
    projectName: 'lab',
    perSeriesAligner: 'ALIGN_DELTA',
    alignmentPeriod: '+3600s',
    crossSeriesReducer: 'REDUCE_SUM',
    filters: ['metric.type', '=', metricTypeWith('test-')],
  };
  const query = { queryType: 'timeSeriesList' };
  expect(queryOf(made, 1)).toMatchObject({
    ...query,
    aliasBy: `{{${key}}}`,
    timeSeriesList: { ...series, groupBys: [key] },
  });
  expect(queryOf(made, 2)).toMatchObject({ ...query, timeSeriesList: { ...series, groupBys: [] } });
  expect(queryOf(made, 4)).toMatchObject({
    ...query,
    timeSeriesList: { ...series, groupBys: [key], filters: [...series.filters, 'AND', key, '=', '$endpoint'] },
  });
  expect(made.templating.list[1]?.query).toMatchObject({
    selectedQueryType: 'labelValues',
    selectedMetricType: metricTypeWith('test-'),
    labelKey: key,
    projectName: 'lab',
  });
});
