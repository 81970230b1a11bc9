/** The store in a Google Cloud project, as this machine reaches it: the database, and beside it the bucket of what is set aside. */
import { bucketShelf, DEFAULT_MAX_ASIDE } from '../../cloud/ingest/aside/bucket-shelf.ts';
import type { FirestoreStore } from '../../cloud/platforms/google/store/store.ts';
import { lazyShelf } from '../lazy-shelf.ts';
import { projectOfCredentials } from './project.ts';
import type { GooglePlan } from './words.ts';

export interface GoogleStoreOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Of no matter here: Firestore makes what is written to; its database is deployed. */
  readonly create: boolean;
  readonly maxAside?: number;
  /** Milliseconds for one call. */
  readonly patienceMs?: number;
}

/** People wait longer than senders do. */
const PATIENCE_MS = 60_000;

/** OutsideError SERVER if nothing says which project. */
export async function openGoogleStore(
  plan: GooglePlan,
  { now, patienceMs = PATIENCE_MS, maxAside = DEFAULT_MAX_ASIDE }: GoogleStoreOptions,
): Promise<FirestoreStore> {
  const { newFirestore } = await import('../../cloud/platforms/google/store/client.ts');
  const { openFirestoreStore } = await import('../../cloud/platforms/google/store/store.ts');
  const project = plan.project ?? (await projectOfCredentials());
  return openFirestoreStore({
    firestore: newFirestore({ project, database: plan.database }),
    shelf: lazyShelf(async () => {
      const { Storage } = await import('@google-cloud/storage');
      const { storageBucket } = await import('../../cloud/platforms/google/aside/storage-bucket.ts');
      const bucket = new Storage({ projectId: project }).bucket(plan.bucket ?? `${project}-${plan.asideBucket}`);
      return bucketShelf({ bucket: storageBucket(bucket), maxBytes: maxAside, now, usageHeldMs: 0 });
    }),
    now,
    deadline: () => now() + patienceMs,
  });
}
