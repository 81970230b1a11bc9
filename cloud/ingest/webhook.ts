/**
 * The webhook receiver: takes NotificationMessages as Device Connector and Pelion push them (PUT, one in flight).
 *
 *   PUT /webhook   200 once the store has the body; 401, 413, 503 for the reasons below; never another 4xx for content
 *   GET /webhook   says that it is there
 *   GET /healthz   200 if the store answers, else 503
 *   GET /metrics   Prometheus text
 *
 * Pelion retries 4xx like 5xx and blocks its queue meanwhile, for a day. So what cannot be understood is set aside and
 * answered 200, and only what the sender should send again gets 503 (connector-api: delivery rules of S4).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { StoreError } from '../protocol/errors.ts';
import { type DemandedHeader, hasHeader } from './demanded-header.ts';
import type { IngestMetrics, Outcome } from './metrics.ts';
import { BODY_LIMIT, USES_STORE } from './server.ts';
import type { Store } from './store.ts';
import { take } from './take.ts';

/** Bytes of great bodies that may be in memory at once; further requests with such are told to come again. */
const IN_FLIGHT_LIMIT = 4 * BODY_LIMIT;
/** Bodies up to this are always taken: whoever announces great ones and does not send them keeps out none of these. */
const SMALL_BYTES = 1024 ** 2;

export const WEBHOOK_PATH = '/webhook';

export interface WebhookDeps {
  readonly store: Store;
  readonly metrics: IngestMetrics;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The header a sender must have set, if one is demanded. */
  readonly header?: DemandedHeader;
}

/** Registers the receiver's routes. */
export async function webhook(app: FastifyInstance, { store, metrics, now, header }: WebhookDeps): Promise<void> {
  await app.register(async (scope) => {
    // Whatever the content type says or does not say, the bytes decide.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    const bytesInFlight = new InFlight(IN_FLIGHT_LIMIT);
    scope.put(WEBHOOK_PATH, {
      config: USES_STORE,
      onRequest: async (request, reply) => {
        if (header !== undefined && !hasHeader(request.headers, header)) return refuse(reply, 401, 'unauthorized');
        if (!bytesInFlight.reserve(request, reply)) return refuse(reply, 503, 'busy');
        // fastify answers 415 to a content type that it cannot read, which would block the sender's queue.
        request.headers['content-type'] = 'application/octet-stream';
        return undefined;
      },
      onResponse: async (_request, reply) => metrics.answered(outcomeOf(reply), reply.elapsedTime / 1000),
      errorHandler: (error, request, reply) => {
        if (error instanceof StoreError) outcomes.set(reply, error.code === 'ASIDE_FULL' ? 'aside_full' : 'store_down');
        app.errorHandler(error, request, reply);
      },
      handler: async (request, reply) => {
        const { aside } = await take(bytesOf(request.body), now(), { store, metrics });
        const [first] = aside;
        if (first !== undefined)
          request.log.warn({ items: aside.length, key: first.key, reason: first.reason }, 'set aside');
        return reply.code(200).send({});
      },
    });
  });
  app.get(WEBHOOK_PATH, async () => ({
    webhook: 'mbed-time-series',
    method: 'PUT',
    body: 'NotificationMessage (JSON)',
  }));
  app.route({
    method: ['POST', 'PATCH', 'DELETE'],
    url: WEBHOOK_PATH,
    // Answered before the body: what it is does not matter.
    onRequest: async (_request, reply) => {
      const message = 'notifications are sent by PUT';
      return reply.code(405).header('allow', 'PUT, GET').send({ error: 'METHOD', message });
    },
    handler: () => undefined,
  });
  app.get('/healthz', { config: USES_STORE }, async () => {
    await store.totals();
    return { status: 'ok' };
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
}

/** How a request ended, where its status alone does not tell. */
const outcomes = new WeakMap<FastifyReply, Outcome>();

function outcomeOf(reply: FastifyReply): Outcome {
  const known = outcomes.get(reply);
  if (known !== undefined) return known;
  if (reply.statusCode === 200) return 'taken';
  return reply.statusCode === 413 ? 'too_large' : 'refused';
}

const REFUSALS = {
  unauthorized: 'the header that this webhook demands is missing or wrong',
  busy: 'too many bodies at once',
} as const;

function refuse(reply: FastifyReply, status: number, outcome: keyof typeof REFUSALS): FastifyReply {
  outcomes.set(reply, outcome);
  if (status === 503) reply.header('retry-after', '1');
  // The body was not read: what follows on this connection could not be told from it.
  return reply
    .code(status)
    .header('connection', 'close')
    .send({ error: outcome.toUpperCase(), message: REFUSALS[outcome] });
}

function bytesOf(body: unknown): Uint8Array {
  return body instanceof Uint8Array ? body : new Uint8Array();
}

/** Bytes of bodies being received or worked on. */
class InFlight {
  #bytes = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Books a request's body until its connection or its answer is done; false if it does not fit now. */
  reserve(request: FastifyRequest, reply: FastifyReply): boolean {
    const declared = Number(request.headers['content-length']);
    const chunked = request.headers['transfer-encoding'] !== undefined;
    const bytes = chunked ? BODY_LIMIT : Math.min(declared || 0, BODY_LIMIT);
    if (bytes <= SMALL_BYTES) return true;
    if (this.#bytes + bytes > this.#limit) return false;
    this.#bytes += bytes;
    reply.raw.once('close', () => {
      this.#bytes -= bytes;
    });
    return true;
  }
}
