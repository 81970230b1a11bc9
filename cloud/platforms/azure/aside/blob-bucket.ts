/**
 * A container of Blob storage, as far as things set aside need one.
 *
 * https://learn.microsoft.com/rest/api/storageservices/put-blob · https://learn.microsoft.com/rest/api/storageservices/list-blobs
 */
import type { ContainerClient } from '@azure/storage-blob';
import { BODY_LIMIT, type Bucket } from '../../../ingest/aside/bucket.ts';
import { StoreError } from '../../../protocol/errors.ts';

/** Metadata has the names of C# identifiers: a minus stands as an underscore. */
const written = (label: string): string => label.replaceAll('-', '_');
const read = (label: string): string => label.toLowerCase().replaceAll('_', '-');

/** Milliseconds that a request may take, with the client's own repetitions. */
const PATIENCE_MS = 15_000;

export function blobBucket(container: ContainerClient): Bucket {
  const { containerName: name } = container;
  const within = () => ({ abortSignal: AbortSignal.timeout(PATIENCE_MS) });
  return {
    name,
    async put(key, body, labels) {
      const metadata = Object.fromEntries(Object.entries(labels).map(([label, value]) => [written(label), value]));
      try {
        await container.getBlockBlobClient(key).uploadData(body, {
          ...{ metadata, conditions: { ifNoneMatch: '*' }, ...within(), maxSingleShotSize: BODY_LIMIT },
          blobHTTPHeaders: { blobContentType: 'application/octet-stream' },
        });
        return true;
      } catch (error) {
        if (statusOf(error) === 409 || statusOf(error) === 412) return false;
        throw blobsDown(name, error);
      }
    },
    async get(key) {
      try {
        const blob = container.getBlobClient(key);
        const { metadata = {}, lastModified, contentLength = 0 } = await blob.getProperties(within());
        if (contentLength > BODY_LIMIT) throw new Error(`${key} has ${contentLength} bytes`);
        const body =
          contentLength === 0 ? new Uint8Array() : new Uint8Array(await blob.downloadToBuffer(0, undefined, within()));
        const labels = new Map(Object.entries(metadata).map(([label, value]) => [read(label), value]));
        return { body, labels, lastModified: lastModified?.getTime() ?? Number.NaN };
      } catch (error) {
        if (statusOf(error) === 404 && codeOf(error) !== 'ContainerNotFound') return undefined;
        throw blobsDown(name, error);
      }
    },
    async *list(prefix) {
      try {
        for await (const { name: key, properties } of container.listBlobsFlat({ prefix, ...within() })) {
          yield { key, bytes: properties.contentLength ?? 0 };
        }
      } catch (error) {
        throw blobsDown(name, error);
      }
    },
    async drop(key) {
      try {
        await container.getBlobClient(key).deleteIfExists(within());
      } catch (error) {
        throw blobsDown(name, error);
      }
    },
  };
}

function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}

function blobsDown(name: string, error: unknown): Error {
  if (error instanceof StoreError) return error;
  const { message = String(error) } = error as Error;
  const why = `${codeOf(error) ?? 'error'}: ${message.split('\n')[0]}`;
  const fix = 'Check the account, the container, the credentials and what they may do.';
  return new StoreError('STORE_DOWN', `the container ${name} could not be used: ${why}`, fix, { cause: error });
}
