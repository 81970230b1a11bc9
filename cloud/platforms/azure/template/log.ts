/** Where the functions log: Application Insights on a workspace of its own. */
import { expression, INSIGHTS, idOf, TYPES, VERSIONS, WORKSPACE } from './names.ts';
import type { Resource } from './template.ts';

export function logResources(): Resource[] {
  const location = expression("parameters('location')");
  const workspace = expression(idOf(TYPES.workspace, WORKSPACE));
  return [
    {
      ...{ type: TYPES.workspace, apiVersion: VERSIONS.workspace, name: expression(WORKSPACE), location },
      properties: { sku: { name: 'PerGB2018' }, retentionInDays: expression("parameters('retentionDays')") },
    },
    {
      ...{ type: TYPES.insights, apiVersion: VERSIONS.insights, name: expression(INSIGHTS), location, kind: 'web' },
      dependsOn: [workspace],
      // Its key alone lets nobody write: the app does so with its identity.
      properties: { Application_Type: 'web', WorkspaceResourceId: workspace, DisableLocalAuth: true },
    },
  ];
}
