/**
 * A stand-in of Azure Monitor's two APIs of metrics, over HTTP on loopback: told and asked as Azure is, at no cost.
 *
 *   POST {resource}/metrics                                  tells
 *   GET  {resource}/providers/Microsoft.Insights/metrics     asks
 *
 * It demands a token of its own for each, as each has an audience of its own in Azure; it knows no roles, no delay and no limit of
 * series. Failures can be had on demand.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerAsked } from './asked.ts';
import { Minutes } from './minutes.ts';
import { badRequest, Refusal } from './refusal.ts';
import { readTold } from './told.ts';

/** What befalls a request: refused as busy, cut before or after the work, or answered with a broken service's 500 before or after it. */
export type Fault = 'busy' | 'cut' | 'lost' | 'broken' | 'broken after' | undefined;

export interface StandInOptions {
  /** Where it keeps what it was told; in memory without. */
  readonly folder?: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Asked at each request that tells. */
  readonly fault?: () => Fault | Promise<Fault>;
  readonly port?: number;
}

export interface StandIn {
  readonly url: string;
  /** Tokens it takes: to tell, and to ask. */
  readonly tokens: { readonly tell: string; readonly ask: string };
  /** Ends it and every connection. */
  close(): Promise<void>;
}

/** Azure Monitor takes no more: telegraf's output for it says so. */
const BODY_LIMIT = 4_000_000;
const RESOURCE = '(/subscriptions/[^/]+/resourceGroups/[^/]+/providers/[^/]+/[^/]+/[^/]+)';
const TELL = new RegExp(`^${RESOURCE}/metrics$`, 'i');
const ASK = new RegExp(`^${RESOURCE}/providers/microsoft\\.insights/metrics$`, 'i');

export async function serveMonitor({ folder, now, fault, port = 0 }: StandInOptions): Promise<StandIn> {
  const minutes = new Minutes(folder);
  const tokens = { tell: randomBytes(24).toString('hex'), ask: randomBytes(24).toString('hex') };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://loopback');
    const [path, body] = [decodeURIComponent(pathname), await bodyOf(request)];
    const [, told] = (request.method === 'POST' && TELL.exec(path)) || [];
    const [, asked] = (request.method === 'GET' && ASK.exec(path)) || [];
    if (told !== undefined) {
      const befalls = await fault?.();
      if (befalls === 'cut') return void request.socket.destroy();
      if (befalls === 'busy') throw new Refusal(503, 'ServiceUnavailable', 'the service is busy');
      if (befalls === 'broken') throw new Refusal(500, 'InternalServerError', 'the service is broken');
      demandToken(request, tokens.tell);
      // It may have gone while it was let wait: then nobody knows whether it was heard.
      minutes.add(readTold(body, told.toLowerCase(), now()));
      if (befalls === 'lost') return void request.socket.destroy();
      if (befalls === 'broken after') throw new Refusal(500, 'InternalServerError', 'the service is broken');
      respond(response, 200, undefined);
    } else if (asked !== undefined) {
      demandToken(request, tokens.ask);
      respond(response, 200, answerAsked(searchParams, asked.toLowerCase(), minutes));
    } else throw new Refusal(404, 'ResourceNotFound', 'there is no such resource');
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (request.destroyed && !request.complete) return void response.destroy();
      const { status, kind, message } =
        error instanceof Refusal ? error : { status: 500, kind: 'StandIn', message: String(error) };
      respond(response, status, { error: { code: kind, message } });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokens,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      minutes.close();
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length <= BODY_LIMIT) chunks.push(chunk as Buffer);
  }
  if (length > BODY_LIMIT) throw new Refusal(413, 'RequestEntityTooLarge', `more than ${BODY_LIMIT} bytes`);
  const type = request.headers['content-type'] ?? '';
  if (length > 0 && !/^application\/json\b/i.test(type)) throw badRequest(`content-type is ${type}`);
  return Buffer.concat(chunks);
}

function demandToken({ headers }: IncomingMessage, token: string): void {
  const sent = Buffer.from(headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  if (sent.length === wanted.length && timingSafeEqual(sent, wanted)) return;
  throw new Refusal(401, 'Unauthorized', 'the token is missing, or for another audience');
}

function respond(response: ServerResponse, status: number, body: object | undefined): void {
  if (response.destroyed) return;
  const headers = body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' };
  response.writeHead(status, headers).end(body === undefined ? undefined : JSON.stringify(body));
}
