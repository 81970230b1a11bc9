/** What the functions need of the Functions Framework's requests and answers, which are Express's. */
import type { IncomingHttpHeaders } from 'node:http';

export interface FunctionRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** The body's bytes; undefined without a body. */
  readonly rawBody?: Uint8Array | undefined;
}

export interface FunctionResponse {
  writeHead(status: number, headers: Readonly<Record<string, string>>): unknown;
  end(body: string): unknown;
}

export type HttpFunction = (request: FunctionRequest, response: FunctionResponse) => Promise<void>;

export interface Answer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export function send(response: FunctionResponse, { status, body, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
