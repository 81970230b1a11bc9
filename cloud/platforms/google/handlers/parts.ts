/** What the functions are put together from: made once, and kept while the instance is warm. */
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { bucketShelf } from '../../../ingest/aside/bucket-shelf.ts';
import type { Shelf } from '../../../ingest/aside/shelf.ts';
import type { Deadline } from '../../../ingest/deadline.ts';
import { pubsubQueue } from '../aside/pubsub-queue.ts';
import { storageBucket } from '../aside/storage-bucket.ts';
import { newFirestore } from '../store/client.ts';
import { type FirestoreStore, openFirestoreStore } from '../store/store.ts';
import type { StoreSettings, WebhookSettings } from './environment.ts';

export function openStore({ project, database }: StoreSettings, shelf: Shelf, deadline: Deadline): FirestoreStore {
  const firestore = newFirestore({ project, database });
  return openFirestoreStore({ firestore, shelf, now: Date.now, deadline: deadline.at });
}

/** Where what is not understood goes. Google's libraries find emulators by their own variables. */
export function openShelf({ project: projectId, bucket, topic, maxAsideBytes }: WebhookSettings): Shelf {
  return bucketShelf({
    bucket: storageBucket(new Storage({ projectId }).bucket(bucket)),
    queue: pubsubQueue(new PubSub({ projectId }).topic(topic)),
    ...{ kind: 'notification', maxBytes: maxAsideBytes, now: Date.now },
  });
}
