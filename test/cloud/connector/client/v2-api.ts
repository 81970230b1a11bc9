/**
 * A service with the Connector v2 API, for tests: what its documents say of callbacks and pre-subscriptions, as Device
 * Connector (`mdc`) or as Pelion (`pelion`) did it, on a real server. It tries a URL before it takes it, as they did.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Era = 'mdc' | 'pelion';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

interface Callback {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly serialization?: unknown;
}

export class V2Api {
  readonly key: string;
  readonly era: Era;
  readonly asked: Asked[] = [];
  /** Answers that come first, whatever is asked. `cut` ends the connection instead. */
  readonly scripted: (Reply | 'cut' | 'silent')[] = [];
  /** Called with every request that came. */
  onAsked: (asked: Asked) => void = () => undefined;
  callback: Callback | undefined;
  rules: unknown[] = [];
  /** Subscriptions to single resources, which some calls take along. */
  single = 3;
  channel: 'CALLBACK' | 'LONG_POLLING' | 'WEB_SOCKET' | undefined;
  /** GET tells header values like this. */
  echo: (value: string) => string = (value) => value;
  #server: Server;

  constructor(key: string, era: Era) {
    this.key = key;
    this.era = era;
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** What was asked, as `PUT /v2/subscriptions`. */
  get calls(): string[] {
    return this.asked.map(({ method, path }) => `${method} ${path}`);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = request;
    const asked = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
    this.asked.push(asked);
    const scripted = this.scripted.shift();
    const reply = scripted ?? (await this.#answer(asked));
    if (reply === 'cut') request.socket.destroy();
    else if (reply !== 'silent') {
      response.writeHead(reply.status, reply.headers);
      response.end(reply.body);
    }
    this.onAsked(asked);
  }

  async #answer({ method, path, headers, body }: Asked): Promise<Reply> {
    if (headers.authorization !== `Bearer ${this.key}`) return { status: 401 };
    switch (`${method} ${path}`) {
      case 'GET /v2/notification/callback': {
        if (this.callback === undefined) return { status: 404 };
        const shown = Object.entries(this.callback.headers).map(([name, value]) => [name, this.echo(value)]);
        return json({ url: this.callback.url, headers: Object.fromEntries(shown) });
      }
      case 'PUT /v2/notification/callback':
        return await this.#register(body);
      case 'DELETE /v2/notification/callback': {
        if (this.callback === undefined) return { status: 404 };
        [this.callback, this.channel, this.rules, this.single] = [undefined, undefined, [], 0];
        return { status: 204 };
      }
      case 'GET /v2/notification/channel': {
        const mechanism = this.era === 'pelion' ? this.channel : undefined;
        return mechanism === undefined ? { status: 404 } : json({ delivery_mechanism: mechanism });
      }
      case 'GET /v2/subscriptions':
        return json(this.rules);
      case 'PUT /v2/subscriptions': {
        const rules: unknown = JSON.parse(body);
        if (!Array.isArray(rules)) return this.#refuse('not a list');
        this.rules = rules;
        if (this.era === 'mdc') this.single = 0;
        return { status: 204 };
      }
      case 'DELETE /v2/subscriptions': {
        if (this.era === 'mdc') this.single = 0;
        else this.rules = [];
        return { status: 204 };
      }
      default:
        return { status: 404 };
    }
  }

  async #register(body: string): Promise<Reply> {
    const wanted = JSON.parse(body) as Callback;
    const { url, headers = {}, serialization } = wanted;
    if (serialization !== undefined && this.era === 'mdc') return this.#refuse('unknown field: serialization');
    if (this.channel !== undefined && this.channel !== 'CALLBACK') return this.#refuse('another channel exists');
    const counted = this.era === 'mdc' ? Object.values(headers) : Object.entries(headers).flat();
    if (counted.join('').length + url.length > 400) return this.#refuse('more than 400 characters');
    const status = await tried(url, headers);
    if (status !== 200 && status !== 204) return this.#refuse(`the URL cannot be used: ${status} from ${url}`);
    [this.callback, this.channel] = [{ url, headers, serialization }, 'CALLBACK'];
    return { status: 204 };
  }

  #refuse(message: string): Reply {
    if (this.era === 'mdc') return { status: 400, headers: { 'content-type': 'text/plain' }, body: message };
    return { ...json({ object: 'error', code: 400, type: 'validation_error', message, fields: [] }), status: 400 };
  }
}

export function json(value: unknown): Reply {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

/** The service's own PUT of `{}`, with the headers; redirects are not followed. It reaches nothing but this machine. */
async function tried(url: string, headers: Record<string, string>): Promise<number | string> {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'http:' || hostname !== '127.0.0.1') return 'ENOTFOUND';
  return await new Promise((resolve) => {
    const sent = request(url, { method: 'PUT', headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'no answer'));
    sent.end('{}');
  });
}
