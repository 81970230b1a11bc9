/** What an S3 request is about: bucket, key and query, from a path-style URL (`/bucket/key?query`). */
import { refuse } from './errors.ts';

export interface Address {
  readonly bucket: string;
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
}

/** Bytes of a key. */
const MAX_KEY = 1_024;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export function readAddress(path: string): Address {
  const [way = '', ...query] = path.split('?');
  const [, bucket = '', ...key] = way.split('/');
  const address = { bucket: decoded(bucket), key: decoded(key.join('/')), query: new URLSearchParams(query.join('?')) };
  if (address.bucket !== '' && !BUCKET.test(address.bucket)) {
    throw refuse('InvalidBucketName', 'The specified bucket is not valid.');
  }
  if (Buffer.byteLength(address.key) > MAX_KEY) throw refuse('KeyTooLongError', 'Your key is too long');
  return address;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse('InvalidURI', "Couldn't parse the specified URI.");
  }
}
