/**
 * An S3 bucket, as far as things set aside need one: put once, get, list, drop.
 *
 * Every method rejects with StoreError STORE_DOWN when the bucket cannot be had or refuses.
 */
import { BODY_LIMIT } from './body-limit.ts';
import { type BucketAnswer, type BucketOptions, bucketDown, bucketSender, problemOf } from './bucket-request.ts';
import { type ListedObject, readListing } from './listing.ts';

export interface StoredObject {
  readonly body: Uint8Array;
  /** `x-amz-meta-*`, without that prefix. */
  readonly labels: ReadonlyMap<string, string>;
  /** Milliseconds since 1970; NaN if S3 does not say. */
  readonly lastModified: number;
}

export interface Bucket {
  readonly name: string;
  /** Puts an object if its key is free; false if there is one already, which stays. Labels are ASCII, 2 KB in all. */
  put(key: string, body: Uint8Array, labels: Readonly<Record<string, string>>): Promise<boolean>;
  /** Undefined if there is none. */
  get(key: string): Promise<StoredObject | undefined>;
  /** Objects whose key begins with `prefix`, in order of key. */
  list(prefix: string): AsyncIterable<ListedObject>;
  /** Removes an object; one that is not there is no error. */
  drop(key: string): Promise<void>;
}

const LABEL = 'x-amz-meta-';
/** Of an answer that holds no object: an error, or nothing. */
const SMALL_ANSWER = 64 * 1024;
/** A page lists 1,000 keys of at most 1,024 bytes, which may be written as three characters each. */
const LISTING_LIMIT = 8 * 1024 ** 2;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html */
export function openBucket(options: BucketOptions): Bucket {
  const { name } = options;
  const send = bucketSender(options);
  const refused = (answer: BucketAnswer): Error => bucketDown(name, problemOf(answer));
  return {
    name,
    async put(key, body, labels) {
      const headers: Record<string, string> = { 'if-none-match': '*', 'content-type': 'application/octet-stream' };
      for (const [label, value] of Object.entries(labels)) headers[`${LABEL}${label}`] = value;
      const answer = await send({ method: 'PUT', key, headers, body, mostBytes: SMALL_ANSWER });
      if (answer.status === 412) return false;
      if (answer.status !== 200) throw refused(answer);
      return true;
    },
    async get(key) {
      const answer = await send({ method: 'GET', key, mostBytes: BODY_LIMIT });
      if (answer.status === 404 && problemOf(answer).startsWith('NoSuchKey')) return undefined;
      if (answer.status !== 200) throw refused(answer);
      const labels = new Map<string, string>();
      for (const [header, value] of answer.headers) {
        if (header.startsWith(LABEL)) labels.set(header.slice(LABEL.length), value);
      }
      return { body: answer.body, labels, lastModified: Date.parse(answer.headers.get('last-modified') ?? '') };
    },
    async *list(prefix) {
      let query: Record<string, string> = { 'list-type': '2', 'encoding-type': 'url', prefix };
      for (;;) {
        const answer = await send({ method: 'GET', key: '', query, mostBytes: LISTING_LIMIT });
        if (answer.status !== 200) throw refused(answer);
        const page = readListing(answer.body);
        if (page === undefined) throw bucketDown(name, 'its list of objects could not be read');
        yield* page.objects;
        if (page.next === undefined) return;
        query = { ...query, 'continuation-token': page.next };
      }
    },
    async drop(key) {
      const answer = await send({ method: 'DELETE', key, mostBytes: SMALL_ANSWER });
      if (answer.status !== 204 && answer.status !== 200 && answer.status !== 404) throw refused(answer);
    },
  };
}
