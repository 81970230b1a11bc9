/** A stand-in behind one HTTP server on loopback. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OutsideError } from '../../../protocol/errors.ts';

export interface LocalRequest {
  readonly method: string;
  /** With the origin that the caller addressed. */
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export interface LocalAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Rejects only for what failed on this machine: the caller is answered 500. */
export type LocalService = (request: LocalRequest) => LocalAnswer | Promise<LocalAnswer>;

export interface ServeOptions {
  /** 0, or nothing: any free one. */
  readonly port?: number;
  /** Bytes that a body may have; one that has more is answered 413. */
  readonly bodyLimit?: number;
  /** Told of what failed on this machine. */
  readonly onError?: (error: unknown) => void;
}

export interface Served {
  /** Without a slash at its end. */
  readonly url: string;
  /** Ends the server and every connection, and waits for what is under way. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const BODY_LIMIT = 80 * 1024 ** 2;
/** Time for a whole request to arrive. */
const REQUEST_TIMEOUT_MS = 30_000;

/** OutsideError PORT when it cannot listen. */
export async function serve(service: LocalService, options: ServeOptions = {}): Promise<Served> {
  const { port = 0, bodyLimit = BODY_LIMIT, onError = () => {} } = options;
  const underWay = new Set<Promise<void>>();
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (incoming, outgoing) => {
    const work = answer(service, incoming, outgoing, bodyLimit).catch((error) => {
      if (!incoming.complete) return void outgoing.destroy();
      onError(error);
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(500, { 'content-type': 'text/plain' }).end('the request failed on this machine');
    });
    underWay.add(work);
    void work.then(() => underWay.delete(work));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const message = `cannot listen on ${HOST}:${port}: ${error.message}`;
      reject(new OutsideError('PORT', message, 'Give another port, or 0 for any free one.', { cause: error }));
    });
    server.listen(port, HOST, resolve);
  });
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([closed, ...underWay]);
    },
  };
}

async function answer(service: LocalService, incoming: IncomingMessage, outgoing: ServerResponse, limit: number) {
  const body = await readBody(incoming, limit);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  const url = urlOf(incoming.url ?? '/', headers.host);
  if (url === undefined) return void outgoing.writeHead(400).end();
  if (body === undefined) return void outgoing.writeHead(413).end();
  const answered = await service({ method: incoming.method ?? '', url, headers, body });
  if (!outgoing.destroyed) outgoing.writeHead(answered.status, answered.headers).end(answered.body);
}

function urlOf(path: string, host = HOST): URL | undefined {
  const text = `http://${host}${path}`;
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** Undefined if it is longer than `limit`: the rest is read, so that the answer is, too. */
async function readBody(incoming: IncomingMessage, limit: number): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += chunk.length;
    if (length <= limit) chunks.push(chunk);
  }
  return length <= limit ? Buffer.concat(chunks, length) : undefined;
}
