/** What the app's identity may do: read and write its own storage account, and tell metrics of itself and its log. */
import { expression, INSIGHTS, idOf, ROLES, type Role, SITE, STORAGE, TYPES, VERSIONS } from './names.ts';
import type { Resource } from './template.ts';

type Scope = 'storage' | 'site' | 'insights';

const NAMES: Readonly<Record<Scope, string>> = { storage: STORAGE, site: SITE, insights: INSIGHTS };

const GRANTED: readonly (readonly [Role, Scope])[] = [
  ['blobDataOwner', 'storage'],
  ['queueDataContributor', 'storage'],
  ['tableDataContributor', 'storage'],
  ['monitoringMetricsPublisher', 'site'],
  // Application Insights takes nothing from who has no identity.
  ['monitoringMetricsPublisher', 'insights'],
];

export function roleResources(): Resource[] {
  const site = idOf(TYPES.site, SITE);
  return GRANTED.map(([role, scope]) => {
    const [id, definition] = [idOf(TYPES[scope], NAMES[scope]), ROLES[role]];
    return {
      ...{ type: 'Microsoft.Authorization/roleAssignments', apiVersion: VERSIONS.role },
      // The same each time, or a deployment would grant it anew.
      name: expression(`guid(${id}, ${site}, '${definition}')`),
      scope: expression(`format('${TYPES[scope]}/{0}', ${NAMES[scope]})`),
      dependsOn: [...new Set([id, site])].map(expression),
      properties: {
        roleDefinitionId: expression(
          `subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '${definition}')`,
        ),
        principalId: expression(`reference(${site}, '${VERSIONS.web}', 'full').identity.principalId`),
        principalType: 'ServicePrincipal',
      },
    };
  });
}
