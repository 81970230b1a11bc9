/** What comes in and goes out of the stand-ins: HTTP without sockets, so that a server and tests can both ask. */

export interface ServiceRequest {
  readonly method: string;
  /** Scheme, host and port that the caller addressed, such as `http://127.0.0.1:4500`: queues' URLs begin with it. */
  readonly origin: string;
  /** Path with query, as it was sent (not decoded). */
  readonly path: string;
  /** Names in lower case; a header sent twice is joined by a comma. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  /** Aborted when the caller has gone away: waiting for it makes no sense any more. */
  readonly signal?: AbortSignal;
}

export interface ServiceResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Instead of an answer: the connection is to be cut. */
export const DROPPED = Symbol('connection cut');

export type ServiceAnswer = ServiceResponse | typeof DROPPED;

/** Time and chance, handed in at the edge. */
export interface World {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves after that many milliseconds, or rejects when the signal aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<unknown>;
  /** A UUID of its own each time. */
  readonly newId: () => string;
}

const NO_BYTES = new Uint8Array();

/** An answer of text, or without a body. */
export function response(status: number, headers: Record<string, string>, body: string | Uint8Array = NO_BYTES) {
  return { status, headers, body: typeof body === 'string' ? Buffer.from(body) : body } satisfies ServiceResponse;
}
