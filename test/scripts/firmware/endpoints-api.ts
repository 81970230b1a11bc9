/** The part of a Connector v2 API that tells which boards are registered, for tests. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class EndpointsApi implements AsyncDisposable {
  /** Names that are registered now. */
  readonly registered = new Set<string>();
  /** What was asked, as `GET /v2/endpoints/board-1`. */
  readonly asked: string[] = [];
  /** Statuses that come first, whatever is asked. */
  readonly scripted: number[] = [];
  /** Called before each answer. */
  onAsked: () => void = () => undefined;
  /** What it answers is a web page. */
  isPage = false;
  readonly #server: Server;

  constructor(key: string) {
    this.#server = createServer(({ method, url = '', headers }, response) => {
      this.asked.push(`${method} ${url}`);
      this.onAsked();
      const [, name] = /^\/v2\/endpoints\/([^/?]+)$/.exec(url) ?? [];
      const known = name !== undefined && this.registered.has(decodeURIComponent(name));
      const status = headers.authorization !== `Bearer ${key}` ? 401 : (this.scripted.shift() ?? (known ? 200 : 404));
      response.writeHead(status, { 'content-type': this.isPage ? 'text/html' : 'application/json' });
      response.end(status === 200 ? '[{"uri":"/3200/0/5501","rt":"Button","obs":true,"type":""}]' : '');
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
