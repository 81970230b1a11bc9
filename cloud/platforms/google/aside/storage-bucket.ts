/**
 * A bucket of Cloud Storage, as far as things set aside need one.
 *
 * https://cloud.google.com/storage/docs/request-preconditions · https://cloud.google.com/storage/docs/metadata#custom-metadata
 */
import type { Bucket as GoogleBucket } from '@google-cloud/storage';
import { BODY_LIMIT, type Bucket } from '../../../ingest/aside/bucket.ts';
import { StoreError } from '../../../protocol/errors.ts';

/** Objects of one page of a listing. */
const PAGE = 1_000;

export function storageBucket(bucket: GoogleBucket): Bucket {
  const { name } = bucket;
  return {
    name,
    async put(key, body, labels) {
      try {
        // A generation of 0: only if there is none of this name.
        await bucket.file(key).save(Buffer.from(body), {
          ...{ resumable: false, contentType: 'application/octet-stream', metadata: { metadata: { ...labels } } },
          preconditionOpts: { ifGenerationMatch: 0 },
        });
        return true;
      } catch (error) {
        if (codeOf(error) === 412) return false;
        throw bucketDown(name, error);
      }
    },
    async get(key) {
      try {
        const file = bucket.file(key);
        const [{ metadata = {}, size = 0, timeCreated }] = await file.getMetadata();
        if (Number(size) > BODY_LIMIT) throw new Error(`${key} has ${size} bytes`);
        const [body] = await file.download();
        const labels = Object.entries(metadata).map(([label, value]) => [label.toLowerCase(), String(value)] as const);
        return { body: new Uint8Array(body), labels: new Map(labels), lastModified: Date.parse(timeCreated ?? '') };
      } catch (error) {
        if (codeOf(error) === 404 && !/bucket/i.test((error as Error).message)) return undefined;
        throw bucketDown(name, error);
      }
    },
    async *list(prefix) {
      let pageToken: string | undefined;
      do {
        const query = {
          prefix,
          autoPaginate: false,
          maxResults: PAGE,
          ...(pageToken === undefined ? {} : { pageToken }),
        };
        const [files, next] = await bucket.getFiles(query).catch((error: unknown) => {
          throw bucketDown(name, error);
        });
        for (const file of files) yield { key: file.name, bytes: Number(file.metadata.size ?? 0) };
        pageToken = (next as { pageToken?: string } | null)?.pageToken;
      } while (pageToken !== undefined);
    },
    async drop(key) {
      try {
        await bucket.file(key).delete({ ignoreNotFound: true });
      } catch (error) {
        throw bucketDown(name, error);
      }
    },
  };
}

function codeOf(error: unknown): number {
  return Number((error as { code?: number | string }).code);
}

function bucketDown(name: string, error: unknown): Error {
  if (error instanceof StoreError) return error;
  const { message = String(error), code } = error as Error & { code?: number | string };
  const fix = 'Check the bucket, the credentials and what they may do.';
  const why = `${code ?? 'error'} ${message.split('\n')[0]}`;
  return new StoreError('STORE_DOWN', `the bucket ${name} could not be used: ${why}`, fix, { cause: error });
}
