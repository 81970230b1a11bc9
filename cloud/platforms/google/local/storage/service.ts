/**
 * Stands in for Cloud Storage on this machine: as much of its JSON API as things set aside need, over HTTP.
 *
 *   buckets   insert, get            objects   insert (three ways), get, get media, list, delete
 *
 * No credentials, no versions, no rewriting. A write with `ifGenerationMatch` is refused with 412 where Google's is.
 * https://cloud.google.com/storage/docs/json_api/v1
 */
import type { LocalAnswer, LocalRequest, LocalService } from '../http.ts';
import { json, Refusal, refused } from '../refusal.ts';
import type { Objects } from './objects.ts';
import { bucketResource, mediaHeaders, objectResource } from './resource.ts';
import { resourceOf, Uploads } from './upload.ts';

export interface StorageOptions {
  readonly objects: Objects;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Google's client leaves the version out where STORAGE_EMULATOR_HOST says where it is. */
const PATH = /^\/(?:(upload\/storage|download\/storage|storage)\/v1\/)?b(?:\/([^/]+)(?:\/o(?:\/(.+))?)?)?\/?$/;

/** Objects a page, at most. */
const PAGE = 1_000;

export function storageService({ objects, now }: StorageOptions): LocalService {
  const uploads = new Uploads(objects, now);
  const answerTo = (request: LocalRequest): LocalAnswer => {
    const { method, url, body } = request;
    const found = PATH.exec(url.pathname);
    if (found === null) throw new Refusal('NOT_FOUND', 'of Cloud Storage, only buckets and objects are here');
    const [, kind = 'storage', bucketText, objectText] = found;
    if (bucketText === undefined) {
      if (method !== 'POST') throw notHere(method);
      return makeBucket(objects, url, body, now());
    }
    const bucket = objects.bucket(decoded(bucketText));
    if (bucket === undefined) throw new Refusal('NOT_FOUND', 'The specified bucket does not exist.');
    if (kind === 'upload/storage') {
      if (method === 'POST') return uploads.begin(bucket.name, request);
      if (method === 'PUT') return uploads.resume(request);
      throw notHere(method);
    }
    if (objectText !== undefined) return ofObject(objects, bucket.name, decoded(objectText), request, kind);
    if (method !== 'GET') throw notHere(method);
    if (/\/o\/?$/.test(url.pathname)) return list(objects, bucket.name, url);
    return json(200, bucketResource(bucket, url.origin));
  };
  return (request) => {
    try {
      return answerTo(request);
    } catch (error) {
      if (error instanceof Refusal) return refused(error);
      throw error;
    }
  };
}

function makeBucket(objects: Objects, url: URL, body: Uint8Array, now: number): LocalAnswer {
  const { name } = resourceOf(Buffer.from(body).toString('utf8'));
  // https://cloud.google.com/storage/docs/buckets#naming
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9_.-]{1,220}[a-z0-9]$/.test(name)) {
    throw new Refusal('INVALID_ARGUMENT', 'Invalid bucket name');
  }
  if (!objects.makeBucket(name, url.searchParams.get('project') ?? '', now)) {
    const message = 'Your previous request to create the named bucket succeeded and you already own it.';
    return json(409, { error: { code: 409, message, errors: [{ message, domain: 'global', reason: 'conflict' }] } });
  }
  return json(200, bucketResource(objects.bucket(name)!, url.origin));
}

function ofObject(objects: Objects, bucket: string, name: string, request: LocalRequest, kind: string): LocalAnswer {
  const { method, url } = request;
  const head = objects.head(bucket, name);
  if (head === undefined) throw new Refusal('NOT_FOUND', `No such object: ${bucket}/${name}`);
  if (method === 'DELETE') {
    objects.remove(bucket, name);
    return { status: 204 };
  }
  if (method !== 'GET') throw notHere(method);
  if (kind !== 'download/storage' && url.searchParams.get('alt') !== 'media') {
    return json(200, objectResource(head, url.origin));
  }
  return { status: 200, headers: mediaHeaders(head), body: objects.body(bucket, name)! };
}

function list(objects: Objects, bucket: string, url: URL): LocalAnswer {
  const query = url.searchParams;
  const other = ['delimiter', 'startOffset', 'endOffset', 'matchGlob', 'versions'].find((name) => query.has(name));
  if (other !== undefined) throw new Refusal('UNIMPLEMENTED', `${other} is not here`);
  const size = query.get('maxResults') ?? String(PAGE);
  if (!/^\d{1,9}$/.test(size)) throw new Refusal('INVALID_ARGUMENT', 'Invalid maxResults');
  const limit = Math.min(Math.max(Number(size), 1), PAGE);
  const after = Buffer.from(query.get('pageToken') ?? '', 'base64url').toString('utf8');
  const found = objects.list(bucket, query.get('prefix') ?? '', after, limit + 1);
  const page = found.slice(0, limit);
  const last = page.at(-1)?.name ?? '';
  return json(200, {
    kind: 'storage#objects',
    ...(page.length === 0 ? {} : { items: page.map((object) => objectResource(object, url.origin)) }),
    ...(found.length > limit ? { nextPageToken: Buffer.from(last).toString('base64url') } : {}),
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal('INVALID_ARGUMENT', 'a name in the address is no text');
  }
}

function notHere(method: string): Refusal {
  return new Refusal('UNIMPLEMENTED', `${method} is not here`);
}
