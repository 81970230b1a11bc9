/**
 * PUTs to one webhook, over connections of its own that are kept.
 *
 *   body ─► one exchange, within the timeout ─► answer whole: its status │ else why not
 *
 * Only node:http(s): redirects are not followed. A kept connection that its server closed at that very moment is no failure
 * of the webhook: the same is sent once more on another.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { World } from '../../../protocol/coap/world.ts';
import type { Answer } from './answer.ts';
import { NotPublicError, namesSpecialAddress, publicLookup } from './public-address.ts';
import type { Webhook } from './webhook.ts';

export interface ClientOptions {
  readonly webhook: Pick<Webhook, 'url' | 'headers'>;
  readonly timeoutMs: number;
  readonly publicOnly: boolean;
  readonly world: Pick<World, 'after'>;
  /** Authorities that https: receivers are trusted by, PEM; the system's where not given. */
  readonly ca?: string;
  /** Resolves names; the system's where not given. */
  readonly lookup?: LookupFunction;
}

export interface WebhookClient {
  /** `cut`: the connection is cut when the answer arrives, a fault to play. */
  put(body: Uint8Array, how?: { readonly cut: boolean }): Promise<Answer>;
  /** Ends all connections, and what is under way on them. */
  close(): void;
}

/** An answer's own body is of no interest; what is longer than this is not waited for. */
const MOST_ANSWER_BYTES = 64 * 1024;

/** `webhook.url` is `http:` or `https:`. */
export function webhookClient(options: ClientOptions): WebhookClient {
  const { webhook, timeoutMs, publicOnly, world, ca } = options;
  const target = new URL(webhook.url);
  const lookup = publicOnly ? publicLookup(options.lookup) : options.lookup;
  const kept = {
    keepAlive: true,
    ...(lookup === undefined ? {} : { lookup }),
    ...(ca === undefined ? {} : { ca }),
  };
  const [agent, request] =
    target.protocol === 'https:' ? [new HttpsAgent(kept), httpsRequest] : [new HttpAgent(kept), httpRequest];
  let isClosed = false;

  const exchange = (body: Uint8Array, cut: boolean, signal: AbortSignal): Promise<Exchanged> => {
    const { promise, resolve } = Promise.withResolvers<Exchanged>();
    const outgoing = request(target, {
      agent,
      method: 'PUT',
      signal,
      headers: { 'content-type': 'application/json', ...webhook.headers, 'content-length': body.byteLength },
    });
    const done = (answer: Answer): void => {
      resolve({ answer, stale: false });
      // Answered before it was read: nobody waits for the rest to be sent.
      if (!outgoing.writableFinished) outgoing.destroy();
    };
    const fail = (error: Error): void => {
      const stale = outgoing.reusedSocket && !signal.aborted;
      resolve({ answer: signal.aborted && !isClosed ? { kind: 'timeout' } : answerOf(error), stale });
    };
    outgoing.once('response', (response) => {
      response.on('error', (error) => {
        resolve({ answer: signal.aborted && !isClosed ? { kind: 'timeout' } : answerOf(error), stale: false });
      });
      if (cut) {
        done({ kind: 'cut' });
        outgoing.destroy();
      } else readToEnd(response, done);
    });
    outgoing.on('error', fail);
    outgoing.once('close', () => fail(new Error('the connection was closed')));
    outgoing.end(body);
    return promise;
  };

  return {
    async put(body, { cut } = { cut: false }) {
      if (publicOnly && namesSpecialAddress(target)) return { kind: 'not-public' };
      if (isClosed) return { kind: 'unreachable', reason: 'given up' };
      const limit = new AbortController();
      const timer = world.after(timeoutMs, () => limit.abort());
      try {
        // Ends, because each one that is stale is a kept connection fewer.
        for (;;) {
          const { answer, stale } = await exchange(body, cut, limit.signal);
          if (!stale || isClosed) return answer;
        }
      } finally {
        timer.cancel();
      }
    },
    close() {
      isClosed = true;
      agent.destroy();
    },
  };
}

interface Exchanged {
  readonly answer: Answer;
  /** It failed on a kept connection, before any of an answer was there. */
  readonly stale: boolean;
}

/** The status counts once the answer is whole, or is longer than anybody would read. */
function readToEnd(response: IncomingMessage, done: (answer: Answer) => void): void {
  const answer: Answer = { kind: 'status', status: response.statusCode ?? 0 };
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MOST_ANSWER_BYTES) return;
    done(answer);
    response.destroy();
  });
  response.once('end', () => done(answer));
}

/** Errors of several addresses tried at once have no message of their own. */
function answerOf(error: Error & { code?: unknown }): Answer {
  if (error instanceof NotPublicError) return { kind: 'not-public' };
  return { kind: 'unreachable', reason: typeof error.code === 'string' ? error.code : error.message };
}
