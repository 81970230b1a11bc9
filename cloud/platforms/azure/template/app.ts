/**
 * The function app on the Flex Consumption plan, with an identity of its own in place of keys.
 * https://learn.microsoft.com/azure/azure-functions/functions-infrastructure-as-code and flex-consumption-plan
 */
import type { SettingName } from '../handlers/environment.ts';
import {
  CONTAINER,
  DEPLOYMENTS,
  expression,
  INSIGHTS,
  idOf,
  PLAN,
  QUEUE,
  SITE,
  STORAGE,
  TABLE,
  TYPES,
  VERSIONS,
} from './names.ts';
import type { Resource } from './template.ts';

const LOCATION = expression("parameters('location')");
/** Requests that one instance works on at once: a body may be 64 MB, several copies of it are made, and an instance has 2 GB. */
const REQUESTS_AT_ONCE = 4;
const INSTANCE_MB = 2_048;

export function appResources(): Resource[] {
  const apiVersion = VERSIONS.web;
  const [plan, site] = [expression(idOf(TYPES.plan, PLAN)), expression(idOf(TYPES.site, SITE))];
  const ids = [
    ...[idOf(TYPES.plan, PLAN), idOf(TYPES.storage, STORAGE), idOf(TYPES.insights, INSIGHTS)],
    ...[DEPLOYMENTS, CONTAINER].map((name) =>
      idOf(`${TYPES.storage}/blobServices/containers`, STORAGE, "'default'", `'${name}'`),
    ),
  ];
  const signIn = (name: string): Resource => ({
    ...{ type: `${TYPES.site}/basicPublishingCredentialsPolicies`, apiVersion },
    ...{ name: expression(`format('{0}/${name}', ${SITE})`), dependsOn: [site], properties: { allow: false } },
  });
  return [
    {
      ...{ type: TYPES.plan, apiVersion, name: expression(PLAN), location: LOCATION, kind: 'functionapp' },
      ...{ sku: { tier: 'FlexConsumption', name: 'FC1' }, properties: { reserved: true } },
    },
    {
      ...{ type: TYPES.site, apiVersion, name: expression(SITE), location: LOCATION, kind: 'functionapp,linux' },
      identity: { type: 'SystemAssigned' },
      dependsOn: ids.map(expression),
      properties: {
        ...{ serverFarmId: plan, httpsOnly: true },
        siteConfig: { minTlsVersion: '1.2', http20Enabled: true, appSettings: appSettings() },
        functionAppConfig: functionAppConfig(),
      },
    },
    // Who deploys signs in to Azure: no password of the app's own is good for it.
    ...['ftp', 'scm'].map(signIn),
  ];
}

function functionAppConfig(): object {
  return {
    deployment: {
      storage: {
        type: 'blobContainer',
        value: expression(`format('{0}${DEPLOYMENTS}', ${endpoint('blob')})`),
        authentication: { type: 'SystemAssignedIdentity' },
      },
    },
    scaleAndConcurrency: {
      maximumInstanceCount: expression("parameters('maximumInstanceCount')"),
      instanceMemoryMB: INSTANCE_MB,
      triggers: { http: { perInstanceConcurrency: REQUESTS_AT_ONCE } },
    },
    runtime: { name: 'node', version: expression("parameters('nodeVersion')") },
  };
}

/** The host's, which it reads with the app's identity, then ours (handlers/environment.ts). */
function appSettings(): { readonly name: string; readonly value: string }[] {
  const ours: Readonly<Record<SettingName, string>> = {
    MTS_TABLE_URL: expression(endpoint('table')),
    MTS_TABLE: TABLE,
    MTS_BLOB_URL: expression(endpoint('blob')),
    MTS_ASIDE_CONTAINER: CONTAINER,
    MTS_QUEUE_URL: expression(endpoint('queue')),
    MTS_FAILURE_QUEUE: QUEUE,
    // Told where the app is: the region's code is its name without blanks.
    MTS_MONITOR_REGION: expression("toLower(replace(parameters('location'), ' ', ''))"),
    MTS_RESOURCE_ID: expression(idOf(TYPES.site, SITE)),
    MTS_MAX_ASIDE_BYTES: expression("string(parameters('maxAsideBytes'))"),
    MTS_DEMANDED_HEADER: expression("parameters('demandedHeader')"),
  };
  const all = {
    AzureWebJobsStorage__accountName: expression(STORAGE),
    AzureWebJobsStorage__credential: 'managedidentity',
    APPLICATIONINSIGHTS_CONNECTION_STRING: expression(
      `reference(${idOf(TYPES.insights, INSIGHTS)}, '${VERSIONS.insights}').ConnectionString`,
    ),
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD',
    ...ours,
  };
  return Object.entries(all).map(([name, value]) => ({ name, value }));
}

function endpoint(service: 'table' | 'blob' | 'queue'): string {
  return `reference(${idOf(TYPES.storage, STORAGE)}, '${VERSIONS.storage}').primaryEndpoints.${service}`;
}
