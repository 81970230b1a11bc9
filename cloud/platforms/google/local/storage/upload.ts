/**
 * Uploads, in the three ways that the JSON API has for them.
 *
 *   uploadType=media       the body is the object
 *   uploadType=multipart   the body is the object's resource and its bytes (RFC 2387)
 *   uploadType=resumable   POST with the resource, answered with an address; PUT bytes there, in one piece or in several
 *
 * https://cloud.google.com/storage/docs/uploads-downloads
 */
import { createHash, randomUUID } from 'node:crypto';
import type { LocalAnswer, LocalRequest } from '../http.ts';
import { json, Refusal } from '../refusal.ts';
import { crc32c } from './crc32c.ts';
import { readMultipart } from './multipart.ts';
import type { Objects } from './objects.ts';
import { objectResource } from './resource.ts';

interface Wanted {
  readonly bucket: string;
  readonly name: string;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly ifGeneration: number | undefined;
}

interface Session extends Wanted {
  received: Buffer;
}

export class Uploads {
  readonly #objects: Objects;
  readonly #now: () => number;
  readonly #sessions = new Map<string, Session>();

  constructor(objects: Objects, now: () => number) {
    this.#objects = objects;
    this.#now = now;
  }

  begin(bucket: string, request: LocalRequest): LocalAnswer {
    const { url, headers, body } = request;
    const type = headers['content-type'] ?? 'application/octet-stream';
    switch (url.searchParams.get('uploadType')) {
      case 'media':
        return this.#store(wanted(bucket, url, {}, type), body, url.origin);
      case 'multipart': {
        const { resource, contentType, content } = readMultipart(type, body);
        return this.#store(wanted(bucket, url, resource, contentType), content, url.origin);
      }
      case 'resumable': {
        const id = randomUUID();
        const resource = body.length === 0 ? {} : resourceOf(Buffer.from(body).toString('utf8'));
        const contentType = headers['x-upload-content-type'] ?? 'application/octet-stream';
        this.#sessions.set(id, { ...wanted(bucket, url, resource, contentType), received: Buffer.alloc(0) });
        const location = new URL(url);
        location.searchParams.set('upload_id', id);
        return { status: 200, headers: { location: location.href, 'x-guploader-uploadid': id }, body: '' };
      }
      default:
        throw new Refusal('INVALID_ARGUMENT', 'uploadType is none of media, multipart and resumable');
    }
  }

  /** Bytes for a session, or the question how many came. */
  resume(request: LocalRequest): LocalAnswer {
    const id = request.url.searchParams.get('upload_id') ?? '';
    const session = this.#sessions.get(id);
    if (session === undefined) throw new Refusal('NOT_FOUND', 'there is no such upload');
    const { first, total } = rangeOf(request.headers['content-range'], request.body.length);
    if (first !== undefined) {
      if (first > session.received.length) throw new Refusal('INVALID_ARGUMENT', 'bytes between are missing');
      session.received = Buffer.concat([session.received.subarray(0, first), request.body]);
    }
    if (total === undefined || session.received.length < total) {
      const last = session.received.length - 1;
      return { status: 308, headers: last < 0 ? {} : { range: `bytes=0-${last}` }, body: '' };
    }
    this.#sessions.delete(id);
    return this.#store(session, session.received, request.url.origin);
  }

  #store(what: Wanted, body: Uint8Array, origin: string): LocalAnswer {
    const { bucket, name, contentType, metadata, ifGeneration } = what;
    const md5 = createHash('md5').update(body).digest('base64');
    const object = { bucket, name, contentType, metadata, createdAt: this.#now(), md5, crc32c: crc32c(body), body };
    const stored = this.#objects.put(object, ifGeneration);
    if (stored !== undefined) return json(200, objectResource(stored, origin));
    const message = 'At least one of the pre-conditions you specified did not hold.';
    const errors = [
      { message, domain: 'global', reason: 'conditionNotMet', locationType: 'header', location: 'If-Match' },
    ];
    return json(412, { error: { code: 412, message, errors } });
  }
}

function wanted(bucket: string, url: URL, resource: Readonly<Record<string, unknown>>, type: string): Wanted {
  const name = url.searchParams.get('name') ?? resource.name;
  if (typeof name !== 'string' || name === '') throw new Refusal('INVALID_ARGUMENT', 'Required parameter: name');
  // https://cloud.google.com/storage/docs/objects#naming
  if (Buffer.byteLength(name) > 1_024 || /[\r\n]/.test(name) || name === '.' || name === '..') {
    throw new Refusal('INVALID_ARGUMENT', 'Invalid object name');
  }
  const { contentType = type, metadata = {} } = resource;
  if (typeof contentType !== 'string') throw new Refusal('INVALID_ARGUMENT', 'contentType is no text');
  if (typeof metadata !== 'object' || metadata === null) throw new Refusal('INVALID_ARGUMENT', 'metadata is no object');
  const generation = url.searchParams.get('ifGenerationMatch');
  if (generation !== null && !/^\d{1,16}$/.test(generation)) {
    throw new Refusal('INVALID_ARGUMENT', 'ifGenerationMatch is no number');
  }
  const texts = Object.entries(metadata).map(([key, text]) => [key, String(text)] as const);
  return {
    ...{ bucket, name, contentType, metadata: Object.fromEntries(texts) },
    ifGeneration: generation === null ? undefined : Number(generation),
  };
}

/**
 * `bytes 0-9/10`, `bytes 0-9/*` with more to come, `bytes 0-` with stars as Google's client sends what is the rest, whatever its length, a
 * star and a total for the question how many came; or nothing: all of it.
 */
function rangeOf(header: string | undefined, length: number): { first?: number; total?: number } {
  if (header === undefined) return { first: 0, total: length };
  const [, from, to, of] = /^bytes (?:(\d{1,15})-(\d{1,15}|\*)|\*)\/(\d{1,15}|\*)$/.exec(header) ?? [];
  if (of === undefined) throw new Refusal('INVALID_ARGUMENT', 'content-range makes no sense');
  if (from === undefined) return of === '*' ? {} : { total: Number(of) };
  const first = Number(from);
  if (to === '*') return { first, total: of === '*' ? first + length : Number(of) };
  if (Number(to) - first + 1 !== length) {
    throw new Refusal('INVALID_ARGUMENT', "content-range and the body's length differ");
  }
  return { first, ...(of === '*' ? {} : { total: Number(of) }) };
}

/** An object's resource as JSON; Refusal if it is none. */
export function resourceOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new Refusal('INVALID_ARGUMENT', "the object's resource is no JSON object");
}
