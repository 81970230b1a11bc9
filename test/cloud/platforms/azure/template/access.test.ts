/** Who is let in, and what the app is told. */
import { describe, expect, test } from '@jest/globals';
import { SETTINGS, settingsOf } from '../../../../../cloud/platforms/azure/handlers/environment.ts';
import { ROLES } from '../../../../../cloud/platforms/azure/template/names.ts';
import { idOf } from './evaluate.ts';
import { evaluate, found, made, propertiesOf, SITE, STORAGE } from './made.ts';

describe('who is let in', () => {
  const [storage] = found('Microsoft.Storage/storageAccounts');
  const [site] = found('Microsoft.Web/sites');

  test('there is no key, token or connection string in it, nor is one asked for', () => {
    const text = JSON.stringify(made);
    expect(text).not.toMatch(
      /listKeys|listAccountSas|listServiceSas|AccountKey|SharedAccessSignature|securestring|sig=/i,
    );
    expect(text).not.toMatch(/InstrumentationKey/);
  });

  test('the account takes no key, no plain HTTP, no old TLS, and shows nothing to strangers', () => {
    expect(storage?.properties).toMatchObject({
      ...{ allowSharedKeyAccess: false, allowBlobPublicAccess: false, supportsHttpsTrafficOnly: true },
      ...{ minimumTlsVersion: 'TLS1_2', allowCrossTenantReplication: false },
    });
    const containers = found('Microsoft.Storage/storageAccounts/blobServices/containers');
    expect(containers.map(({ properties }) => properties)).toEqual([
      { publicAccess: 'None' },
      { publicAccess: 'None' },
    ]);
  });

  test('the app has TLS alone, an identity of its own, and no passwords to deploy with', () => {
    expect(site).toMatchObject({
      identity: { type: 'SystemAssigned' },
      properties: { httpsOnly: true, siteConfig: { minTlsVersion: '1.2' } },
    });
    const policies = found('Microsoft.Web/sites/basicPublishingCredentialsPolicies');
    expect(policies.map(({ name, properties }) => [evaluate(name), properties])).toEqual([
      [`${SITE}/ftp`, { allow: false }],
      [`${SITE}/scm`, { allow: false }],
    ]);
  });

  test('the identity may do what it needs, there alone', () => {
    const roles = found('Microsoft.Authorization/roleAssignments').map(({ scope, properties }) => {
      const { roleDefinitionId, principalId, principalType } = properties as Record<string, string>;
      expect(evaluate(principalId!)).toBe(`reference(${idOf('Microsoft.Web/sites', [SITE])}).identity.principalId`);
      expect(principalType).toBe('ServicePrincipal');
      return `${String(evaluate(roleDefinitionId!)).split('/').at(-1)} ${evaluate(String(scope))}`;
    });
    const account = `Microsoft.Storage/storageAccounts/${STORAGE}`;
    expect(roles.sort()).toEqual(
      [
        `${ROLES.blobDataOwner} ${account}`,
        `${ROLES.queueDataContributor} ${account}`,
        `${ROLES.tableDataContributor} ${account}`,
        `${ROLES.monitoringMetricsPublisher} Microsoft.Web/sites/${SITE}`,
        `${ROLES.monitoringMetricsPublisher} Microsoft.Insights/components/${SITE}-insights`,
      ].sort(),
    );
  });
});

describe('the app', () => {
  const properties = propertiesOf<{
    readonly siteConfig: { readonly appSettings: readonly { readonly name: string; readonly value: string }[] };
    readonly functionAppConfig: Readonly<Record<string, object>>;
  }>('Microsoft.Web/sites');
  const settings = Object.fromEntries(
    properties.siteConfig.appSettings.map(({ name, value }) => [name, String(evaluate(value))]),
  );

  test('has the settings that its functions ask for, and begins with them', () => {
    expect(
      Object.keys(settings)
        .filter((name) => name.startsWith('MTS_'))
        .sort(),
    ).toEqual([...SETTINGS].sort());
    const deployed = Object.entries(settings).map(([name, value]) => {
      const [, service] = /^reference\(.*\)\.primaryEndpoints\.(\w+)$/.exec(value) ?? [];
      return [name, service === undefined ? value : `https://${STORAGE}.${service}.core.windows.net/`];
    });
    expect(settingsOf(Object.fromEntries(deployed))).toMatchObject({
      ...{ tableUrl: `https://${STORAGE}.table.core.windows.net`, table: 'mbedpresses' },
      ...{ blobUrl: `https://${STORAGE}.blob.core.windows.net`, container: 'mbed-aside' },
      ...{ queueUrl: `https://${STORAGE}.queue.core.windows.net`, queue: 'mbed-aside' },
      ...{ monitorUrl: 'https://westeurope.monitoring.azure.com', maxAsideBytes: 1024 ** 3, header: undefined },
      resourceId: idOf('Microsoft.Web/sites', [SITE]),
    });
  });

  test('signs in to its host and its log with its identity', () => {
    expect(settings).toMatchObject({
      AzureWebJobsStorage__accountName: STORAGE,
      AzureWebJobsStorage__credential: 'managedidentity',
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD',
    });
    expect(settings.AzureWebJobsStorage).toBeUndefined();
  });

  test('is on Flex Consumption, with Node.js as chosen, and takes its code from its own container', () => {
    expect(found('Microsoft.Web/serverfarms')).toMatchObject([{ sku: { tier: 'FlexConsumption', name: 'FC1' } }]);
    const { runtime, deployment, scaleAndConcurrency } = properties.functionAppConfig as Record<
      string,
      Record<string, unknown>
    >;
    expect([runtime?.name, evaluate(String(runtime?.version))]).toEqual(['node', '22']);
    expect(evaluate(String((deployment?.storage as { value: string } | undefined)?.value))).toMatch(
      /primaryEndpoints\.blobdeployments$/,
    );
    expect(evaluate(String(scaleAndConcurrency?.maximumInstanceCount))).toBe(40);
    // Settings that this plan has no use for. https://learn.microsoft.com/azure/azure-functions/functions-app-settings
    for (const name of ['FUNCTIONS_WORKER_RUNTIME', 'FUNCTIONS_EXTENSION_VERSION', 'WEBSITE_RUN_FROM_PACKAGE']) {
      expect(settings[name]).toBeUndefined();
    }
  });
});
