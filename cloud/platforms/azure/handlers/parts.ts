/** What the functions are put together from: made once, and kept while the app is warm. */
import { ManagedIdentityCredential, type TokenCredential } from '@azure/identity';
import { ContainerClient } from '@azure/storage-blob';
import { QueueClient } from '@azure/storage-queue';
import { bucketShelf } from '../../../ingest/aside/bucket-shelf.ts';
import type { Deadline } from '../../../ingest/deadline.ts';
import type { Sink } from '../../../ingest/sink.ts';
import type { ToldMemory } from '../../../ingest/told.ts';
import { blobBucket } from '../aside/blob-bucket.ts';
import { storageQueue } from '../aside/storage-queue.ts';
import type { GetToken } from '../monitor/names.ts';
import { azureMonitorSink } from '../monitor/sink.ts';
import { newTableClient } from '../store/client.ts';
import { openTableStore, type TableStore } from '../store/store.ts';
import type { Settings } from './environment.ts';

export interface Parts {
  readonly store: TableStore;
  readonly sink: Sink;
}

/** All of it by the identity that the app was given: there is no key in its settings. */
export function partsOf(settings: Settings, deadline: Deadline, now: () => number): Parts {
  const credential: TokenCredential = new ManagedIdentityCredential();
  const container = new ContainerClient(`${settings.blobUrl}/${settings.container}`, credential);
  const queue = new QueueClient(`${settings.queueUrl}/${settings.queue}`, credential);
  const shelf = bucketShelf({
    ...{ bucket: blobBucket(container), queue: storageQueue(queue), maxBytes: settings.maxAsideBytes, now },
  });
  const client = newTableClient({ url: settings.tableUrl, credential }, settings.table);
  const store = openTableStore({ client, shelf, now, deadline: deadline.at });
  return { store, sink: sinkOf(settings, credential, store.told(), deadline, now) };
}

/** Milliseconds before the end in which Azure Monitor is told nothing more. */
const TAKING_BACK_MS = 10_000;
const READ_URL = 'https://management.azure.com';

export function sinkOf(
  { monitorUrl: tellUrl, resourceId }: Pick<Settings, 'monitorUrl' | 'resourceId'>,
  credential: TokenCredential,
  told: ToldMemory,
  deadline: Deadline,
  now: () => number,
): Sink {
  // What surely did not arrive is to be taken back after that.
  const until = (): number => deadline.at() - TAKING_BACK_MS;
  const getToken = tokensOf(credential);
  return azureMonitorSink({ tellUrl, readUrl: READ_URL, resourceId, getToken, told, now, deadline: until });
}

/** Tokens of a credential of the SDK, which caches them. */
function tokensOf(credential: TokenCredential): GetToken {
  return async (scope) => {
    const token = await credential.getToken(scope);
    if (token === null) throw new Error('the identity has no token');
    return token.token;
  };
}
