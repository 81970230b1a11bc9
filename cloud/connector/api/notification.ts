/**
 * A key's channel: callback, long poll or websocket (../channels/channels.ts says which may replace which).
 *
 *   GET, PUT, DELETE /v2/notification/callback     GET, DELETE /v2/notification/pull     GET /v2/notification/channel
 *   GET, PUT, DELETE /v2/notification/websocket    GET /v2/notification/websocket-connect (see websocket-upgrade.ts)
 *
 * Source: Connector-mDS-REST-API docs/api-reference.md, "Notifications"; Pelion OpenAPI of 29 April 2020.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { shownUrl } from '../client/registration.ts';
import { bearerOf } from './bearer.ts';
import { ApiError, type ApiParts, askerOf, bytesOf, contentTypeOf, isAsked, objectOf } from './parts.ts';
import { readSerialization } from './serialization.ts';

const MECHANISMS = { callback: 'CALLBACK', poll: 'LONG_POLLING', websocket: 'WEB_SOCKET', mqtt: 'MQTT' } as const;

export function notificationRoutes(app: FastifyInstance, parts: ApiParts): void {
  const { boards, channels, interests, dialect } = parts;
  /** Its subscriptions go with it in Device Connector, and both of Pelion's SDKs say so, too. */
  const deleteChannel = async <T>(key: string, remove: () => Promise<T>): Promise<T> => {
    await interests.forgetKey(key);
    const removed = await remove();
    boards.interestsChanged();
    return removed;
  };

  app.put('/notification/callback', async (request, reply) => {
    const type = contentTypeOf(request);
    if (dialect === 'pelion' && type !== undefined && type !== 'application/json')
      throw new ApiError(415, 'the body is no JSON');
    const key = askerOf(request);
    const isNew = channels.kindOf(key) === undefined;
    const { url, headers, serialization } = objectOf(request);
    if (typeof url !== 'string') throw new ApiError(400, 'url is missing, or is no text');
    const registering = await channels.register(key, {
      url,
      headers: readHeaders(headers ?? {}),
      ...readSerialization(serialization),
    });
    if (!registering.accepted) throw new ApiError(400, registering.reason, { callback: shownUrl(url) });
    // The key may have ended while the URL was tried out, and all that it had is forgotten already.
    if (typeof parts.keys.check(bearerOf(request.headers.authorization) ?? '') === 'string') {
      await channels.forgetKey(key);
      throw new ApiError(401, 'the key has ended meanwhile');
    }
    // Rules may have been there before their channel, and rested.
    if (isNew) boards.channelBegan(key);
    else boards.interestsChanged();
    return reply.code(204).send();
  });
  app.get('/notification/callback', async (request) => {
    const webhook = channels.webhook.get(askerOf(request));
    if (webhook === undefined) throw new ApiError(404, 'no callback is registered');
    return { url: webhook.url, headers: webhook.headers };
  });
  app.delete('/notification/callback', async (request, reply) => {
    const key = askerOf(request);
    if (channels.webhook.get(key) === undefined) throw new ApiError(404, 'no callback is registered');
    await deleteChannel(key, () => channels.webhook.remove(key));
    return reply.code(204).send();
  });

  // No HEAD: it would take the events, and hand over none.
  app.get('/notification/pull', { exposeHeadRoute: false }, (request, reply) => pull(parts, request, reply));
  app.delete('/notification/pull', async (request, reply) => {
    const key = askerOf(request);
    const remove = () => channels.removePoll(key);
    const said = await (channels.kindOf(key) === 'poll' ? deleteChannel(key, remove) : remove());
    return reply.type('text/plain').send(said);
  });
  app.get('/notification/channel', async (request) => {
    const kind = channels.kindOf(askerOf(request));
    if (kind === undefined) throw new ApiError(404, 'there is no channel');
    return { delivery_mechanism: MECHANISMS[kind] };
  });

  app.put('/notification/websocket', async (request, reply) => {
    const form = bytesOf(request).length === 0 ? {} : readSerialization(objectOf(request).serialization);
    const key = askerOf(request);
    const put = await channels.putWebsocket(key, form);
    if (put.status === 400) throw new ApiError(400, put.reason);
    if (put.status === 201) boards.channelBegan(key);
    return reply.code(put.status).send();
  });
  app.get('/notification/websocket', async (request) => {
    const status = channels.websocket(askerOf(request));
    if (status === undefined) throw new ApiError(404, 'there is no websocket');
    return status;
  });
  app.delete('/notification/websocket', async (request, reply) => {
    const key = askerOf(request);
    if (channels.websocket(key) === undefined) throw new ApiError(404, 'there is no websocket');
    await deleteChannel(key, () => channels.removeWebsocket(key));
    return reply.code(204).send();
  });
  app.get('/notification/websocket-connect', async (_request, reply) => {
    reply.header('upgrade', 'websocket');
    throw new ApiError(426, 'this is for websockets');
  });
}

/** Held open until there is something, or the wait is over. */
async function pull(
  { boards, channels }: ApiParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  reply.raw.once('close', leave);
  const key = askerOf(request);
  const isNew = channels.kindOf(key) === undefined;
  const polling = channels.poll(key, { noWait: isAsked(request, 'noWait'), signal: gone.signal });
  // The channel is there from now on, and what the key wants does not rest any more.
  if (isNew) boards.channelBegan(key);
  const answer = await polling;
  reply.raw.off('close', leave);
  if (answer.status === 204) return await reply.code(204).send();
  if (answer.status !== 200) throw new ApiError(answer.status, answer.reason);
  if (gone.signal.aborted) {
    answer.failed();
    return reply;
  }
  // Whole with the operating system, or not at all: then the same events come again.
  reply.raw.once('close', () => (reply.raw.writableFinished ? void answer.delivered() : answer.failed()));
  return await reply.type('application/json').send(Buffer.from(answer.body));
}

function readHeaders(headers: unknown): Record<string, string> {
  const entries =
    typeof headers === 'object' && headers !== null && !Array.isArray(headers) ? Object.entries(headers) : undefined;
  if (entries?.every(([, value]) => typeof value === 'string') !== true)
    throw new ApiError(400, 'headers are no texts by name');
  return Object.fromEntries(entries) as Record<string, string>;
}
