/** PutObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
import { createHash } from 'node:crypto';
import type { ServiceRequest } from '../wire.ts';
import { refuse } from './errors.ts';
import { DEFAULT_TYPE } from './folder-objects.ts';
import type { StoredObject } from './objects.ts';

/** Bytes of an object here; S3's own limit for one request is 5 GiB. */
export const BODY_LIMIT = 64 * 1024 ** 2;
/** Bytes of names and values together. */
const MAX_METADATA = 2_048;
const META = 'x-amz-meta-';
/** What a header of an answer can hold. */
const WRITABLE = /^[\t\x20-\x7e\x80-\xff]*$/;

export interface Put {
  readonly object: StoredObject;
  /** `If-None-Match: *`: refused if there is one of that key. */
  readonly onlyNew: boolean;
}

export function readPut({ headers, body }: ServiceRequest, now: number): Put {
  if (body.length > BODY_LIMIT) {
    throw refuse('EntityTooLarge', `Your proposed upload exceeds the maximum allowed size of ${BODY_LIMIT} bytes`);
  }
  checkDigests(headers, body);
  const condition = headers['if-none-match'];
  if (headers['if-match'] !== undefined || (condition !== undefined && condition.trim() !== '*')) {
    throw refuse('NotImplemented', 'Of conditions, only If-None-Match: * is implemented.');
  }
  const contentType = headers['content-type'] ?? DEFAULT_TYPE;
  const metadata = metadataOf(headers);
  for (const value of [contentType, ...Object.values(metadata)]) {
    if (!WRITABLE.test(value)) throw refuse('InvalidArgument', 'A header holds characters that headers cannot hold.');
  }
  const etag = createHash('md5').update(body).digest('hex');
  return {
    object: { body, size: body.length, etag, modifiedAt: now, contentType, metadata },
    onlyNew: condition !== undefined,
  };
}

function checkDigests(headers: ServiceRequest['headers'], body: Uint8Array): void {
  const sha256 = headers['x-amz-content-sha256'];
  if (sha256?.startsWith('STREAMING-')) throw refuse('NotImplemented', 'Bodies in signed chunks are not implemented.');
  if (sha256 !== undefined && sha256 !== 'UNSIGNED-PAYLOAD' && sha256 !== digest('sha256', body, 'hex')) {
    throw refuse(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  const md5 = headers['content-md5'];
  if (md5 !== undefined && md5 !== digest('md5', body, 'base64')) {
    throw refuse('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
}

function digest(algorithm: string, body: Uint8Array, encoding: 'hex' | 'base64'): string {
  return createHash(algorithm).update(body).digest(encoding);
}

function metadataOf(headers: ServiceRequest['headers']): Record<string, string> {
  const entries = Object.entries(headers)
    .filter(([name, value]) => name.startsWith(META) && value !== undefined)
    .map(([name, value]) => [name.slice(META.length), value!] as const);
  const bytes = entries.map(([name, value]) => Buffer.byteLength(name) + Buffer.byteLength(value, 'latin1'));
  if (bytes.reduce((sum, one) => sum + one, 0) > MAX_METADATA) {
    throw refuse('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size');
  }
  return Object.fromEntries(entries);
}
