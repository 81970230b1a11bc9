/**
 * The webhook as an HTTP function. Azure has demanded a function key before it comes here, of every method.
 *
 *   PUT   200 {} once the store has the body; 401 without the demanded header; 413; 503 when it should be sent again
 *   GET   says that it is there
 *   else  405
 *
 * Like the receiver of the local platform (cloud/ingest/webhook.ts), and for the same reason, it never answers content
 * with another 4xx. Wiring (clients, environment) is in functions.main.ts.
 */
import type { HttpHandler, HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import type { Deadline } from '../../../ingest/deadline.ts';
import { type DemandedHeader, hasHeader } from '../../../ingest/demanded-header.ts';
import { type TakeDeps, take } from '../../../ingest/take.ts';
import { StoreError } from '../../../protocol/errors.ts';
import { bodyOf } from './body.ts';
import { loggable } from './log.ts';

export interface WebhookDeps {
  readonly store: TakeDeps['store'];
  /** The header a sender must have set beside the key, if one is demanded. */
  readonly header?: DemandedHeader;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The one that the store was given. */
  readonly deadline: Deadline;
}

/**
 * Bytes: above any body, of which a sender's whole queue is 50 MB. Azure itself refuses more than 100 MB.
 * https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger#limits
 */
export const BODY_LIMIT = 64 * 1024 ** 2;
/** Milliseconds of an invocation in which writes may begin; whoever sends gives up at 20 s. */
const WRITING_MS = 15_000;
/** Asked for, so that Azure hands over what it would otherwise answer itself, with 404. */
export const METHODS = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

/** A handler that answers whatever it is handed, and never throws. */
export function webhookHandler(deps: WebhookDeps): HttpHandler {
  const { deadline, now } = deps;
  return async (request, context) => {
    const receivedAt = now();
    try {
      return await deadline.within(receivedAt + WRITING_MS, () => answerTo(request, receivedAt, deps, context));
    } catch (error) {
      if (error instanceof StoreError) {
        const { message, code, fix } = error;
        context.error(message, { code, fix });
        const said = 'the store could not take it; send it again';
        return answer(503, { error: code, message: said }, { 'retry-after': '1' });
      }
      context.error('a request failed', loggable(error));
      return answer(500, { error: 'INTERNAL', message: 'the request failed; see the log' });
    }
  };
}

async function answerTo(
  request: HttpRequest,
  receivedAt: number,
  { store, header }: WebhookDeps,
  context: InvocationContext,
): Promise<HttpResponseInit> {
  if (request.method === 'GET') {
    return answer(200, { webhook: 'mbed-time-series', method: 'PUT', body: 'NotificationMessage (JSON)' });
  }
  if (request.method !== 'PUT') {
    return answer(405, { error: 'METHOD', message: 'notifications are sent by PUT' }, { allow: 'PUT, GET' });
  }
  if (header !== undefined && !hasHeader(Object.fromEntries(request.headers), header)) {
    const message = 'the header that this webhook demands is missing or wrong';
    return answer(401, { error: 'UNAUTHORIZED', message });
  }
  const body = await bodyOf(request, BODY_LIMIT);
  if (body === undefined) {
    return answer(413, { error: 'TOO_LARGE', message: `a body has at most ${BODY_LIMIT} bytes` });
  }
  const { presses, stale, aside } = await take(body, receivedAt, { store });
  const [first] = aside;
  if (first !== undefined) context.warn('set aside', { items: aside.length, key: first.key, reason: first.reason });
  context.debug('taken', { bytes: body.length, presses, stale });
  return answer(200, {});
}

function answer(status: number, body: object, headers: Readonly<Record<string, string>> = {}): HttpResponseInit {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
