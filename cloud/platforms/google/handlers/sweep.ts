/**
 * The function that Cloud Scheduler calls each minute: tells Cloud Monitoring what changed in the store.
 *
 *   POST  200 when all was told; 503 when Cloud Monitoring or the store was down, or the time was up: the next minute goes on
 *   else  405
 *
 * One instance runs, one request at a time: one at a time may write to what the sink remembers (told.ts). Who may call it
 * is for the invoker's role: it is not for everybody. Wiring is in sweep.main.ts.
 */

import type { Deadline } from '../../../ingest/deadline.ts';
import type { Outbox } from '../../../ingest/outbox.ts';
import type { Sink } from '../../../ingest/sink.ts';
import { type Swept, sweep } from '../../../ingest/sweep.ts';
import { StoreError } from '../../../protocol/errors.ts';
import { type Answer, type HttpFunction, send } from './http.ts';
import { type HandlerLog, loggable } from './log.ts';

export interface SweepDeps {
  readonly outbox: Pick<Outbox, 'pending' | 'confirm'>;
  readonly sink: Pick<Sink, 'put' | 'trouble'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The one that store and sink were given. */
  readonly deadline: Deadline;
  readonly log: HandlerLog;
}

/** Milliseconds in which requests may begin: it is called again after a minute. */
export const SWEEPING_MS = 45_000;
/** Refusals that the log has whole. */
const MOST_SAID = 20;

/** A function that never rejects; of calls at once, the later ones wait. */
export function sweepFunction(deps: SweepDeps): HttpFunction {
  let last: Promise<unknown> = Promise.resolve();
  return async (request, response) => {
    if (request.method !== 'POST') {
      const body = { error: 'METHOD', message: 'a sweep is asked for by POST' };
      return send(response, { status: 405, body, headers: { allow: 'POST' } });
    }
    const mine = last.then(() => sweepOnce(deps));
    last = mine;
    send(response, await mine);
  };
}

async function sweepOnce({ outbox, sink, now, deadline, log }: SweepDeps): Promise<Answer> {
  try {
    const goesOn = (): boolean => now() < deadline.at();
    const swept = await deadline.within(now() + SWEEPING_MS, () => sweep(outbox, sink, { goesOn }));
    say(swept, sink.trouble?.(), log);
    const { told, failed, isEmpty } = swept;
    return { status: isEmpty ? 200 : 503, body: { told, refused: swept.refused.length, failed, isEmpty } };
  } catch (error) {
    log('ERROR', 'a sweep failed; the next one goes on', loggable(error));
    if (error instanceof StoreError) return { status: 503, body: { error: error.code, message: error.message } };
    return { status: 500, body: { error: 'INTERNAL', message: 'the sweep failed; see the log' } };
  }
}

function say({ told, refused, failed, isEmpty }: Swept, why: string | undefined, log: HandlerLog): void {
  if (failed > 0) log('WARNING', 'Cloud Monitoring did not take all: the next sweep tells it again', { failed, why });
  else if (!isEmpty) log('WARNING', 'the time was up before all was told: the next sweep goes on', { told });
  for (const { count, reason } of refused.slice(0, MOST_SAID)) {
    log('WARNING', 'counted, but Cloud Monitoring does not take it', { ...count, reason });
  }
  if (told > 0) log('INFO', 'told', { told });
}
