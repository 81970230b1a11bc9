/**
 * The connector's page for its users: boards and their resources, live; read, write, execute, subscribe; the queues.
 *
 *   GET  /page/                                the page
 *   GET  /page/api/overview?match=&from=       boards, 50 at a time, and channels    (answer.ts: Overview)
 *   GET  /page/api/boards/{ep}                 its resources and their last values   (BoardDetail)
 *   POST /page/api/boards/{ep}/ask             {"method","path","text"?} ─► (Asked)
 *   POST /page/api/boards/{ep}/subscription    {"path","on"}
 *
 * Everything but the page itself wants an API key, as the REST API does. What is shown is asked for once a second, by
 * those who look, so that it costs the same however much boards say.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bearerOf } from '../api/bearer.ts';
import type { BoardInfo, BoardRequest, Boards } from '../boards/boards.ts';
import type { Channels } from '../channels/channels.ts';
import type { Subscriptions } from '../interests/subscriptions.ts';
import type { Keys } from '../keys/keys.ts';
import { tellRefusedKey } from '../keys/refused-key.ts';
import type { Notices } from '../notices.ts';
import type { Asked, BoardDetail, BoardRow, ChannelRow, Overview } from './answer.ts';
import { loadPageAssets } from './assets.ts';
import { nameOf } from './names.ts';
import { valueText } from './value.ts';

export interface PageDeps {
  readonly boards: Boards;
  readonly channels: Pick<Channels, 'states' | 'kindOf'>;
  readonly interests: Pick<Subscriptions, 'of' | 'subscribe' | 'unsubscribe'>;
  readonly keys: Pick<Keys, 'check' | 'list'>;
  readonly notices: Pick<Notices, 'warn'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

const AT_ONCE = 50;
const MOST_BODY_BYTES = 16 * 1024;
const METHODS = ['GET', 'PUT', 'POST'] as const;

/** Adds the page's routes, apart from all others. Rejects if its files cannot be read. */
export async function connectorPage(app: FastifyInstance, deps: PageDeps): Promise<void> {
  const { version, files, page } = await loadPageAssets();
  await app.register(
    async (scope) => {
      scope.addHook('onRequest', async (_request, reply) => void reply.headers(SECURITY_HEADERS));
      scope.get('/', { prefixTrailingSlash: 'slash' }, async (_request, reply) =>
        reply.header('cache-control', 'no-cache').type(page.type).send(page.body),
      );
      scope.get<{ Params: { file: string } }>(`/assets/${version}/:file`, async ({ params }, reply) => {
        const asset = files.get(params.file);
        if (asset === undefined) return reply.callNotFound();
        return reply.header('cache-control', 'public, max-age=31536000, immutable').type(asset.type).send(asset.body);
      });
      await scope.register(async (api) => apiRoutes(api, deps), { prefix: '/api' });
    },
    { prefix: '/page' },
  );
  app.get('/page', async (_request, reply) => reply.redirect('/page/'));
}

/** What whoever asked is told. */
class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const askers = new WeakMap<FastifyRequest, string>();

