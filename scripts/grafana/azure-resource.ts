/** The id of an Azure resource, in its parts. https://learn.microsoft.com/azure/azure-resource-manager/management/overview */
import { UsageError } from '../../cloud/protocol/errors.ts';

export interface AzureResource {
  readonly subscription: string;
  readonly resourceGroup: string;
  /** Like `Microsoft.Web/sites`. */
  readonly resourceType: string;
  readonly resource: string;
}

const ID =
  /^\/subscriptions\/([0-9a-f-]{36})\/resourceGroups\/([^/]{1,90})\/providers\/([A-Za-z0-9.]+\/[A-Za-z0-9]+)\/([^/]{1,260})\/?$/i;

/** UsageError if the id is missing, or none of a resource that stands in a resource group. */
export function azureResource(id: string | undefined): AzureResource {
  if (id === undefined) {
    throw new UsageError(
      '--resource is missing: Azure Monitor has metrics of a resource',
      'Give the id of the one that the metric is told of, like /subscriptions/…/resourceGroups/…/providers/Microsoft.Web/sites/NAME.',
    );
  }
  const [, subscription, resourceGroup, resourceType, resource] = ID.exec(id) ?? [];
  if (
    subscription === undefined ||
    resourceGroup === undefined ||
    resourceType === undefined ||
    resource === undefined
  ) {
    throw new UsageError(
      '--resource is no id of a resource',
      'Write it like /subscriptions/…/resourceGroups/…/providers/Microsoft.Web/sites/NAME.',
    );
  }
  return { subscription, resourceGroup, resourceType, resource };
}
