/**
 * The ARM template of it all, for one resource group: `az deployment group create --template-file`. Pure; no account is needed.
 *
 *   storage account: table, blobs set aside, failure queue       log and Application Insights
 *   function app on Flex Consumption, with an identity ─ roles ─► all of these, and the metric of itself       workbook
 *
 * There is no secret in it. What runs in the app is deployed after it, as a zip (bundle.ts).
 * https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax
 */
import { DEFAULT_MAX_ASIDE } from '../../../ingest/aside/bucket-shelf.ts';
import { appResources } from './app.ts';
import { dataResources } from './data.ts';
import { logResources } from './log.ts';
import { expression, idOf, SITE, STORAGE, TABLE, TYPES, VERSIONS } from './names.ts';
import { roleResources } from './roles.ts';
import { notebook, workbookResources } from './workbook.ts';

export interface Resource {
  readonly type: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly dependsOn?: readonly string[];
  readonly [more: string]: unknown;
}

export interface Template {
  readonly $schema: string;
  readonly contentVersion: string;
  readonly parameters: Readonly<Record<string, object>>;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly resources: readonly Resource[];
  readonly outputs: Readonly<Record<string, { readonly type: string; readonly value: string }>>;
}

/** Node.js that Azure Functions offers. https://learn.microsoft.com/azure/azure-functions/functions-reference-node#supported-versions */
export const NODE_VERSIONS = ['22', '24'] as const;

/** What is chosen when the template is printed; each is a parameter's default, and can be chosen again when it is deployed. */
export interface TemplateSettings {
  readonly nodeVersion: (typeof NODE_VERSIONS)[number];
  /** Days that logs are kept: 30 to 730. */
  readonly retentionDays: number;
  /** A header that senders must set beside the function key: `name:sha256 in hex` of its value. '': none. */
  readonly demandedHeader: string;
}

export const DEFAULT_SETTINGS: TemplateSettings = { nodeVersion: '22', retentionDays: 30, demandedHeader: '' };

const SCHEMA = 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#';
/** What is the resource group's own. */
const OWN = 'uniqueString(resourceGroup().id)';

export function template(settings: TemplateSettings): Template {
  return {
    $schema: SCHEMA,
    contentVersion: '1.0.0.0',
    parameters: parameters(settings),
    variables: {
      site: expression(`if(empty(parameters('name')), format('mbed-presses-{0}', ${OWN}), parameters('name'))`),
      // 3 to 24 small letters and digits: the world has one account of a name.
      storage: expression(`format('mbed{0}', ${OWN})`),
      plan: expression("format('{0}-plan', variables('site'))"),
      workspace: expression("format('{0}-log', variables('site'))"),
      insights: expression("format('{0}-insights', variables('site'))"),
      notebook: notebook(),
    },
    resources: [...dataResources(), ...logResources(), ...appResources(), ...roleResources(), ...workbookResources()],
    outputs: outputs(),
  };
}

function parameters({ nodeVersion, retentionDays, demandedHeader }: TemplateSettings): Template['parameters'] {
  const about = (description: string): object => ({ metadata: { description } });
  return {
    location: {
      ...{ type: 'string', defaultValue: expression('resourceGroup().location') },
      ...about('Region of all of it: `az functionapp list-flexconsumption-locations` lists those that can be.'),
    },
    name: {
      ...{ type: 'string', defaultValue: '', maxLength: 40 },
      ...about("The function app's name, which nobody else in the world may have; empty: one is made up."),
    },
    nodeVersion: {
      ...{ type: 'string', defaultValue: nodeVersion, allowedValues: [...NODE_VERSIONS] },
      ...about('Node.js that runs the functions.'),
    },
    storageSku: {
      ...{ type: 'string', defaultValue: 'Standard_LRS' },
      allowedValues: ['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'],
      ...about('How often the counts are kept: three times in one building unless told.'),
    },
    maximumInstanceCount: {
      ...{ type: 'int', defaultValue: 40, minValue: 40, maxValue: 1_000 },
      ...about('Instances of the app at most.'),
    },
    maxAsideBytes: {
      ...{ type: 'int', defaultValue: DEFAULT_MAX_ASIDE, minValue: 0 },
      ...about('Bytes that may be set aside; beyond them messages that would add to it are answered 503.'),
    },
    retentionDays: {
      ...{ type: 'int', defaultValue: retentionDays, minValue: 30, maxValue: 730 },
      ...about('Days that logs are kept.'),
    },
    demandedHeader: {
      ...{ type: 'string', defaultValue: demandedHeader },
      ...about('A header that senders must set beside the function key: name:sha256 of its value; empty: none.'),
    },
  };
}

function outputs(): Template['outputs'] {
  const site = idOf(TYPES.site, SITE);
  const storage = `reference(${idOf(TYPES.storage, STORAGE)}, '${VERSIONS.storage}').primaryEndpoints`;
  const values = {
    functionApp: expression(SITE),
    webhookUrl: expression(`format('https://{0}/api/webhook', reference(${site}, '${VERSIONS.web}').defaultHostName)`),
    resourceId: expression(site),
    region: expression("toLower(replace(parameters('location'), ' ', ''))"),
    storageAccount: expression(STORAGE),
    tableUrl: expression(`${storage}.table`),
    table: TABLE,
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { type: 'string', value }]));
}
