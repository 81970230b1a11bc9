/** The store of the Google platform on this machine: Google's emulators of Firestore and Pub/Sub, and our stand-in of Cloud Storage. */
import { join } from 'node:path';
import type { ClientConfig } from '@google-cloud/pubsub';
import { bucketShelf } from '../../cloud/ingest/aside/bucket-shelf.ts';
import type { Deadline } from '../../cloud/ingest/deadline.ts';
import type { FirestoreStore } from '../../cloud/platforms/google/store/store.ts';

export interface StoreHereOptions {
  /** Made if it is missing. */
  readonly folder: string;
  readonly project: string;
  readonly bucket: string;
  readonly topic: string;
  readonly maxAsideBytes: number;
}

export interface StoreHere {
  readonly store: FirestoreStore;
  /** Addresses. */
  readonly firestore: string;
  readonly pubsub: string;
  readonly storage: string;
}

/** What it starts is left to `opened`, also if it fails. OutsideError TOOL if an emulator or Java is missing. */
export async function openStoreHere(
  { folder, project, bucket, topic, maxAsideBytes }: StoreHereOptions,
  { now, deadline, stop }: { now: () => number; deadline: Deadline; stop: AbortSignal },
  opened: AsyncDisposableStack,
): Promise<StoreHere> {
  const { PubSub } = await import('@google-cloud/pubsub');
  const { Storage } = await import('@google-cloud/storage');
  const { PassThroughClient } = await import('google-auth-library');
  const { pubsubQueue } = await import('../../cloud/platforms/google/aside/pubsub-queue.ts');
  const { storageBucket } = await import('../../cloud/platforms/google/aside/storage-bucket.ts');
  const { startFirestore, startPubSub } = await import('../../cloud/platforms/google/local/emulators.ts');
  const { serveStorage } = await import('../../cloud/platforms/google/local/storage/serve.ts');
  const { newFirestore } = await import('../../cloud/platforms/google/store/client.ts');
  const { openFirestoreStore } = await import('../../cloud/platforms/google/store/store.ts');
  const open = <T extends { close(): Promise<void> }>(part: T): T => opened.adopt(part, (one) => one.close());

  const [firestore, pubsub] = await both(
    startFirestore({ folder: join(folder, 'firestore'), signal: stop }).then(open),
    startPubSub({ folder: join(folder, 'pubsub'), signal: stop }).then(open),
  );
  const storage = open(await serveStorage({ folder: join(folder, 'storage'), buckets: [bucket], now }));
  // Without it the library looks for credentials, at addresses of Google's as well.
  const authClient = new PassThroughClient() as unknown as NonNullable<ClientConfig['authClient']>;
  const queues = open(new PubSub({ projectId: project, apiEndpoint: pubsub.host, emulatorMode: true, authClient }));
  await queues.createTopic(topic);
  const shelf = bucketShelf({
    bucket: storageBucket(new Storage({ projectId: project, apiEndpoint: storage.url }).bucket(bucket)),
    queue: pubsubQueue(queues.topic(topic)),
    ...{ maxBytes: maxAsideBytes, now },
  });
  const client = newFirestore({ project, emulator: firestore.host });
  const store = openFirestoreStore({ firestore: client, shelf, now, deadline: later(deadline, now) });
  return { store: open(store), firestore: firestore.host, pubsub: pubsub.host, storage: storage.url };
}

/** Page and report ask the store, too, at no function's time. */
function later(deadline: Deadline, now: () => number): () => number {
  return () => Math.max(deadline.at(), now() + 15_000);
}

/** Waits for both, so that none is left running unseen when the other fails. */
async function both<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return [await a, await b];
}
