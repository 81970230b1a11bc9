/**
 * One PUT to the webhook: what came back, as data. Nothing that a server or a network does is an exception here.
 *
 * Only node:http(s): it does not follow redirects, as the service did not, and lets the connection be cut at a chosen moment.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { UsageError } from '../../../cloud/protocol/errors.ts';

export type Answer =
  | { readonly kind: 'status'; readonly status: number }
  /** No whole answer in time. */
  | { readonly kind: 'timeout' }
  /** The client cut the connection when the answer arrived: whoever sent it has done its work. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'unreachable'; readonly reason: string };

export interface PutOptions {
  /** `http:` or `https:`. */
  readonly url: string;
  /** Sent with every request, never logged. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds for the whole exchange. */
  readonly timeoutMs: number;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

export interface WebhookClient {
  put(body: Uint8Array, how?: { readonly cut: boolean }): Promise<Answer>;
  /** Ends the connections that are kept. */
  close(): void;
}

/** A client with connections of its own. UsageError if the URL is none that it could put to. */
export function webhookClient({ url, headers, timeoutMs, signal }: PutOptions): WebhookClient {
  const target = URL.canParse(url) ? new URL(url) : undefined;
  if (target?.protocol !== 'http:' && target?.protocol !== 'https:') {
    const told = target === undefined ? 'that' : `${target.protocol}//${target.host}${target.pathname}`;
    throw new UsageError(`${told} is no webhook address`, 'Write it like http://127.0.0.1:8080/webhook.');
  }
  const secure = target.protocol === 'https:';
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const send = secure ? httpsRequest : httpRequest;

  const put: WebhookClient['put'] = (body, how) => {
    // One signal a request: listeners on the run's own would pile up.
    const limit = new AbortController();
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      limit.abort();
    }, timeoutMs);
    const giveUp = (): void => limit.abort();
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();

    const { promise, resolve } = Promise.withResolvers<Answer>();
    const fail = (error: Error): void =>
      resolve(timedOut ? { kind: 'timeout' } : { kind: 'unreachable', reason: reasonOf(error) });
    const outgoing = send(target, {
      agent,
      method: 'PUT',
      signal: limit.signal,
      headers: { ...headers, 'content-type': 'application/json', 'content-length': body.byteLength },
    });
    outgoing.once('response', (response) => {
      if (how?.cut === true) {
        resolve({ kind: 'cut' });
        outgoing.destroy();
      } else readToEnd(response, resolve, fail);
    });
    outgoing.on('error', fail);
    outgoing.end(body);
    return promise.finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    });
  };
  return { put, close: () => agent.destroy() };
}

/** The status counts once the answer is whole; what it says otherwise is of no interest. */
function readToEnd(response: IncomingMessage, resolve: (answer: Answer) => void, fail: (error: Error) => void): void {
  response.once('end', () => resolve({ kind: 'status', status: response.statusCode ?? 0 }));
  response.on('error', fail);
  response.resume();
}

/** Only 200 and 204 are success. */
export function isAcknowledged(answer: Answer): boolean {
  return answer.kind === 'status' && (answer.status === 200 || answer.status === 204);
}

/** What came back, for people; holds nothing that was sent. */
export function describeAnswer(answer: Answer): string {
  switch (answer.kind) {
    case 'status':
      return `answered ${answer.status}`;
    case 'timeout':
      return 'did not answer in time';
    case 'cut':
      return 'answered, and the connection was cut';
    case 'unreachable':
      return `could not be reached (${answer.reason})`;
  }
}

/** Errors of several addresses tried at once have no message of their own. */
function reasonOf(error: Error & { code?: unknown }): string {
  return typeof error.code === 'string' ? error.code : error.message;
}
