/**
 * Requests to boards as Pelion has them: the caller chooses the id of the async-response.
 *
 *   POST /v2/device-requests/{id}?async-id=A[&retry=0..10][&expiry-seconds=60..2592000]
 *     {"method","uri","accept","content-type","payload-b64"} ─► 202 ─► async-response A
 *
 * A board that cannot be asked, or does not answer, is asked again as often as `retry` says (next-chance.ts), until
 * `expiry-seconds` are over. Source: Pelion OpenAPI of 29 April 2020, `/v2/device-requests/{device-id}`.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CONTENT_FORMATS } from '../../protocol/coap/content-formats.ts';
import { FormatError } from '../../protocol/errors.ts';
import { decodeBase64 } from '../../protocol/payload/base64.ts';
import { QUEUE_IS_FULL } from '../boards/answer.ts';
import type { BoardAnswer, BoardRequest } from '../boards/boards.ts';
import { NextChances } from './next-chance.ts';
import { ApiError, type ApiParts, askerOf, LONGEST_PATH, objectOf, paramOf, queryOf } from './parts.ts';
import type { LaterAnswers } from './requests.ts';

const METHODS = ['GET', 'PUT', 'POST', 'DELETE'] as const;
const ASYNC_ID = /^[\w-]{1,40}$/;
const [LEAST_EXPIRY_S, MOST_EXPIRY_S] = [60, 2_592_000];
/** Without queue mode 2 hours and no retry, with it 3 days and two. */
const DEFAULTS = { awake: { retry: 0, expiryS: 7_200 }, queue: { retry: 2, expiryS: 259_200 } } as const;
const EXPIRED: BoardAnswer = { status: 429, error: 'REQUEST_EXPIRED' };

export function deviceRequestRoutes(app: FastifyInstance, parts: ApiParts, later: LaterAnswers): void {
  const { boards, channels } = parts;
  const chances = new NextChances(parts);
  app.post('/device-requests/:id', async (request, reply) => {
    const [endpoint, key] = [paramOf(request, 'id'), askerOf(request)];
    const id = queryOf(request)['async-id'];
    if (typeof id !== 'string' || !ASYNC_ID.test(id)) throw new ApiError(400, 'MALFORMED_ASYNC_ID');
    const asked = readRequest(request);
    const board = boards.get(endpoint);
    if (board === undefined) throw new ApiError(404, 'DEVICE_NOT_CONNECTED');
    if (channels.kindOf(key) === undefined) throw new ApiError(404, 'CHANNEL_NOT_FOUND');
    const usual = board.queueMode ? DEFAULTS.queue : DEFAULTS.awake;
    const retry = numberOf(request, 'retry', 0, 10) ?? usual.retry;
    const expiryS = numberOf(request, 'expiry-seconds', LEAST_EXPIRY_S, MOST_EXPIRY_S) ?? usual.expiryS;
    return await later.later(reply, key, id, () => ask(parts, endpoint, asked, { retry, expiryS, chances }));
  });
}

async function ask(
  { boards, world }: ApiParts,
  endpoint: string,
  request: BoardRequest,
  { retry, expiryS, chances }: { retry: number; expiryS: number; chances: NextChances },
): Promise<BoardAnswer> {
  const expiry = new AbortController();
  const { signal } = expiry;
  const timer = world.after(Math.min(expiryS * 1_000, 2 ** 31 - 1), () => expiry.abort());
  try {
    for (let attempt = 0; ; attempt++) {
      const answer = await boards.request(endpoint, { ...request, signal });
      if (signal.aborted && answer.status === 504) return EXPIRED;
      if (answer.status < 502 || attempt >= retry) return answer;
      if (!(await chances.wait(endpoint, { failures: attempt + 1, signal }))) return QUEUE_IS_FULL;
      if (signal.aborted) return EXPIRED;
    }
  } finally {
    timer.cancel();
  }
}

function readRequest(request: FastifyRequest): BoardRequest {
  const { method, uri, accept, 'content-type': type, 'payload-b64': payload } = objectOf(request);
  const known = METHODS.find((one) => one === method);
  if (known === undefined) throw new ApiError(400, 'MALFORMED_METHOD');
  if (typeof uri !== 'string' || !/^(\/[^/\p{Cc}]+){1,8}$/u.test(uri) || Buffer.byteLength(uri) > LONGEST_PATH)
    throw new ApiError(400, 'MALFORMED_URI');
  const contentFormat = type === undefined || type === null ? undefined : formatOf(type);
  const accepted = accept === undefined || accept === null ? undefined : formatOf(accept);
  return {
    ...{ method: known, path: uri },
    ...(payload === undefined || payload === null ? {} : { payload: readPayload(payload) }),
    ...(contentFormat === undefined ? {} : { contentFormat }),
    ...(accepted === undefined ? {} : { accept: accepted }),
  };
}

function formatOf(type: unknown): number {
  if (type === 'text/plain') return CONTENT_FORMATS.text;
  if (type === 'application/octet-stream') return CONTENT_FORMATS.octetStream;
  if (type === 'application/vnd.oma.lwm2m+tlv') return CONTENT_FORMATS.tlvOfDrafts;
  throw new ApiError(400, 'UNSUPPORTED_CONTENT_TYPE');
}

function readPayload(payload: unknown): Uint8Array {
  try {
    if (typeof payload === 'string') return decodeBase64(payload);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  throw new ApiError(400, 'MALFORMED_PAYLOAD');
}

function numberOf(request: FastifyRequest, name: string, least: number, most: number): number | undefined {
  const text = queryOf(request)[name];
  if (text === undefined) return undefined;
  const value = typeof text === 'string' && /^\d{1,8}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new ApiError(400, `${name} is from ${least} to ${most}`);
  return value;
}
