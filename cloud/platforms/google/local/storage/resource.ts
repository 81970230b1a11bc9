/** An object as the JSON API writes it. https://cloud.google.com/storage/docs/json_api/v1/objects#resource */
import type { StoredBucket, StoredObject } from './objects.ts';

export function objectResource(object: StoredObject, origin: string): object {
  const { bucket, name, generation, contentType, metadata, createdAt, size, md5, crc32c } = object;
  const time = new Date(createdAt).toISOString();
  const self = `${origin}/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}`;
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    selfLink: self,
    mediaLink: `${self.replace('/storage/v1/', '/download/storage/v1/')}?generation=${generation}&alt=media`,
    ...{ name, bucket, generation: String(generation), metageneration: '1', contentType },
    // 64 bits are text.
    ...{ storageClass: 'STANDARD', size: String(size), md5Hash: md5, crc32c, etag: etagOf(object) },
    ...{ timeCreated: time, updated: time, timeStorageClassUpdated: time },
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}

/** What goes with an object's bytes. */
export function mediaHeaders(object: StoredObject): Record<string, string> {
  return {
    'content-type': object.contentType,
    'content-length': String(object.size),
    'last-modified': new Date(object.createdAt).toUTCString(),
    etag: etagOf(object),
    'x-goog-generation': String(object.generation),
    'x-goog-metageneration': '1',
    'x-goog-stored-content-encoding': 'identity',
    'x-goog-stored-content-length': String(object.size),
    'x-goog-storage-class': 'STANDARD',
    'x-goog-hash': `crc32c=${object.crc32c},md5=${object.md5}`,
    ...Object.fromEntries(Object.entries(object.metadata).map(([name, text]) => [`x-goog-meta-${name}`, text])),
  };
}

export function bucketResource({ name, createdAt }: StoredBucket, origin: string): object {
  const time = new Date(createdAt).toISOString();
  return {
    kind: 'storage#bucket',
    ...{ id: name, name, selfLink: `${origin}/storage/v1/b/${encodeURIComponent(name)}` },
    ...{ timeCreated: time, updated: time, location: 'LOCAL', storageClass: 'STANDARD', metageneration: '1' },
  };
}

function etagOf({ generation }: StoredObject): string {
  return `"${generation.toString(36)}"`;
}
