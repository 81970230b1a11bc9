/** Somebody with a key of his own, and so with a channel and subscriptions of his own. */
import type { AsyncResponse } from '../../../../cloud/protocol/notification/message.ts';
import type { Served } from './served.ts';

export interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
  readonly headers: Headers;
}

interface Message {
  readonly notifications?: readonly { readonly ep: string; readonly path: string; readonly payload: string }[];
  readonly 'async-responses'?: readonly (Omit<AsyncResponse, 'maxAge'> & { readonly 'max-age'?: number })[];
}

let many = 0;

export class User {
  readonly key: string;
  readonly id: string;
  /** Messages that were pulled, in order. */
  readonly pulled: Message[] = [];
  readonly #served: Served;

  constructor(served: Served) {
    this.#served = served;
    ({ id: this.id, text: this.key } = served.connector.keys.add({ name: `user-${++many}` }));
  }

  /** `GET /v2/endpoints`, with a body and headers. */
  async ask(line: string, body?: string, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Answer> {
    const [method, path] = line.split(' ') as [string, string];
    const response = await fetch(`${this.#served.host}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, ...headers },
      // As ARM's clients do, who name no content type: fetch names one for a text.
      ...(body === undefined ? {} : { body: new TextEncoder().encode(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await response.text();
    return { status: response.status, type: response.headers.get('content-type'), text, headers: response.headers };
  }

  /** Makes a long poll the key's channel. */
  async poll(): Promise<this> {
    await this.ask('GET /v2/notification/pull?noWait=true');
    return this;
  }

  /** Pulls until a message has it. */
  async pull<T>(find: (message: Message) => T | undefined): Promise<T> {
    for (;;) {
      const { status, text } = await this.ask('GET /v2/notification/pull');
      if (status !== 200 && status !== 204) throw new Error(`the long poll says ${status}: ${text}`);
      const message: Message = status === 200 ? JSON.parse(text) : {};
      this.pulled.push(message);
      const found = find(message);
      if (found !== undefined) return found;
    }
  }

  /** Asks, and resolves to the async-response, its payload as text. */
  async answered(line: string, body?: string, headers: Record<string, string> = {}) {
    const { status, text } = await this.ask(line, body, headers);
    if (status !== 202) throw new Error(`${line} is answered ${status}: ${text}`);
    const id: string = JSON.parse(text)['async-response-id'];
    const told = await this.pull((message) => message['async-responses']?.find((one) => one.id === id));
    return { ...told, ...(told.payload === undefined ? {} : { payload: atob(told.payload) }) };
  }
}

/** Why something was refused, as either service says it. */
export function reasonOf({ status, type, text }: Answer): string {
  if (type === 'text/plain; charset=utf-8') return text;
  const { object, code, message, request_id } = JSON.parse(text);
  if (object !== 'error' || code !== status || typeof request_id !== 'string')
    throw new Error(`not a refusal: ${text}`);
  return message;
}
