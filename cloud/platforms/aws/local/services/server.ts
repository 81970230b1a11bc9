/** The stand-ins behind one HTTP server. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OutsideError } from '../../../../protocol/errors.ts';
import { type AwsServices, bodyLimitOf } from './services.ts';
import { DROPPED, type ServiceRequest } from './wire.ts';

export interface ServeOptions {
  /** Loopback, without saying. */
  readonly host?: string;
  /** 0, or nothing: any free one. */
  readonly port?: number;
  /** Told of what failed on this machine; the caller is answered 500. */
  readonly onError?: (error: unknown) => void;
}

export interface ServedServices {
  /** For AWS_ENDPOINT_URL_CLOUDWATCH, _SQS and _S3 alike, without a slash at its end. */
  readonly url: string;
  /** Ends the server and every connection, and waits for what is under way; the services stay open. */
  close(): Promise<void>;
}

/** Time for a whole request to arrive. */
const REQUEST_TIMEOUT_MS = 30_000;

/** OutsideError PORT when it cannot listen. */
export async function serveServices(services: AwsServices, options: ServeOptions = {}): Promise<ServedServices> {
  const { host = '127.0.0.1', port = 0, onError = () => {} } = options;
  const closing = new AbortController();
  const underWay = new Set<Promise<void>>();
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (incoming, outgoing) => {
    const work = answer(services, incoming, outgoing, closing.signal).catch((error) => {
      // A caller that went away in the middle of its body is not our trouble.
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
      const message = `cannot listen on ${host}:${port}: ${error.message}`;
      reject(new OutsideError('PORT', message, 'Give another port, or 0 for any free one.', { cause: error }));
    });
    server.listen(port, host, resolve);
  });
  const { address, family, port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`,
    close: async () => {
      closing.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([closed, ...underWay]);
    },
  };
}

async function answer(
  services: AwsServices,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  closing: AbortSignal,
) {
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  const headers = headersOf(incoming);
  const body = await readBody(incoming, bodyLimitOf({ headers }));
  const request: ServiceRequest = {
    method: incoming.method ?? '',
    origin: `http://${headers.host ?? 'localhost'}`,
    path: incoming.url ?? '/',
    headers,
    body,
    signal: AbortSignal.any([gone.signal, closing]),
  };
  const answered = await services.handle(request);
  if (answered === DROPPED) return void incoming.socket.destroy();
  if (outgoing.destroyed) return;
  outgoing.writeHead(answered.status, answered.headers).end(answered.body);
}

function headersOf({ headers }: IncomingMessage): ServiceRequest['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

/** The whole of it, or its beginning up to a little more than `limit`: the rest is read, so that the answer is, too. */
async function readBody(incoming: IncomingMessage, limit: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    if (length > limit) continue;
    chunks.push(chunk);
    length += chunk.length;
  }
  return Buffer.concat(chunks, length);
}
