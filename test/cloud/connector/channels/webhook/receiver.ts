/** A webhook on a port of its own, plain or TLS: keeps what it is sent, and answers as it is told. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';

export interface Received {
  readonly method: string | undefined;
  readonly headers: Readonly<IncomingMessage['headers']>;
  readonly body: string;
}

/** Told each request by its number, from 0, when all of it is there. */
export type Answering = (response: ServerResponse, index: number, body: string) => void;

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** Requests that are not answered yet, now and at most. */
  readonly open: { now: number; most: number };
  answer: Answering;
  /** Takes no more, and cuts what is there; again on the same port. */
  down(): Promise<void>;
  up(): Promise<void>;
}

export const ACCEPT: Answering = (response) => response.writeHead(204).end();

export async function startReceiver(
  answer: Answering = ACCEPT,
  tls?: { readonly key: string; readonly cert: string },
): Promise<Receiver> {
  const received: Received[] = [];
  const open = { now: 0, most: 0 };
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    open.now += 1;
    open.most = Math.max(open.most, open.now);
    response.once('close', () => {
      open.now -= 1;
    });
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      received.push({ method: request.method, headers: request.headers, body });
      receiver.answer(response, received.length - 1, body);
    });
  };
  const server = tls === undefined ? createServer(take) : createTlsServer(tls, take);
  const port = await listen(server, 0);
  const receiver: Receiver = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/hook`,
    received,
    open,
    answer,
    async down() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
    up: async () => void (await listen(server, port)),
    async [Symbol.asyncDispose]() {
      if (server.listening) await receiver.down();
    },
  };
  return receiver;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Waits, with the event loop running, until it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
