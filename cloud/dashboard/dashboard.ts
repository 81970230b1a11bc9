/**
 * The page: presses per hour as bars, live. A fastify plugin for a server that exists.
 *
 *   GET /                                  the page
 *   GET /assets/<version>/<file>           what it loads
 *   GET /api/series?range=&endpoint=       the bars                    (answer.ts: SeriesAnswer)
 *   GET /api/endpoints?range=&match=       the boards to choose from   (EndpointsAnswer)
 *   GET /api/live?cursor=                  changes as they happen, as server-sent events (live.ts)
 *
 * It only reads. Addresses in the page are relative, so that it also works under a prefix that ends with a slash.
 */
import { performance } from 'node:perf_hooks';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ChangeFeed, Store } from '../ingest/store.ts';
import { MtsError, StoreError, UsageError } from '../protocol/errors.ts';
import { type Asset, loadAssets } from './assets.ts';
import { currentHourFeed } from './current-hour-feed.ts';
import { Live } from './live.ts';
import { Reader } from './read.ts';
import { cursorWord, onlyWords, rangeWord, word } from './words.ts';

/** Where the counts are; a store that tells its changes makes the page quicker and cheaper. */
export type HoursSource = Pick<Store, 'hourly'> & Partial<ChangeFeed>;

export interface DashboardDeps {
  readonly hours: HoursSource;
  /** Milliseconds since 1970. */
  now(): number;
  /** Above the bars and in the window's title. */
  readonly title?: string;
  /** Where boards send to, for the hint on a page without presses. */
  readonly receiver?: string;
  /** Milliseconds between looks for changes: 200, or 1,000 where the store does not tell them. */
  readonly pollMs?: number;
  /** Milliseconds between signs of life on an idle stream. */
  readonly heartbeatMs?: number;
  /** Pages open at once; one more is told 503. */
  readonly maxClients?: number;
}

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

const FOR_EVER = 'public, max-age=31536000, immutable';

/**
 * Adds the page's routes to `app`, apart from its other routes: headers and errors are the page's own.
 * Closing the server ends the live streams. Rejects if the page's files cannot be read.
 */
export async function dashboard(app: FastifyInstance, deps: DashboardDeps): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRequest', async (_request, reply) => void reply.headers(SECURITY_HEADERS));
    scope.setErrorHandler(answerError);
    await pages(scope, deps);
    answers(scope, deps);
  });
}

async function pages(app: FastifyInstance, deps: DashboardDeps): Promise<void> {
  const title = deps.title ?? 'Button presses';
  const { version, files, page } = await loadAssets({ title, receiver: deps.receiver ?? 'URL' });
  app.get('/', async (request, reply) => give(request, reply, page, 'no-cache'));
  app.get<{ Params: { file: string } }>(`/assets/${version}/:file`, async (request, reply) => {
    const asset = files.get(request.params.file);
    return asset === undefined ? reply.callNotFound() : give(request, reply, asset, FOR_EVER);
  });
}

function give(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, body, etag }: Asset,
  caching: string,
): FastifyReply {
  reply.headers({ etag, 'cache-control': caching });
  const held = request.headers['if-none-match']?.split(',').map((tag) => tag.trim());
  return held?.includes(etag) ? reply.code(304).send() : reply.type(type).send(body);
}

function answers(app: FastifyInstance, deps: DashboardDeps): void {
  const { hours, heartbeatMs = 15_000, maxClients = 100 } = deps;
  const now = (): number => deps.now();
  const feed = tellsChanges(hours) ? hours : currentHourFeed(hours, now);
  const pollMs = deps.pollMs ?? (feed === hours ? 200 : 1_000);
  const onError = (error: unknown): void => app.log.warn({ error }, 'the store failed; live pages were cut off');
  const reader = new Reader({ hours, feed, now, monotonic: () => performance.now() });
  const live = new Live({ feed, now, pollMs, heartbeatMs, maxClients, onError });
  app.addHook('preClose', async () => live.close());

  app.get('/api/series', async ({ query }, reply) => {
    onlyWords(query, ['range', 'endpoint']);
    reply.header('cache-control', 'no-store');
    return reader.series(rangeWord(query), word(query, 'endpoint'));
  });
  app.get('/api/endpoints', async ({ query }, reply) => {
    onlyWords(query, ['range', 'match']);
    reply.header('cache-control', 'no-store');
    return reader.endpoints(rangeWord(query), word(query, 'match') ?? '');
  });
  // Without HEAD: it would hold a stream that nobody reads.
  app.get('/api/live', { exposeHeadRoute: false }, async (request, reply) => {
    onlyWords(request.query, ['cursor']);
    const last = request.headers['last-event-id'];
    const stream = await live.open(cursorWord(typeof last === 'string' ? last : word(request.query, 'cursor')));
    reply.header('cache-control', 'no-store');
    if (stream === undefined) return reply.code(503).header('retry-after', '10').send(BUSY);
    // The socket is the stream's: left open after it, it would keep a closing server waiting.
    return reply.headers({ connection: 'close', 'x-accel-buffering': 'no' }).type('text/event-stream').send(stream);
  });
}

const BUSY = { error: { code: 'BUSY', message: 'too many live pages are open', fix: 'Close some, or wait.' } };

function tellsChanges(hours: HoursSource): hours is HoursSource & ChangeFeed {
  return hours.changes !== undefined && hours.now !== undefined;
}

/** Errors as JSON, in the words of errors.ts; what is not ours to tell is only logged. */
function answerError(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const status = error instanceof UsageError ? 400 : error instanceof StoreError ? 503 : 500;
  if (status === 500) request.log.error(error);
  const { code, message, fix } =
    error instanceof MtsError ? error : { code: 'INTERNAL', message: 'something went wrong here', fix: undefined };
  reply.code(status).send({ error: { code, message, ...(fix !== undefined && { fix }) } });
}
