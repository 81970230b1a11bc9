/**
 * Boards and their resources.
 *
 *   GET    /v2/endpoints[?type=T]        [{"name","type","status":"ACTIVE","q":true}]
 *   GET    /v2/endpoints/{ep}            [{"uri","rt","obs","type"}], as it registered
 *   DELETE /v2/endpoints/{ep}            its registration is forgotten
 *   GET, PUT, POST, DELETE /v2/endpoints/{ep}/{path}   200 from a fresh value, else 202 and an async-response
 *     ?cacheOnly   the value that is known, or 205          ?noResp   204, and no async-response
 *
 * Source: Connector-mDS-REST-API docs/api-reference.md, "Endpoints"; ARM's clients for what they send.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CONTENT_FORMATS, mediaType } from '../../protocol/coap/content-formats.ts';
import type { BoardInfo, BoardRequest, Reading } from '../boards/boards.ts';
import {
  ApiError,
  type ApiParts,
  askerOf,
  bytesOf,
  contentTypeOf,
  isAsked,
  paramOf,
  pathOf,
  queryOf,
  segmentOf,
} from './parts.ts';
import type { LaterAnswers } from './requests.ts';

/** Of a body for a board: Pelion's limit. What a board itself can hold is much less, and its answer says so. */
export const MOST_BODY_BYTES = 1_048_576;

const FORMATS: ReadonlyMap<string, number> = new Map([
  ['text/plain', CONTENT_FORMATS.text],
  ['application/octet-stream', CONTENT_FORMATS.octetStream],
  ['application/vnd.oma.lwm2m+tlv', CONTENT_FORMATS.tlvOfDrafts],
  ['application/link-format', CONTENT_FORMATS.linkFormat],
]);
/** What programs send who do not think of it: curl, and the Python client for JSON. */
const NO_FORMAT = new Set(['', 'application/x-www-form-urlencoded', 'application/json']);

export function endpointRoutes(app: FastifyInstance, parts: ApiParts, later: LaterAnswers): void {
  const { boards } = parts;
  app.get('/endpoints', async (request, reply) => {
    const { type } = queryOf(request);
    const listed = boards.list().filter((board) => type === undefined || board.type === type);
    if (request.headers.accept?.includes('application/link-format') === true) {
      const links = listed.map(({ endpoint }) => `</${segmentOf(endpoint)}>`);
      return reply.type('application/link-format').send(links.join());
    }
    return listed.map(listedBoard);
  });
  app.get('/endpoints/:ep', async (request) => {
    const board = boards.get(paramOf(request, 'ep'));
    if (board === undefined) throw new ApiError(404, 'no board of this name is registered');
    return board.resources.map(({ path, rt, obs, ct }) => ({
      uri: path,
      ...(rt === undefined ? {} : { rt }),
      obs,
      type: ct ?? '',
    }));
  });
  app.delete('/endpoints/:ep', async (request, reply) => {
    if (!(await boards.remove(paramOf(request, 'ep')))) throw new ApiError(404, 'no board of this name is registered');
    return reply.code(200).send();
  });
  app.route({
    method: ['GET', 'PUT', 'POST', 'DELETE'],
    url: '/endpoints/:ep/*',
    // A board knows no HEAD.
    exposeHeadRoute: false,
    handler: (request, reply) => askBoard(parts, later, request, reply),
  });
}

function listedBoard({ endpoint, type, queueMode }: BoardInfo) {
  return { name: endpoint, type, status: 'ACTIVE', ...(queueMode ? { q: true } : {}) };
}

async function askBoard(parts: ApiParts, later: LaterAnswers, request: FastifyRequest, reply: FastifyReply) {
  const { boards, channels } = parts;
  const [endpoint, path, key] = [paramOf(request, 'ep'), pathOf(request), askerOf(request)];
  const method = request.method as BoardRequest['method'];
  const board = boards.get(endpoint);
  if (board === undefined) throw new ApiError(410, 'no board of this name is registered');
  if ((method === 'GET' || method === 'DELETE') && !isKnown(board, path))
    throw new ApiError(404, 'the board has no such resource');
  const known = boards.latest(endpoint, path);
  if (method === 'GET' && known !== undefined && (known.isFresh || isAsked(request, 'cacheOnly')))
    return sendValue(reply, known);
  if (method === 'GET' && isAsked(request, 'cacheOnly')) return reply.code(205).send();
  const asked: BoardRequest = { method, path, ...contentOf(request) };
  if (isAsked(request, 'noResp')) {
    if (board.queueMode) throw new ApiError(409, 'a board in queue mode has to answer');
    void boards.request(endpoint, asked);
    return reply.code(204).send();
  }
  if (channels.kindOf(key) === undefined) throw new ApiError(412, 'No notification channel found.');
  return await later.later(reply, key, later.newId(endpoint, path), () => boards.request(endpoint, asked));
}

/** An object or instance that is listed has resources that are not: `/3/0` of a K64F. */
function isKnown({ resources }: BoardInfo, path: string): boolean {
  return resources.some(
    (one) => one.path === path || path.startsWith(`${one.path}/`) || one.path.startsWith(`${path}/`),
  );
}

function sendValue(reply: FastifyReply, { value, contentFormat = 0 }: Reading): FastifyReply {
  return reply
    .code(200)
    .type(mediaType(contentFormat) ?? 'application/octet-stream')
    .send(Buffer.from(value));
}

/** What goes to the board. ARM's Python client sends a text as JSON: its quotes are not the board's. */
function contentOf(request: FastifyRequest): Pick<BoardRequest, 'payload' | 'contentFormat'> {
  const payload = bytesOf(request);
  if (payload.length === 0) return {};
  const type = contentTypeOf(request) ?? '';
  if (NO_FORMAT.has(type)) return { payload: type === 'application/json' ? unquoted(payload) : payload };
  const contentFormat = FORMATS.get(type);
  if (contentFormat === undefined) throw new ApiError(415, `${type} is nothing that a board takes`);
  return { payload, contentFormat };
}

function unquoted(payload: Uint8Array): Uint8Array {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    if (typeof value === 'string' || typeof value === 'number') return new TextEncoder().encode(String(value));
  } catch {
    // Not JSON then: as it is.
  }
  return payload;
}
