/**
 * The webhook as a Lambda function, behind API Gateway or a function URL.
 *
 *   PUT   200 {} once the store has the body; 401 without the demanded header; 503 when it should be sent again
 *   GET   says that it is there
 *   else  405
 *
 * Like the receiver of the local platform (cloud/ingest/webhook.ts), and for the same reason, it never answers content
 * with another 4xx. Wiring (clients, environment) is in webhook.main.ts.
 */
import { type DemandedHeader, hasHeader } from '../../../ingest/demanded-header.ts';
import type { Store } from '../../../ingest/store.ts';
import { take } from '../../../ingest/take.ts';
import { StoreError } from '../../../protocol/errors.ts';
import type { Deadline, RemainingTime } from './deadline.ts';
import { type HttpRequest, requestOf } from './http-event.ts';
import { type HandlerLog, loggable } from './log.ts';
import type { Ending, Tally } from './tally.ts';

export interface WebhookDeps {
  readonly store: Pick<Store, 'apply' | 'setAside'>;
  /** The header a sender must have set, if one is demanded. */
  readonly header?: DemandedHeader;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The one that the store was given. */
  readonly deadline: Deadline;
  readonly log: HandlerLog;
  readonly tally: Tally;
}

/** As API Gateway and function URLs want it. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type WebhookHandler = (event: unknown, context: RemainingTime) => Promise<HttpAnswer>;

/** A handler that answers whatever it is handed, and never throws. */
export function webhookHandler(deps: WebhookDeps): WebhookHandler {
  const { deadline, now, log, tally } = deps;
  return async (event, context) => {
    try {
      const receivedAt = now();
      deadline.begin(receivedAt, context);
      const request = requestOf(event);
      if (request !== undefined) return await answerTo(request, receivedAt, deps);
      log.error('an event came that is no HTTP request of API Gateway or a function URL');
      return ended(tally, 'messagesRefused', 500, { error: 'EVENT', message: 'this is no HTTP request' });
    } catch (error) {
      if (error instanceof StoreError) {
        log.error(error.message, { code: error.code, fix: error.fix });
        const ending = error.code === 'ASIDE_FULL' ? 'messagesAsideFull' : 'messagesStoreDown';
        const message = 'the store could not take it; send it again';
        return ended(tally, ending, 503, { error: error.code, message }, { 'retry-after': '1' });
      }
      log.error('a request failed', loggable(error));
      return ended(tally, 'messagesFailed', 500, { error: 'INTERNAL', message: 'the request failed; see the log' });
    } finally {
      tally.publish();
    }
  };
}

async function answerTo(request: HttpRequest, receivedAt: number, deps: WebhookDeps): Promise<HttpAnswer> {
  const { store, header, log, tally } = deps;
  if (request.method === 'GET') {
    return answer(200, { webhook: 'mbed-time-series', method: 'PUT', body: 'NotificationMessage (JSON)' });
  }
  if (request.method !== 'PUT') {
    return answer(405, { error: 'METHOD', message: 'notifications are sent by PUT' }, { allow: 'PUT, GET' });
  }
  if (header !== undefined && !hasHeader(request.headers, header)) {
    const message = 'the header that this webhook demands is missing or wrong';
    return ended(tally, 'messagesUnauthorized', 401, { error: 'UNAUTHORIZED', message });
  }
  const { aside } = await take(request.body, receivedAt, { store, metrics: tally });
  const [first] = aside;
  if (first !== undefined) log.warn('set aside', { items: aside.length, key: first.key, reason: first.reason });
  return ended(tally, 'messagesTaken', 200, {});
}

function ended(tally: Tally, ending: Ending, ...rest: Parameters<typeof answer>): HttpAnswer {
  tally.add(ending, 1);
  return answer(...rest);
}

function answer(statusCode: number, body: object, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { statusCode, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
