/** What talks to the table, without repetitions of its own: the store repeats what may be. */
import { TableClient, TableServiceClient, type TableServiceClientOptions } from '@azure/data-tables';
import type { TokenCredential } from '@azure/identity';

export type TableAccess =
  | { readonly connectionString: string }
  /** Like `https://account.table.core.windows.net`. */
  | { readonly url: string; readonly credential: TokenCredential };

const OPTIONS: TableServiceClientOptions = { retryOptions: { maxRetries: 0 } };

export function newTableClient(access: TableAccess, table: string): TableClient {
  if (!('connectionString' in access)) return new TableClient(access.url, table, access.credential, OPTIONS);
  return TableClient.fromConnectionString(access.connectionString, table, optionsOf(access.connectionString));
}

/** Whether the account has a table of this name. */
export async function hasTable(access: TableAccess, table: string): Promise<boolean> {
  const client =
    'connectionString' in access
      ? TableServiceClient.fromConnectionString(access.connectionString, optionsOf(access.connectionString))
      : new TableServiceClient(access.url, access.credential, OPTIONS);
  for await (const { name } of client.listTables({ queryOptions: { filter: `TableName eq '${table}'` } })) {
    if (name?.toLowerCase() === table.toLowerCase()) return true;
  }
  return false;
}

/** Azurite alone is spoken to without TLS, on this machine. */
function optionsOf(connectionString: string): TableServiceClientOptions {
  return { ...OPTIONS, allowInsecureConnection: /^DefaultEndpointsProtocol=http;/i.test(connectionString) };
}
