/**
 * API Gateway in front of the webhook function, as the stack sets it up: a REST API with one resource.
 *
 *   GET /webhook   to the function
 *   PUT /webhook   to the function, for who has the API key
 *   else           403, as API Gateway says it of what it does not have
 *
 * It answers under `/<stage>/webhook`, too: the first form is a stage's under a domain of its own, the second that of an API
 * without one. Loopback only: it is no server for a network.
 */
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OutsideError } from '../../../../protocol/errors.ts';
import { EventTooLarge, type Invoked } from '../functions/invocation.ts';
import { answerOf, type GatewayAnswer, OWN_ANSWERS } from './answer.ts';
import { proxyEvent, type Route } from './event.ts';
import { type Throttle, throttleBy } from './throttle.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
const BODY_LIMIT = 10 * 1024 ** 2;
const INTEGRATION_TIMEOUT_MS = 29_000;
const KEY_HEADER = 'x-api-key';

export interface GatewayOptions {
  /** The webhook function. */
  readonly invoke: (event: object) => Promise<Invoked>;
  readonly apiKey: string;
  /** The key's name. */
  readonly apiKeyId?: string;
  readonly stage?: string;
  /** Without slashes. */
  readonly resource: string;
  readonly throttle: Throttle;
  /** 0: any free one. */
  readonly port: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly timeoutMs?: number;
  readonly log: (line: string) => void;
}

export interface Gateway {
  /** Like `http://127.0.0.1:8080/webhook`. */
  readonly url: string;
  /** Takes no more requests, and waits for those under way. */
  close(): Promise<void>;
}

/** OutsideError PORT if it cannot listen. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const passes = throttleBy(options.throttle, options.now);
  const underWay = new Set<Promise<void>>();
  const server = createServer({ requestTimeout: 60_000 }, (request, response) => {
    const work = serve(request, response, options, passes).catch((error: unknown) => {
      // Whoever goes away in the middle of a body hears nothing.
      if (!request.destroyed) options.log(`the gateway failed: ${error}`);
      response.destroy();
    });
    underWay.add(work);
    void work.then(() => underWay.delete(work));
  });
  server.keepAliveTimeout = 75_000;
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/${options.resource}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await Promise.all(underWay);
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program has the port' : (error.code ?? error.message);
      const message = `cannot listen on 127.0.0.1:${port}: ${why}`;
      reject(new OutsideError('PORT', message, 'Give another --port; 0 takes any free one.', { cause: error }));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: GatewayOptions,
  passes: () => boolean,
): Promise<void> {
  const ids = { requestId: randomUUID(), extendedRequestId: randomUUID().slice(0, 16) };
  const answer = await answerTo(request, options, passes, ids);
  if (response.destroyed) return;
  // A body that was not read would be taken for the next request.
  const more = request.complete ? {} : { connection: 'close' };
  const own = { 'x-amzn-requestid': ids.requestId, 'x-amz-apigw-id': ids.extendedRequestId };
  const length = request.method === 'HEAD' ? {} : { 'content-length': String(answer.body.length) };
  response.writeHead(answer.status, { ...answer.headers, ...own, ...length, ...more } as Record<string, string>);
  response.end(answer.body);
}

async function answerTo(
  request: IncomingMessage,
  options: GatewayOptions,
  passes: () => boolean,
  ids: { readonly requestId: string; readonly extendedRequestId: string },
): Promise<GatewayAnswer> {
  const { method = '', url = '/', headers, rawHeaders, socket } = request;
  const route = routeOf(url, options);
  if (route === undefined || !['GET', 'PUT'].includes(method)) return OWN_ANSWERS.missingToken;
  const keyed = method === 'PUT';
  if (keyed && !isKey(headers[KEY_HEADER], options.apiKey)) return OWN_ANSWERS.forbidden;
  if (!passes()) return OWN_ANSWERS.throttled;
  const body = await bodyOf(request);
  if (body === undefined) return OWN_ANSWERS.tooLarge;
  const receivedAt = options.now();
  const event = proxyEvent(
    {
      ...{ method, url, rawHeaders, body, receivedAt, ...ids },
      ...{ sourceIp: socket.remoteAddress ?? '127.0.0.1', port: socket.localPort ?? 0 },
      traceId: `Root=1-${Math.floor(receivedAt / 1000).toString(16)}-${ids.requestId.replaceAll('-', '').slice(0, 24)}`,
      apiKeyId: keyed ? (options.apiKeyId ?? 'local') : undefined,
    },
    route,
  );
  return within(options.timeoutMs ?? INTEGRATION_TIMEOUT_MS, invoked(event, options));
}

async function invoked(event: object, { invoke, log }: GatewayOptions): Promise<GatewayAnswer> {
  try {
    const result = await invoke(event);
    if (result.failed) log(`the webhook function failed: ${result.payload.slice(0, 500)}`);
    return answerOf(result);
  } catch (error) {
    if (error instanceof EventTooLarge) return OWN_ANSWERS.tooLarge;
    throw error;
  }
}

function routeOf(url: string, { stage = 'prod', resource }: GatewayOptions): Route | undefined {
  const path = url.split('?')[0];
  if (path === `/${resource}`) return { stage, resource: `/${resource}`, base: '' };
  if (path === `/${stage}/${resource}`) return { stage, resource: `/${resource}`, base: `/${stage}` };
  return undefined;
}

/** In constant time: digests have one length, whatever was sent. */
function isKey(sent: string | string[] | undefined, key: string): boolean {
  const digest = (text: string): Uint8Array => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(typeof sent === 'string' ? sent : ''), digest(key)) && typeof sent === 'string';
}

/** Undefined if it is too long: what follows is then not read. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= BODY_LIMIT) chunks.push(chunk);
      else {
        request.pause();
        resolve(undefined);
      }
    });
    request.once('end', () => resolve(Buffer.concat(chunks, Math.min(length, BODY_LIMIT))));
    request.once('error', reject);
    request.once('close', () => reject(new Error('the sender went away')));
  });
}

async function within(ms: number, answer: Promise<GatewayAnswer>): Promise<GatewayAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<GatewayAnswer>((resolve) => {
    timer = setTimeout(() => resolve(OWN_ANSWERS.late), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
