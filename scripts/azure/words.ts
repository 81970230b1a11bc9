/** The options that say where things are in Azure: the storage account with the table, and what the numbers are told of. */
import { UsageError } from '../../cloud/protocol/errors.ts';
import { readPrivateLine } from '../private-line.ts';

export const azureOptions = {
  'azure-account': {
    type: 'string',
    describe: 'Of the azure platform: the storage account, by its name [default: AZURE_STORAGE_ACCOUNT]',
  },
  'azure-connection-file': {
    type: 'string',
    describe:
      'Of the azure platform: file with a connection string, instead of an account and who you are [default: AZURE_STORAGE_CONNECTION_STRING]',
  },
  'azure-table': { type: 'string', describe: 'Of the azure platform: the table [default: mbedpresses]' },
  'azure-container': {
    type: 'string',
    describe: 'Of the azure platform: the container of what is set aside, and its queue [default: mbed-aside]',
  },
  'azure-resource': {
    type: 'string',
    describe:
      'Of the azure-monitor sink: the resource that the numbers are of, /subscriptions/… [default: AZURE_METRICS_RESOURCE]',
  },
  'azure-region': {
    type: 'string',
    describe: 'Of the azure-monitor sink: the region of that resource, like westeurope [default: AZURE_METRICS_REGION]',
  },
} as const;

export interface AzureWords {
  readonly azureAccount?: string | undefined;
  readonly azureConnectionFile?: string | undefined;
  readonly azureTable?: string | undefined;
  readonly azureContainer?: string | undefined;
  readonly azureResource?: string | undefined;
  readonly azureRegion?: string | undefined;
}

/** Where Azure Storage is: by a connection string, which is a secret, or by the account's name and who we are. */
export type StoragePlan = { readonly connectionString: string } | { readonly account: string };

export interface AzurePlan {
  /** Undefined: nothing says where; only a store needs it. */
  readonly storage: StoragePlan | undefined;
  readonly table: string;
  /** Of the container, and of the queue. */
  readonly container: string;
  readonly monitor: { readonly resource: string | undefined; readonly region: string | undefined };
}

export const DEFAULT_TABLE = 'mbedpresses';
export const DEFAULT_CONTAINER = 'mbed-aside';

/** UsageError for words that are wrong; OutsideError FILE for a file that cannot be read. */
export async function azureFrom(words: AzureWords, env: NodeJS.ProcessEnv): Promise<AzurePlan> {
  const { azureTable: table = DEFAULT_TABLE, azureContainer: container = DEFAULT_CONTAINER } = words;
  // https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model#table-names
  if (!/^[A-Za-z][A-Za-z0-9]{2,62}$/.test(table)) {
    throw new UsageError(
      '--azure-table is no name of a table',
      'Give 3 to 63 letters and digits, beginning with a letter.',
    );
  }
  // https://learn.microsoft.com/rest/api/storageservices/naming-queues-and-metadata
  if (!/^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/.test(container)) {
    throw new UsageError(
      '--azure-container is no name of a container',
      'Give 3 to 63 lower-case letters, digits and single minus signs.',
    );
  }
  const resource = words.azureResource ?? env.AZURE_METRICS_RESOURCE;
  if (
    resource !== undefined &&
    !/^\/subscriptions\/[^/?#]+\/resourceGroups\/[^/?#]+\/providers\/[^?#]+$/i.test(resource)
  ) {
    throw new UsageError(
      '--azure-resource is no id of a resource',
      'Write it like /subscriptions/…/resourceGroups/…/providers/Microsoft.Web/sites/….',
    );
  }
  const region = words.azureRegion ?? env.AZURE_METRICS_REGION;
  if (region !== undefined && !/^[a-z0-9]{3,40}$/.test(region)) {
    throw new UsageError('--azure-region is no region', 'Write it like westeurope.');
  }
  return { storage: await storageFrom(words, env), table, container, monitor: { resource, region } };
}

async function storageFrom(
  { azureAccount, azureConnectionFile }: AzureWords,
  env: NodeJS.ProcessEnv,
): Promise<StoragePlan | undefined> {
  if (azureAccount !== undefined && azureConnectionFile !== undefined) {
    throw new UsageError('--azure-account and --azure-connection-file are both given', 'Give one of them.');
  }
  if (azureConnectionFile !== undefined) {
    const example = 'Write the connection string in it, in one line, and `chmod 600` it.';
    return {
      connectionString: checked(await readPrivateLine('--azure-connection-file', azureConnectionFile, example)),
    };
  }
  if (azureAccount === undefined && env.AZURE_STORAGE_CONNECTION_STRING) {
    return { connectionString: checked(env.AZURE_STORAGE_CONNECTION_STRING) };
  }
  const account = azureAccount ?? env.AZURE_STORAGE_ACCOUNT;
  if (account === undefined) return undefined;
  if (/^[a-z0-9]{3,24}$/.test(account)) return { account };
  throw new UsageError(
    '--azure-account is no name of a storage account',
    'Give its 3 to 24 lower-case letters and digits.',
  );
}

/** The secret itself is never told. */
function checked(connectionString: string): string {
  if (
    /(^|;)AccountName=[^;]+/i.test(connectionString) &&
    /(^|;)(AccountKey|SharedAccessSignature)=/i.test(connectionString)
  ) {
    return connectionString;
  }
  throw new UsageError(
    'the connection string of Azure Storage is none',
    'Copy it from the portal: DefaultEndpointsProtocol=https;AccountName=….',
  );
}
