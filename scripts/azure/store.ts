/** The store in an Azure Storage account, as this machine reaches it: table, and beside it the container and queue of what is set aside. */
import type { TokenCredential } from '@azure/identity';
import { bucketShelf, DEFAULT_MAX_ASIDE } from '../../cloud/ingest/aside/bucket-shelf.ts';
import type { TableStore } from '../../cloud/platforms/azure/store/store.ts';
import { OutsideError, UsageError } from '../../cloud/protocol/errors.ts';
import type { AzurePlan, StoragePlan } from './words.ts';

export interface AzureStoreOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Make table, container and queue if they are not there. */
  readonly create: boolean;
  readonly maxAside?: number;
  /** Milliseconds for one call. */
  readonly patienceMs?: number;
}

/** People wait longer than senders do. */
const PATIENCE_MS = 60_000;

/** UsageError if nothing says where; OutsideError SERVER if it cannot be had, or the table is not there. */
export async function openAzureStore(
  { storage, table, container }: AzurePlan,
  { now, create, patienceMs = PATIENCE_MS, maxAside: maxBytes = DEFAULT_MAX_ASIDE }: AzureStoreOptions,
): Promise<TableStore> {
  if (storage === undefined) {
    throw new UsageError(
      'nothing says which storage account',
      'Give --azure-account, or a connection string by --azure-connection-file or AZURE_STORAGE_CONNECTION_STRING.',
    );
  }
  const { hasTable, newTableClient } = await import('../../cloud/platforms/azure/store/client.ts');
  const { openTableStore } = await import('../../cloud/platforms/azure/store/store.ts');
  const { blobBucket } = await import('../../cloud/platforms/azure/aside/blob-bucket.ts');
  const { storageQueue } = await import('../../cloud/platforms/azure/aside/storage-queue.ts');
  const { blobs, queue, access } = await asOutside(() => clientsOf(storage, container));
  const client = newTableClient(access, table);
  await asOutside(async () => {
    if (create) {
      await client.createTable();
      await blobs.createIfNotExists();
      await queue.createIfNotExists();
      return;
    }
    if (await hasTable(access, table)) return;
    throw Object.assign(new Error('there is no such table'), { code: 'TableNotFound' });
  });
  const shelf = bucketShelf({ bucket: blobBucket(blobs), queue: storageQueue(queue), maxBytes, now, usageHeldMs: 0 });
  return openTableStore({ client, shelf, now, deadline: () => now() + patienceMs });
}

async function clientsOf(storage: StoragePlan, container: string) {
  const { BlobServiceClient } = await import('@azure/storage-blob');
  const { QueueServiceClient } = await import('@azure/storage-queue');
  if ('connectionString' in storage) {
    const { connectionString } = storage;
    return {
      access: { connectionString },
      blobs: BlobServiceClient.fromConnectionString(connectionString).getContainerClient(container),
      queue: QueueServiceClient.fromConnectionString(connectionString).getQueueClient(container),
    };
  }
  const { DefaultAzureCredential } = await import('@azure/identity');
  const credential: TokenCredential = new DefaultAzureCredential();
  const at = (service: string): string => `https://${storage.account}.${service}.core.windows.net`;
  return {
    access: { url: at('table'), credential },
    blobs: new BlobServiceClient(at('blob'), credential).getContainerClient(container),
    queue: new QueueServiceClient(at('queue'), credential).getQueueClient(container),
  };
}

async function asOutside<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const { code, name, message, statusCode } = cause as Error & { code?: string; statusCode?: number };
    // Some answers are XML whole.
    const told = /<(?:m:)?code>([^<]+)</i.exec(message)?.[1] ?? code ?? name;
    const text = message.trimStart().startsWith('<') ? `answered ${statusCode ?? 'no status'}` : message.split('\n')[0];
    const why = code === 'TableNotFound' ? 'the table is not there' : `${told}: ${text}`;
    const fix = 'Check the account and the names, sign in (`az login`), or deploy first: see `mts azure synth --help`.';
    throw new OutsideError('SERVER', `Azure Storage could not be used: ${why}`, fix, { cause });
  }
}