function apiRoutes(app: FastifyInstance, deps: PageDeps): void {
  const { boards, interests } = deps;
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const text = bearerOf(request.headers.authorization);
    const checked = deps.keys.check(text ?? '');
    if (typeof checked === 'string') {
      tellRefusedKey(deps.notices, { text, checked, peer: request.ip });
      throw new Refused(401, checked === 'expired' ? 'the key has expired' : 'nobody has this key');
    }
    askers.set(request, checked.id);
  });
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply));

  app.get('/overview', async ({ query }): Promise<Overview> => {
    const { match = '', from = '0' } = query as Readonly<Record<string, string | undefined>>;
    const all = boards.list();
    const wanted = String(match).toLowerCase();
    const matching = all.filter(({ endpoint }) => endpoint.toLowerCase().includes(wanted));
    const sorted = matching.sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
    const first = /^\d{1,7}$/.test(String(from)) ? Math.min(Number(from), Math.max(0, matching.length - 1)) : 0;
    return {
      nowMs: deps.now(),
      boards: sorted.slice(first, first + AT_ONCE).map(rowOf),
      ...{ matching: matching.length, from: first, registered: all.length },
      channels: channelRows(deps),
    };
  });
  app.get(
    '/boards/:ep',
    async (request): Promise<BoardDetail> => detailOf(deps, boardOf(request, boards), askerOf(request)),
  );
  app.post('/boards/:ep/ask', { bodyLimit: MOST_BODY_BYTES }, async (request): Promise<Asked> => {
    const { endpoint } = boardOf(request, boards);
    const { method, path, text } = bodyOf(request);
    const known = METHODS.find((one) => one === method);
    if (known === undefined || typeof path !== 'string' || !/^(\/[^/\p{Cc}]{1,64}){1,4}$/u.test(path)) {
      throw new Refused(400, 'a method and a path are wanted');
    }
    const payload = typeof text === 'string' && text !== '' ? { payload: new TextEncoder().encode(text) } : {};
    const began = deps.now();
    const asked: BoardRequest = { method: known, path, ...payload };
    const { status, error = null, payload: value, contentFormat } = await boards.request(endpoint, asked);
    const told = value === undefined || value.length === 0 ? null : valueText(value, contentFormat);
    return { status, error, value: told, tookMs: deps.now() - began };
  });
  app.post('/boards/:ep/subscription', { bodyLimit: MOST_BODY_BYTES }, async (request) => {
    const { endpoint, resources } = boardOf(request, boards);
    const { path, on } = bodyOf(request);
    if (typeof path !== 'string' || !resources.some((one) => one.path === path && one.obs)) {
      throw new Refused(400, 'there is no such resource that could be observed');
    }
    const key = askerOf(request);
    if (on === true) {
      if (deps.channels.kindOf(key) === undefined) {
        throw new Refused(
          409,
          'this key has no channel to be told by: register a callback with it first (mts webhook register)',
        );
      }
      const subscribing = await interests.subscribe(key, endpoint, path);
      if (!subscribing.accepted) throw new Refused(409, subscribing.reason);
    } else await interests.unsubscribe(key, endpoint, path);
    boards.interestsChanged(endpoint);
    return { subscribed: interests.of(key, endpoint).includes(path) };
  });
}

function askerOf(request: FastifyRequest): string {
  const key = askers.get(request);
  if (key === undefined) throw new Refused(401, 'a key is wanted');
  return key;
}

function boardOf({ params }: FastifyRequest, boards: Boards): BoardInfo {
  const board = boards.get((params as { readonly ep: string }).ep);
  if (board === undefined) throw new Refused(404, 'no board of this name is registered');
  return board;
}

function bodyOf({ body }: FastifyRequest): Readonly<Record<string, unknown>> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new Refused(400, 'a JSON object is wanted');
}

function rowOf({
  endpoint,
  type,
  transport,
  peer,
  registeredMs,
  heardMs,
  expiresMs,
  boot,
  trouble,
}: BoardInfo): BoardRow {
  const [address, began, wrong] = [peer ?? null, boot ?? null, trouble ?? null];
  return { endpoint, type, transport, peer: address, registeredMs, heardMs, expiresMs, boot: began, trouble: wrong };
}

function detailOf({ boards, interests, now }: PageDeps, board: BoardInfo, key: string): BoardDetail {
  const subscribed = new Set(interests.of(key, board.endpoint));
  const resources = board.resources.map(({ path, rt, obs }) => {
    const known = boards.latest(board.endpoint, path);
    const name = nameOf(path);
    return {
      ...{ path, rt: rt ?? null, observable: obs, subscribed: subscribed.has(path) },
      name: name === undefined ? '' : [name.object, name.resource].filter((part) => part !== undefined).join(' – '),
      value: known === undefined ? null : valueText(known.value, known.contentFormat),
      atMs: known?.atMs ?? null,
    };
  });
  return { nowMs: now(), board: rowOf(board), resources };
}

function channelRows({ channels, keys }: PageDeps): ChannelRow[] {
  const names = new Map(keys.list().map(({ id, name }) => [id, name]));
  return channels.states().map(({ key, kind, doing, url, queue, lastError, nextAttemptMs }) => ({
    ...{ name: names.get(key) ?? key, kind, doing, url: url ?? null },
    waiting: queue?.events ?? 0,
    delivered: queue?.delivered ?? 0,
    superseded: queue?.superseded ?? 0,
    dropped: queue?.dropped ?? 0,
    expired: queue?.expired ?? 0,
    lastError: lastError ?? null,
    nextAttemptMs: nextAttemptMs ?? null,
  }));
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof Refused) return reply.code(error.status).send({ message: error.message });
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500) return reply.code(status).send({ message: (error as Error).message });
  request.log.error({ err: error }, 'a request of the page failed');
  return reply.code(500).send({ message: 'the request failed; see the log' });
}
