/**
 * Counts what a batch says of one endpoint: read the state, fold, write both under the condition that the state is still
 * the one that was read.
 *
 *   refused   somebody was quicker: the answer has the item as it is now; fold again from there
 *   busy      wait, write the same again
 *   unknown   read again; if what is there is what was to be written, it was written
 */
import type { EndpointEvents } from '../../../ingest/events.ts';
import { foldAll } from '../../../ingest/fold-all.ts';
import type { Applied } from '../../../ingest/store.ts';
import { bear } from './birth.ts';
import { failureOf } from './failure.ts';
import { findHolder, type Known } from './find.ts';
import { type Holder, holderOf } from './holder.ts';
import { type Plan, planChange, planDue } from './plan.ts';
import type { Patience } from './requests.ts';
import type { Table } from './table.ts';

export interface Counted extends Applied {
  /** What holds the endpoint's state now. */
  readonly holder: Holder;
}

/** Counts `events`, all of one endpoint, in their order, beginning with what is known of it. */
export async function countEndpoint(
  table: Table,
  events: readonly EndpointEvents[],
  known: Known,
  patience: Patience,
): Promise<Counted> {
  let holder = await find(table, events, known, patience);
  /** What the events did, once they are written: then only what is due is left to do. */
  let applied: Applied | undefined;
  for (;;) {
    const step = nextStep(holder, applied === undefined ? events : []);
    if (step.plan === undefined) return { presses: step.presses, stale: step.stale, ...applied, holder };
    const written = await write(table, step.plan, holder, patience);
    if (written === step.plan.after && !step.plan.again) applied = { presses: step.presses, stale: step.stale };
    holder = written ?? (await find(table, events, undefined, patience));
  }
}

interface Step extends Applied {
  /** undefined: there is nothing to write. */
  readonly plan: Plan | undefined;
}

function nextStep(holder: Holder, events: readonly EndpointEvents[]): Step {
  if (holder.due.size > 0) return { plan: planDue(holder), presses: 0, stale: 0 };
  const change = foldAll(holder.state, events);
  return { plan: planChange(holder, change), presses: change.presses, stale: change.stale };
}

/** `plan.after` if it was written; else the holder that is there instead, or undefined if that has to be looked for. */
async function write(table: Table, plan: Plan, holder: Holder, patience: Patience): Promise<Holder | undefined> {
  for (;;) {
    patience.check();
    try {
      await table.write(plan.updates);
      return plan.after;
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'hopeless') throw failure.error;
      if (failure.kind === 'refused') return ours(plan, holderOf(failure.item));
      await patience.wait(error);
      if (failure.kind === 'busy') continue;
      const present = await findHolder(table, holder.state.endpoint, patience);
      return ours(plan, present);
    }
  }
}

/** An earlier try of ours that was written after all, or a copy of the same body that another process was quicker with. */
function ours(plan: Plan, present: Holder | undefined): Holder | undefined {
  return present?.text === plan.after.text && present?.hour === plan.after.hour ? plan.after : present;
}

async function find(
  table: Table,
  events: readonly EndpointEvents[],
  known: Known,
  patience: Patience,
): Promise<Holder> {
  if (typeof known === 'object') return known;
  const holder = known === 'unseen' ? undefined : await findHolder(table, events[0]!.endpoint, patience);
  return holder ?? (await bear(table, events, patience));
}
