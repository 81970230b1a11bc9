/**
 * A small host of functions on loopback: for HTTP functions as the host of Azure Functions is, as far as ours can tell.
 *
 *   request ─► /api/{name}? 404 ─► function key? 401 ─► at most 100 MB? 413 ─► HttpRequest ─► handler ─► answer
 *
 * Keys come as `x-functions-key` or `code`. It knows no scale-out, no admin keys and no other bindings than these and timers.
 * https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type HttpHandler, HttpRequest, InvocationContext, type LogLevel, type TimerHandler } from '@azure/functions';
import { demandHeader, hasHeader } from '../../../../ingest/demanded-header.ts';

/** What a function logs. */
export type FunctionLog = (level: LogLevel, ...args: unknown[]) => void;

export interface HostOptions {
  /** HTTP functions of authLevel `function`, by route. */
  readonly functions: Readonly<Record<string, HttpHandler>>;
  /** The one key that is good for all. */
  readonly key: string;
  readonly log: FunctionLog;
  /** Any free one unless told. */
  readonly port?: number;
  /** Bytes of a body; 100 MB as Azure has it unless told. */
  readonly bodyLimit?: number;
}

export interface FunctionsHost {
  /** Without a slash at its end; a function's address is `${url}/api/${route}`. */
  readonly url: string;
  /** Ends it and every connection, and waits for what is under way. */
  close(): Promise<void>;
}

export const KEY_HEADER = 'x-functions-key';
const BODY_LIMIT = 104_857_600;

export async function serveFunctions(options: HostOptions): Promise<FunctionsHost> {
  const underWay = new Set<Promise<void>>();
  const server = createServer((incoming, outgoing) => {
    const work = answer(incoming, outgoing, options).catch((error: unknown) => {
      // A sender that went away in the middle of its body is nobody's trouble.
      if (!incoming.complete) return void outgoing.destroy();
      options.log('error', 'the host failed', error);
      respond(outgoing, 500);
    });
    underWay.add(work);
    void work.then(() => underWay.delete(work));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await Promise.all(underWay);
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Runs a timer function once, as if it were due now. Rejects with what it rejects with. */
export async function runTimer(name: string, handler: TimerHandler, log: FunctionLog): Promise<void> {
  const now = new Date().toISOString();
  const timer = {
    isPastDue: false,
    schedule: { adjustForDST: true },
    scheduleStatus: { last: now, next: now, lastUpdated: now },
  };
  await handler(timer, contextOf(name, log));
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse, options: HostOptions): Promise<void> {
  const { functions, key, log, bodyLimit = BODY_LIMIT } = options;
  const url = new URL(incoming.url ?? '/', `http://${incoming.headers.host ?? 'localhost'}`);
  const [, route = ''] = /^\/api\/([\w-]+)$/.exec(url.pathname) ?? [];
  const handler = Object.hasOwn(functions, route) ? functions[route] : undefined;
  if (handler === undefined) return respond(outgoing, 404);
  if (!isAllowed(incoming, url, key)) return respond(outgoing, 401);
  const body = await bodyOf(incoming, bodyLimit);
  if (body === undefined) return respond(outgoing, 413);
  const { method = 'GET' } = incoming;
  const headers = Object.entries(incoming.headersDistinct).map(([name, values = []]) => [name, values.join(', ')]);
  const request = new HttpRequest({
    ...{ method, url: url.href, headers: Object.fromEntries(headers), query: Object.fromEntries(url.searchParams) },
    ...(body.length === 0 || method === 'GET' || method === 'HEAD' ? {} : { body: { bytes: body } }),
  });
  const result = await handler(request, contextOf(route, log));
  const { status = 200, headers: more = {}, body: text } = result;
  if (text !== undefined && typeof text !== 'string') throw new TypeError('this host passes on text only');
  respond(outgoing, status, Object.fromEntries(new Headers(more as Record<string, string>)), text);
}

function isAllowed({ headers }: IncomingMessage, url: URL, key: string): boolean {
  const { code } = Object.fromEntries(url.searchParams);
  const demanded = demandHeader(KEY_HEADER, key);
  return hasHeader(headers, demanded) || (code !== undefined && hasHeader({ [KEY_HEADER]: code }, demanded));
}

async function bodyOf(incoming: IncomingMessage, limit: number): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += (chunk as Buffer).length;
    // The rest is read, so that the answer is, too.
    if (length <= limit) chunks.push(chunk as Buffer);
  }
  return length > limit ? undefined : Buffer.concat(chunks);
}

function contextOf(functionName: string, logHandler: FunctionLog): InvocationContext {
  return new InvocationContext({ functionName, invocationId: randomUUID(), logHandler });
}

function respond(outgoing: ServerResponse, status: number, headers: Record<string, string> = {}, body?: string): void {
  if (outgoing.destroyed) return;
  outgoing.writeHead(status, headers).end(body);
}
