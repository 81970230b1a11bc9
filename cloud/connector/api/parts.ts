/** What the API's routes share: the connector behind them, who asks, and how an answer is spelt. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Boards } from '../boards/boards.ts';
import type { Channels } from '../channels/channels.ts';
import type { ApiDialect } from '../connector.ts';
import type { Events } from '../events/open.ts';
import type { EventWorld } from '../events/world.ts';
import type { Subscriptions } from '../interests/subscriptions.ts';
import type { Keys } from '../keys/keys.ts';
import type { Log, Notices } from '../notices.ts';

export interface ApiParts {
  readonly boards: Boards;
  readonly channels: Channels;
  readonly interests: Subscriptions;
  readonly keys: Pick<Keys, 'check'>;
  readonly events: Pick<Events, 'queue'>;
  readonly world: EventWorld;
  readonly dialect: ApiDialect;
  /** As `GET /` tells it. */
  readonly version: string;
  readonly log: Log;
  /** For what strangers can cause. */
  readonly notices: Pick<Notices, 'warn'>;
}

/** A refusal that whoever asked is told. */
export class ApiError extends Error {
  readonly status: number;
  /** What the log is told besides; nothing of it is secret. */
  readonly about: object;

  constructor(status: number, message: string, about: object = {}) {
    super(message);
    [this.status, this.about] = [status, about];
  }
}

/** Whose key came with a request. */
const askers = new WeakMap<FastifyRequest, string>();
/** The content type that came with it: fastify itself is told that it is bytes. */
const contentTypes = new WeakMap<FastifyRequest, string | undefined>();

export function setAsker(request: FastifyRequest, key: string): void {
  askers.set(request, key);
}

/** Undefined: its key was not good. */
export function knownAskerOf(request: FastifyRequest): string | undefined {
  return askers.get(request);
}

export function askerOf(request: FastifyRequest): string {
  const key = askers.get(request);
  if (key === undefined) throw new ApiError(401, 'a key is missing');
  return key;
}

export function takeContentType(request: FastifyRequest): void {
  contentTypes.set(request, request.headers['content-type']);
  request.headers['content-type'] = 'application/octet-stream';
}

export function contentTypeOf(request: FastifyRequest): string | undefined {
  return contentTypes.get(request)?.split(';', 1)[0]?.trim().toLowerCase();
}

export function bytesOf({ body }: FastifyRequest): Uint8Array {
  return body instanceof Uint8Array ? body : new Uint8Array();
}

/** UTF-8, or 400. */
export function textOf(request: FastifyRequest): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(request));
  } catch {
    throw new ApiError(400, 'the body is not UTF-8');
  }
}

/** A JSON object, or 400; 415 where Pelion says so. */
export function objectOf(request: FastifyRequest): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(textOf(request));
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(400, 'the body is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ApiError(400, 'the body is no JSON object');
  return value as Readonly<Record<string, unknown>>;
}

export function queryOf({ query }: FastifyRequest): Readonly<Record<string, unknown>> {
  return query as Readonly<Record<string, unknown>>;
}

/** `?name`, `?name=true`. */
export function isAsked(request: FastifyRequest, name: string): boolean {
  const value = queryOf(request)[name];
  return value === '' || value === 'true';
}

export function paramOf({ params }: FastifyRequest, name: string): string {
  return (params as Readonly<Record<string, string | undefined>>)[name] ?? '';
}

/** `/3200/0/5501` of what follows a board's name. */
export function pathOf(request: FastifyRequest): string {
  const path = `/${paramOf(request, '*').replace(/\/+$/, '')}`;
  if (path === '/' || Buffer.byteLength(path) > LONGEST_PATH || /\p{Cc}|\/\//u.test(path))
    throw new ApiError(404, 'there is no such resource');
  return path;
}

/** A name as a segment of a URI's path: percent-encoded where RFC 3986, section 3.3, has no room for it as it is. */
export function segmentOf(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(/%(?:24|26|2B|2C|3A|3B|3D|40)/g, decodeURIComponent);
}

/** Bytes: no segment is longer than an option of CoAP may be (RFC 7252 §5.10). */
export const LONGEST_PATH = 255;

/**
 * A refusal: in Device Connector's words a reason as text, in Pelion's an object (Pelion Device Management, "Troubleshooting
 * the APIs").
 */
export function refuse(reply: FastifyReply, dialect: ApiDialect, status: number, message: string): FastifyReply {
  if (dialect === 'mdc') return reply.code(status).type('text/plain; charset=utf-8').send(message);
  const type = status < 500 ? (TYPES[status] ?? 'bad_request') : 'internal_server_error';
  return reply.code(status).send({ object: 'error', code: status, type, message, request_id: reply.request.id });
}

const TYPES: Readonly<Record<number, string>> = {
  400: 'validation_error',
  401: 'invalid_auth',
  403: 'access_denied',
  404: 'not_found',
  409: 'conflict',
  415: 'unsupported_media_type',
  429: 'too_many_requests',
};
