/**
 * The REST API v2 of mbed Device Connector, and what Pelion made of it, over HTTP: README.md has its routes.
 *
 *   request ─► key ─► route (endpoints, subscriptions, notification, device-requests) ─► Boards, Subscriptions, Channels
 *
 * Every path is there with and without `/v2`, and with a slash at its end: ARM's own clients use all of them.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { StoreError } from '../../protocol/errors.ts';
import { tellRefusedKey } from '../keys/refused-key.ts';
import { aboutRoutes, limitRoutes, Transactions } from './about.ts';
import { bearerOf } from './bearer.ts';
import { deviceRequestRoutes } from './device-requests.ts';
import { endpointRoutes, MOST_BODY_BYTES } from './endpoints.ts';
import { notificationRoutes } from './notification.ts';
import { ApiError, type ApiParts, knownAskerOf, refuse, setAsker, takeContentType } from './parts.ts';
import { LaterAnswers } from './requests.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import { takeWebsockets } from './websocket-upgrade.ts';

/** What somebody may have to look into: 401 is told of where keys are checked, and what is not there is an ordinary answer. */
const BAD_INPUT = new Set([400, 413, 415, 429]);

/** Of one key. A long poll is one as well. */
const MOST_AT_ONCE = 100;

/** Registers the routes; whatever else the server has is left alone. */
export async function restApi(app: FastifyInstance, parts: ApiParts): Promise<void> {
  const later = new LaterAnswers(parts);
  const transactions = new Transactions(() => parts.world.wall());
  const underWay = new UnderWay(MOST_AT_ONCE);
  if (parts.dialect === 'mdc') await app.register(async (scope) => aboutRoutes(scope, parts));
  for (const prefix of ['/v2', '']) {
    await app.register(
      async (scope) => {
        takeAnyBody(scope);
        scope.setErrorHandler((error, request, reply) => answerError(error, request, reply, parts));
        scope.addHook('onRequest', async (request, reply) => {
          const text = bearerOf(request.headers.authorization);
          const checked = parts.keys.check(text ?? '');
          if (typeof checked === 'string') {
            tellRefusedKey(parts.notices, { text, checked, peer: request.ip });
            reply.header('www-authenticate', 'Bearer');
            throw new ApiError(401, checked === 'expired' ? 'the key has expired' : 'the key is missing or wrong');
          }
          setAsker(request, checked.id);
          if (!underWay.begin(checked.id, reply)) throw new ApiError(429, `more than ${MOST_AT_ONCE} requests at once`);
          takeContentType(request);
          transactions.add();
        });
        withSlashes(scope);
        if (parts.dialect === 'mdc') limitRoutes(scope, parts, transactions);
        endpointRoutes(scope, parts, later);
        deviceRequestRoutes(scope, parts, later);
        subscriptionRoutes(scope, parts, later);
        notificationRoutes(scope, parts);
      },
      { prefix },
    );
  }
  takeWebsockets(app.server, parts);
}

/** Whatever the content type says or does not say, the bytes are taken; the route decides. */
function takeAnyBody(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MOST_BODY_BYTES }, (_request, body, done) =>
    done(null, body),
  );
}

/** Each route once more, with a slash behind it. */
function withSlashes(scope: FastifyInstance): void {
  scope.addHook('onRoute', (route) => {
    if (/[/*]$/.test(route.url) || route.url === '' || route.method === 'HEAD') return;
    const { url: _, path: __, routePath: ___, ...same } = route;
    scope.route({ ...same, url: `${route.routePath}/` });
  });
}

function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { dialect, log, notices }: ApiParts,
): FastifyReply {
  const refused = (status: number, reason: string, about: object = {}): FastifyReply => {
    const [{ url: route }, key, peer] = [request.routeOptions, knownAskerOf(request), request.ip];
    if (BAD_INPUT.has(status))
      notices.warn(
        `refused/${status} ${route}`,
        { status, route, key, peer, ...about, reason },
        'a request was refused',
      );
    return refuse(reply, dialect, status, reason);
  };
  if (error instanceof ApiError) return refused(error.status, error.message, error.about);
  if (error instanceof StoreError) {
    notices.warn('store', { code: error.code, fix: error.fix }, error.message);
    reply.header('retry-after', '1');
    return refuse(reply, dialect, 503, 'nothing can be written down just now: try again');
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500) return refused(status, (error as Error).message);
  log.error({ err: error, route: request.routeOptions.url }, 'a request failed');
  return refuse(reply, dialect, 500, 'the request failed; see the log');
}

/** Requests under way, of each key. */
class UnderWay {
  readonly #most: number;
  readonly #many = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  begin(key: string, reply: FastifyReply): boolean {
    const many = this.#many.get(key) ?? 0;
    if (many >= this.#most) return false;
    this.#many.set(key, many + 1);
    reply.raw.once('close', () => {
      const left = this.#many.get(key)! - 1;
      if (left === 0) this.#many.delete(key);
      else this.#many.set(key, left);
    });
    return true;
  }
}
