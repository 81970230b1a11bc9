/** What the dashboards of all platforms have in common. What their queries ask for is in the tests beside this one. */
import { describe, expect, test } from '@jest/globals';
import { type MadeDashboard, type MadePanel, madeOf, PLANS, planOf, textOf } from './made.ts';

const named = PLANS.map((plan) => [plan.platform, plan] as const);

/** What a panel looks like, without what it asks and where bars lie beside their time. */
function look({ targets: _, datasource: __, ...panel }: MadePanel): object {
  const { barAlignment: ___, ...custom } = panel.fieldConfig.defaults.custom ?? {};
  return { ...panel, fieldConfig: { ...panel.fieldConfig, defaults: { ...panel.fieldConfig.defaults, custom } } };
}

describe.each(named)('%s', (_, plan) => {
  test('the same words make the same text', async () => {
    expect(await textOf(plan)).toBe(await textOf(plan));
  });

  test('the panels are those of every platform', async () => {
    const { panels } = await madeOf(plan);
    expect(panels.map(look)).toEqual((await madeOf(planOf('influxdb'))).panels.map(look));
    expect(panels.map(({ type }) => type)).toEqual(['timeseries', 'stat', 'bargauge', 'timeseries']);
  });

  test('ids are unique, and no two panels overlap or pass the edge', async () => {
    const { panels } = await madeOf(plan);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(panels.every(({ gridPos: { x, y, w, h } }) => x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= 24)).toBe(true);
    expect(pairs(panels).filter(([a, b]) => overlap(a, b))).toEqual([]);
  });

  test('every variable that is used is declared, and each that is declared is used', async () => {
    const made = await madeOf(plan);
    const declared = made.templating.list.map(({ name }) => name);
    expect([...used(made)].sort()).toEqual([...declared].sort());
    expect(declared).toEqual(['datasource', 'endpoint']);
  });

  test('panels, queries and the variable ask the data source that is chosen', async () => {
    const made = await madeOf(plan);
    const [source, endpoint] = made.templating.list;
    const datasource = { type: source?.query, uid: `\${datasource}` };
    for (const panel of made.panels) {
      expect(panel.datasource).toEqual(datasource);
      for (const target of panel.targets) expect(target).toMatchObject({ datasource, refId: 'A' });
    }
    if (plan.platform !== 'azure') expect(endpoint?.datasource).toEqual(datasource);
  });

  test('time is UTC, of whole days, and told again every minute', async () => {
    const { timezone, refresh, time } = await madeOf(plan);
    expect([timezone, refresh, time.to]).toEqual(['utc', '1m', 'now/d']);
    expect(time.from).toBe(plan.platform === 'graphite' ? 'now-6d/d-1s' : 'now-6d/d');
  });

  test('bars lie within the hour that their value is of', async () => {
    const bars = (await madeOf(plan)).panels.filter(({ type }) => type === 'timeseries');
    const side = plan.platform === 'google' ? -1 : 1;
    expect(bars.map(({ fieldConfig }) => fieldConfig.defaults.custom)).toEqual([
      expect.objectContaining({ drawStyle: 'bars', barAlignment: side, stacking: { mode: 'normal' } }),
      expect.objectContaining({ drawStyle: 'bars', barAlignment: side }),
    ]);
    expect(bars.map(({ fieldConfig }) => fieldConfig.defaults)).toEqual(
      Array(2).fill(expect.objectContaining({ unit: 'short' })),
    );
  });
});

test('each platform has the plugin that Grafana has for it', async () => {
  const plugins = await Promise.all(PLANS.map(async (plan) => (await madeOf(plan)).templating.list[0]?.query));
  expect(plugins).toEqual(['influxdb', 'graphite', 'cloudwatch', 'grafana-azure-monitor-datasource', 'stackdriver']);
});

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((a, index) => items.slice(index + 1).map((b): [T, T] => [a, b]));
}

function overlap({ gridPos: a }: MadePanel, { gridPos: b }: MadePanel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** Names after `$` or within `${…}`, less what is Grafana's or the data source's own. */
function used(made: MadeDashboard): Set<string> {
  const found = new Set<string>();
  for (const text of texts(made)) {
    for (const [, plain, braced] of text.matchAll(/\$(?:(\w+)|\{(\w+)(?::\w+)?\})/g)) {
      const name = plain ?? braced ?? '';
      if (!/^(__.*|timeFilter|tag_\w+)$/.test(name)) found.add(name);
    }
  }
  return found;
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}
