/**
 * The webhook as a Cloud Run function.
 *
 *   PUT   200 {} once the store has the body; 401 without the demanded header; 413 too large; 503 when it should be sent again
 *   GET   says that it is there
 *   else  405
 *
 * Like the receiver of the local platform (cloud/ingest/webhook.ts), and for the same reason, it never answers content
 * with another 4xx; for what the framework would answer there is any-content.ts. Wiring is in webhook.main.ts.
 */

import type { Deadline } from '../../../ingest/deadline.ts';
import { type DemandedHeader, hasHeader } from '../../../ingest/demanded-header.ts';
import type { Store } from '../../../ingest/store.ts';
import { take } from '../../../ingest/take.ts';
import { StoreError } from '../../../protocol/errors.ts';
import { type Answer, type FunctionRequest, type HttpFunction, send } from './http.ts';
import { type HandlerLog, loggable } from './log.ts';

export interface WebhookDeps {
  readonly store: Pick<Store, 'apply' | 'setAside'>;
  readonly header: DemandedHeader;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The one that the store was given. */
  readonly deadline: Deadline;
  readonly log: HandlerLog;
}

/** Cloud Run takes no larger ones by HTTP/1: https://cloud.google.com/run/quotas#request_limits */
export const BODY_LIMIT = 32 * 1024 ** 2;
/** Milliseconds in which writes may begin; whoever sends gives up at 20 s. */
const WRITING_MS = 15_000;

/** A function that answers whatever it is sent, and never rejects. */
export function webhookFunction(deps: WebhookDeps): HttpFunction {
  return async (request, response) => send(response, await answerOrError(request, deps));
}

async function answerOrError(request: FunctionRequest, deps: WebhookDeps): Promise<Answer> {
  const { now, deadline, log } = deps;
  const receivedAt = now();
  try {
    return await deadline.within(receivedAt + WRITING_MS, () => answerTo(request, receivedAt, deps));
  } catch (error) {
    if (error instanceof StoreError) {
      log('ERROR', error.message, { code: error.code, fix: error.fix });
      const message = 'the store could not take it; send it again';
      return { status: 503, body: { error: error.code, message }, headers: { 'retry-after': '1' } };
    }
    log('ERROR', 'a request failed', loggable(error));
    return { status: 500, body: { error: 'INTERNAL', message: 'the request failed; see the log' } };
  }
}

async function answerTo(request: FunctionRequest, receivedAt: number, deps: WebhookDeps): Promise<Answer> {
  const { store, header, log } = deps;
  const { method, headers, rawBody = new Uint8Array() } = request;
  if (method === 'GET') {
    return { status: 200, body: { webhook: 'mbed-time-series', method: 'PUT', body: 'NotificationMessage (JSON)' } };
  }
  if (method !== 'PUT') {
    const body = { error: 'METHOD', message: 'notifications are sent by PUT' };
    return { status: 405, body, headers: { allow: 'PUT, GET' } };
  }
  if (!hasHeader(headers, header)) {
    log('WARNING', 'a request without the demanded header was refused');
    const message = 'the header that this webhook demands is missing or wrong';
    return { status: 401, body: { error: 'UNAUTHORIZED', message } };
  }
  if (rawBody.length > BODY_LIMIT) {
    log('WARNING', 'a body was too large', { bytes: rawBody.length });
    return { status: 413, body: { error: 'TOO_LARGE', message: `a body has at most ${BODY_LIMIT} bytes` } };
  }
  const { presses, stale, aside } = await take(rawBody, receivedAt, { store });
  const [first] = aside;
  if (first !== undefined) log('WARNING', 'set aside', { items: aside.length, key: first.key, reason: first.reason });
  log('INFO', 'taken', { bytes: rawBody.length, presses, stale });
  return { status: 200, body: {} };
}
