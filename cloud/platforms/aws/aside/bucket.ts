/** An S3 bucket, as far as things set aside need one. */
import { BODY_LIMIT, type Bucket } from '../../../ingest/aside/bucket.ts';
import { type BucketAnswer, type BucketOptions, bucketDown, bucketSender, problemOf } from './bucket-request.ts';
import { readListing } from './listing.ts';

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
