/** The store in a Google Cloud project, as this machine reaches it: the database, and beside it the bucket of what is set aside. */
import { bucketShelf, DEFAULT_MAX_ASIDE } from '../../cloud/ingest/aside/bucket-shelf.ts';
import type { Shelf } from '../../cloud/ingest/aside/shelf.ts';
import type { FirestoreStore } from '../../cloud/platforms/google/store/store.ts';
import { OutsideError } from '../../cloud/protocol/errors.ts';
import type { GooglePlan } from './words.ts';

export interface GoogleStoreOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Of no matter here: Firestore makes what is written to; its database is deployed. */
  readonly create: boolean;
  readonly maxAside?: number;
}

/** Milliseconds for one call; people wait longer than senders do. */
const PATIENCE_MS = 60_000;

/** OutsideError SERVER if nothing says which project. */
export async function openGoogleStore(
  plan: GooglePlan,
  { now, maxAside = DEFAULT_MAX_ASIDE }: GoogleStoreOptions,
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
    deadline: () => now() + PATIENCE_MS,
  });
}

async function projectOfCredentials(): Promise<string> {
  const { GoogleAuth } = await import('google-auth-library');
  try {
    return await new GoogleAuth().getProjectId();
  } catch (cause) {
    throw new OutsideError(
      'SERVER',
      'nothing says which project of Google Cloud',
      'Give --google-project, set GOOGLE_CLOUD_PROJECT, or sign in: `gcloud auth application-default login`.',
      { cause },
    );
  }
}

/** Opened when it is first used: most verbs need the counts alone. */
function lazyShelf(open: () => Promise<Shelf>): Shelf {
  let opened: Promise<Shelf> | undefined;
  const shelf = (): Promise<Shelf> => {
    opened ??= open();
    return opened;
  };
  return {
    put: async (items) => (await shelf()).put(items),
    items: async function* () {
      yield* (await shelf()).items();
    },
    drop: async (keys) => (await shelf()).drop(keys),
    usage: async () => (await shelf()).usage(),
  };
}
