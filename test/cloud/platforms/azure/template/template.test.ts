/** The template's shape, its workbook and its outputs, as far as they can be checked without Azure. */
import { describe, expect, test } from '@jest/globals';
import { evaluator, idOf } from './evaluate.ts';
import { byId, evaluate, ids, made, propertiesOf, resources, SITE, STORAGE } from './made.ts';

describe('its shape', () => {
  test('is that of a template', () => {
    expect(made.$schema).toBe('https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#');
    expect(made.contentVersion).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    for (const parameter of Object.values(made.parameters)) {
      expect(parameter).toMatchObject({
        type: expect.stringMatching(/^(string|int)$/),
        defaultValue: expect.anything(),
      });
      expect((parameter as { metadata: { description: string } }).metadata.description).toMatch(/\w+ \w+/);
    }
    for (const output of Object.values(made.outputs)) expect(Object.keys(output)).toEqual(['type', 'value']);
  });

  test.each(byId)('%s is a resource', (_id, resource) => {
    const known = [
      'type',
      'apiVersion',
      'name',
      'location',
      'kind',
      'sku',
      'identity',
      'scope',
      'dependsOn',
      'properties',
    ];
    expect(Object.keys(resource).filter((key) => !known.includes(key))).toEqual([]);
    expect(resource.type).toMatch(/^Microsoft\.\w+(\/\w+)+$/);
    expect(resource.apiVersion).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(typeof resource.properties).toBe('object');
  });

  test('no two are one', () => {
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('names are such as Azure takes', () => {
    expect(STORAGE).toMatch(/^[a-z0-9]{3,24}$/);
    expect(evaluate("[variables('storage')]")).toBe(STORAGE);
    expect(evaluate("[variables('site')]")).toBe(SITE);
    expect(evaluator(made, { name: 'mine' })("[variables('plan')]")).toBe('mine-plan');
    for (const type of ['tables', 'containers', 'queues']) {
      const pattern = type === 'tables' ? /^[A-Za-z][A-Za-z0-9]{2,62}$/ : /^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/;
      const all = resources.filter((resource) => resource.type.endsWith(`/${type}`));
      expect(all.length).toBeGreaterThan(0);
      for (const { name } of all) expect(String(evaluate(name)).split('/').at(-1)).toMatch(pattern);
    }
  });
});

test('the workbook shows the sum of the metric by the hour, of the app', () => {
  const { serializedData, sourceId } = propertiesOf<Record<string, string>>('Microsoft.Insights/workbooks');
  const site = idOf('Microsoft.Web/sites', [SITE]);
  expect(evaluate(sourceId!)).toBe(site);
  const { version, items } = JSON.parse(String(evaluate(serializedData!)));
  expect(version).toBe('Notebook/1.0');
  const graphs = items.filter(({ type }: { type: number }) => type === 10);
  expect(graphs).toHaveLength(2);
  for (const { content } of graphs) {
    expect(content).toMatchObject({ resourceIds: [site], timeGrain: 'PT1H', timeContextFromParameter: 'span' });
    expect(content.metrics).toMatchObject([{ namespace: 'mbed', metric: 'mbed--button_presses', aggregation: 1 }]);
  }
  expect(graphs[1].content.metrics[0].splitBy).toEqual(['endpoint']);
});

test('outputs say where things are', () => {
  const { webhookUrl, resourceId, region, table } = made.outputs;
  expect(evaluate(webhookUrl!.value)).toMatch(/^https:\/\/reference\(.*\)\.defaultHostName\/api\/webhook$/);
  expect(evaluate(resourceId!.value)).toBe(idOf('Microsoft.Web/sites', [SITE]));
  expect([region, table].map((output) => evaluate(output!.value))).toEqual(['westeurope', 'mbedpresses']);
});
