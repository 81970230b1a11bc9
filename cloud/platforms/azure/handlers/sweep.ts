/**
 * The sweep as a timer function: each minute it tells Azure Monitor the hours that changed.
 *
 * It runs once at a time, however many instances there are: Azure's timer takes a lease on a blob first. What is not done in its
 * time is done a minute later. Wiring (clients, environment) is in functions.main.ts.
 */
import type { InvocationContext, TimerHandler } from '@azure/functions';
import type { Deadline } from '../../../ingest/deadline.ts';
import type { Outbox } from '../../../ingest/outbox.ts';
import type { RefusedCount, Sink } from '../../../ingest/sink.ts';
import { type Swept, sweep } from '../../../ingest/sweep.ts';

export interface SweepDeps {
  readonly outbox: Pick<Outbox, 'pending' | 'confirm'>;
  readonly sink: Pick<Sink, 'put' | 'trouble'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The one that store and sink were given. */
  readonly deadline: Deadline;
  /** Told what came of each sweep. */
  readonly onSwept?: (swept: Swept) => void;
}

/** At second 0 of each minute. https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions */
export const SCHEDULE = '0 * * * * *';
/** Milliseconds in which requests may begin, and in which another batch may. */
const [WORKING_MS, BATCHES_MS] = [45_000, 30_000];
/** Hours told at once: what is remembered of them first is a write each. */
const BATCH = 2_000;
/** Boards whose refusal is said by name; what is refused of more is only counted. */
const MOST_NAMED = 1_000;

/** A handler that rejects where the store is down, so that Azure says that it failed; a sink that is down is only logged. */
export function sweepHandler({ outbox, sink, now, deadline, onSwept }: SweepDeps): TimerHandler {
  const named = new Set<string>();
  return async (_timer, context) => {
    const began = now();
    const goesOn = (): boolean => now() - began < BATCHES_MS;
    const swept = await deadline.within(began + WORKING_MS, () => sweep(outbox, sink, { batch: BATCH, goesOn }));
    const { told, refused, failed } = swept;
    if (failed > 0) context.error('counts wait for Azure Monitor', { hours: failed, why: sink.trouble?.() });
    sayRefused(refused, named, context);
    if (told > 0) context.info('told', { hours: told });
    onSwept?.(swept);
  };
}

function sayRefused(refused: readonly RefusedCount[], named: Set<string>, context: InvocationContext): void {
  if (refused.length > 0) context.warn('Azure Monitor refuses counts; the store has them', { hours: refused.length });
  for (const { count, reason } of refused) {
    const { endpoint, hour } = count;
    if (named.has(endpoint) || named.size >= MOST_NAMED) continue;
    named.add(endpoint);
    context.warn('refused', { endpoint, hour, reason });
  }
}
