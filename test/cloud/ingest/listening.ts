/** A receiver on the real server and the real local store, for tests of the two together. */
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { type DemandedHeader, demandHeader } from '../../../cloud/ingest/demanded-header.ts';
import { ingestMetrics } from '../../../cloud/ingest/metrics.ts';
import { newServer } from '../../../cloud/ingest/server.ts';
import { webhook } from '../../../cloud/ingest/webhook.ts';
import { type LocalStore, openLocalStore } from '../../../cloud/platforms/local/store.ts';

export interface Listening {
  readonly app: FastifyInstance;
  readonly store: LocalStore;
  readonly dir: string;
  readonly port: number;
  readonly url: string;
  readonly log: string[];
  put(body: string | Uint8Array, headers?: Record<string, string>): Promise<Answer>;
  ask(method: string, path: string): Promise<Answer>;
  stop(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface ListenOptions {
  readonly now?: () => number;
  readonly header?: { readonly name: string; readonly value: string };
  readonly maxAside?: number;
}

export async function listen({ now = Date.now, header, maxAside = 1e9 }: ListenOptions = {}): Promise<Listening> {
  const dir = await mkdtemp(join(tmpdir(), 'mts-webhook-'));
  const store = openLocalStore({ dir, create: true, maxAside });
  const log: string[] = [];
  const app = newServer(pino({ level: 'debug' }, { write: (line: string) => log.push(line) }));
  const demanded: { header?: DemandedHeader } = header ? { header: demandHeader(header.name, header.value) } : {};
  await webhook(app, { store, metrics: ingestMetrics(), now, ...demanded });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    app,
    store,
    dir,
    port,
    url: `http://127.0.0.1:${port}/webhook`,
    log,
    put: (body, headers = {}) => send(port, 'PUT', '/webhook', headers, body),
    ask: (method, path) => send(port, method, path, {}),
    stop: async () => {
      await app.close();
      await store.close();
      await rm(dir, { recursive: true });
    },
  };
}

/** One request on a connection of its own. No header is added to those given but the length of the body. */
export function send(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string | Uint8Array,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
