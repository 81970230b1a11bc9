/** Where counts are kept, and what was not understood: one storage account, to which no key lets anybody in. */
import { CONTAINER, DEPLOYMENTS, expression, idOf, QUEUE, STORAGE, TABLE, TYPES, VERSIONS } from './names.ts';
import type { Resource } from './template.ts';

/** Days in which a blob that was dropped by mistake can be had again. */
const BLOBS_KEPT_DAYS = 7;

export function dataResources(): Resource[] {
  const { storage: type } = TYPES;
  const { storage: apiVersion } = VERSIONS;
  const account = expression(idOf(type, STORAGE));
  const part = (path: string, dependsOn: readonly string[], properties: object): Resource => ({
    ...{
      type: `${type}/${path
        .split('/')
        .filter((_part, index) => index % 2 === 0)
        .join('/')}`,
      apiVersion,
    },
    name: expression(
      `format('{0}/${path
        .split('/')
        .filter((_part, index) => index % 2 === 1)
        .join('/')}', ${STORAGE})`,
    ),
    ...{ dependsOn, properties },
  });
  const service = (name: string): string => expression(idOf(`${type}/${name}`, STORAGE, "'default'"));
  const kept = { enabled: true, days: BLOBS_KEPT_DAYS };
  return [
    {
      ...{ type, apiVersion, name: expression(STORAGE), location: expression("parameters('location')") },
      ...{ kind: 'StorageV2', sku: { name: expression("parameters('storageSku')") } },
      properties: {
        ...{ minimumTlsVersion: 'TLS1_2', supportsHttpsTrafficOnly: true },
        ...{ allowBlobPublicAccess: false, allowSharedKeyAccess: false, defaultToOAuthAuthentication: true },
        ...{ allowCrossTenantReplication: false, accessTier: 'Hot' },
      },
    },
    part('blobServices/default', [account], { deleteRetentionPolicy: kept, containerDeleteRetentionPolicy: kept }),
    ...[CONTAINER, DEPLOYMENTS].map((name) =>
      part(`blobServices/default/containers/${name}`, [service('blobServices')], { publicAccess: 'None' }),
    ),
    part('tableServices/default', [account], {}),
    part(`tableServices/default/tables/${TABLE}`, [service('tableServices')], {}),
    part('queueServices/default', [account], {}),
    part(`queueServices/default/queues/${QUEUE}`, [service('queueServices')], {}),
  ];
}
