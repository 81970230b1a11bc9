/**
 * The HTTP server that receivers and pages are registered on: its limits, its log, and how errors are answered.
 *
 * Keys and headers are never logged: the log holds method, path, status and time alone.
 */
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify, LogController } from 'fastify';
import type { Logger } from 'pino';
import { StoreError } from '../protocol/errors.ts';
import { Outage } from './outage.ts';

/** A sender's whole queue is 50 MB: any one body is smaller than this. */
export const BODY_LIMIT = 64 * 1024 ** 2;
/** Time for a whole request to arrive; a sender gives up after 20 s. */
const REQUEST_TIMEOUT_MS = 25_000;
/** How often that is looked at. */
const CHECK_MS = 5_000;
const MAX_CONNECTIONS = 1_000;

/** A route's `config`: when it answers 200, the store did what it was asked. */
export const USES_STORE = { usesStore: true } as const;

/** A server that does not listen yet. Closing it ends every connection. `now`: milliseconds, for the log. */
export function newServer(log: Logger, now: () => number = () => performance.now()): FastifyInstance {
  const outage = new Outage(log, now);
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { connectionsCheckingInterval: CHECK_MS },
    keepAliveTimeout: 75_000,
    forceCloseConnections: true,
  }) as unknown as FastifyInstance;
  app.server.maxConnections = MAX_CONNECTIONS;
  app.addHook('onResponse', async (request, reply) => {
    const ms = Math.round(reply.elapsedTime);
    if (reply.statusCode === 200 && 'usesStore' in request.routeOptions.config) outage.over();
    request.log.debug({ method: request.method, path: request.url.split('?')[0], status: reply.statusCode, ms });
  });
  app.setErrorHandler((error, request, reply) => answerError(error, { request, reply, outage }));
  app.setNotFoundHandler((request, reply) => {
    return reply.code(404).send({ error: 'NOT_FOUND', message: `there is nothing at ${request.url.split('?')[0]}` });
  });
  return app;
}

interface Answering {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly outage: Outage;
}

/** A store that is down is a 503, so that the sender tries again; what fastify refused keeps its status. */
function answerError(error: unknown, { request, reply, outage }: Answering): FastifyReply {
  if (error instanceof StoreError) {
    outage.failed(error);
    return reply.code(503).header('retry-after', '1').send({ error: error.code, message: error.message });
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 500) {
    request.log.error({ err: error }, 'a request failed');
    return reply.code(500).send({ error: 'INTERNAL', message: 'the request failed; see the log' });
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'REFUSED';
  return reply.code(status).send({ error: code, message: error instanceof Error ? error.message : String(error) });
}
