/** What the template makes, by name. Names that the world shares get a part that is the resource group's own. */
export const TABLE = 'mbedpresses';
export const CONTAINER = 'mbed-aside';
export const DEPLOYMENTS = 'deployments';
export const QUEUE = 'mbed-aside';

/** Of resources, by the template's variables. */
export const [STORAGE, SITE, PLAN, WORKSPACE, INSIGHTS] = ['storage', 'site', 'plan', 'workspace', 'insights'].map(
  (name) => `variables('${name}')`,
) as [string, string, string, string, string];

/** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
export const ROLES = {
  /** The host of Azure Functions keeps its locks and keys in blobs, and needs this one of them. */
  blobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
  queueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88',
  tableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3',
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb',
} as const;
export type Role = keyof typeof ROLES;

export const TYPES = {
  storage: 'Microsoft.Storage/storageAccounts',
  site: 'Microsoft.Web/sites',
  plan: 'Microsoft.Web/serverfarms',
  workspace: 'Microsoft.OperationalInsights/workspaces',
  insights: 'Microsoft.Insights/components',
} as const;

export const VERSIONS = {
  storage: '2023-05-01',
  web: '2024-04-01',
  workspace: '2023-09-01',
  insights: '2020-02-02',
  workbook: '2022-04-01',
  role: '2022-04-01',
} as const;

/** An expression of a template, as the text that stands in it. */
export function expression(text: string): string {
  return `[${text}]`;
}

/** An expression's part: the id of a resource of this group. */
export function idOf(type: string, ...names: readonly string[]): string {
  return `resourceId('${type}', ${names.join(', ')})`;
}
