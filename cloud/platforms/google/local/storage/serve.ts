/** The stand-in for Cloud Storage behind an HTTP server on loopback, its objects in a folder. */
import { type Served, type ServeOptions, serve } from '../http.ts';
import { openObjects } from './objects.ts';
import { storageService } from './service.ts';

export interface StorageHereOptions extends ServeOptions {
  /** Left out: what goes when it is closed. */
  readonly folder?: string;
  /** Made if they are not there. */
  readonly buckets?: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** OutsideError PORT when it cannot listen. Its address is what @google-cloud/storage takes as `apiEndpoint`. */
export async function serveStorage({ folder, buckets = [], now, ...options }: StorageHereOptions): Promise<Served> {
  const objects = openObjects(folder);
  for (const bucket of buckets) objects.makeBucket(bucket, '', now());
  const served = await serve(storageService({ objects, now }), options).catch((error: unknown) => {
    objects.close();
    throw error;
  });
  return {
    url: served.url,
    close: async () => {
      await served.close();
      objects.close();
    },
  };
}
