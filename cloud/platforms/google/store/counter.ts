/**
 * Counts what a batch says of one endpoint: read the state, fold, commit state and hours at once under the condition that the state is
 * still the one that was read. Hours are incremented by Firestore itself: they need no reading.
 *
 *   refused   somebody was quicker: read again, fold again from there
 *   busy      wait, commit the same again
 *   unknown   read again; if what is there is what was to be written, it was written
 */
import { FieldValue, type WriteBatch } from '@google-cloud/firestore';
import type { EndpointEvents } from '../../../ingest/events.ts';
import { foldAll } from '../../../ingest/fold-all.ts';
import type { EndpointState } from '../../../ingest/state.ts';
import { stateText } from '../../../ingest/state-text.ts';
import type { Applied } from '../../../ingest/store.ts';
import { HOUR_MS, hourOf } from '../../../protocol/hour.ts';
import type { Documents } from './documents.ts';
import { failureOf } from './failure.ts';
import { documentOf, type Holder, type Hours, holderOf } from './holder.ts';
import { type Patience, persist } from './requests.ts';

export interface Counted extends Applied {
  /** What holds the endpoint's state now. */
  readonly holder: Holder;
}

/** One commit of an endpoint. */
export interface Step extends Applied {
  readonly state: EndpointState;
  /** Presses that are added now, and that stay due. */
  readonly added: Hours;
  readonly due: Hours;
}

/** Writes in a commit, whose request has 10 MiB: https://firebase.google.com/docs/firestore/quotas#writes_and_transactions */
const MOST_HOURS = 400;

/** Counts `events`, all of one endpoint, in their order, beginning with what is known of it. */
export async function countEndpoint(
  documents: Documents,
  events: readonly EndpointEvents[],
  known: Holder | undefined,
  patience: Patience,
): Promise<Counted> {
  const endpoint = events[0]?.endpoint ?? '';
  let holder = known ?? (await findHolder(documents, endpoint, patience));
  /** What the events did, once they are written: then only what is due is left to do. */
  let applied: Applied | undefined;
  for (;;) {
    const isDue = holder.due.size > 0;
    if (applied !== undefined && !isDue) return { ...applied, holder };
    const step = isDue ? dueStep(holder) : nextStep(holder, events);
    if (step === undefined) return { presses: 0, stale: 0, holder };
    const written = await write(documents, step, holder, patience);
    if (written === undefined) holder = await findHolder(documents, endpoint, patience);
    else {
      holder = written;
      if (!isDue) applied = { presses: step.presses, stale: step.stale };
    }
  }
}

/** What is to be written of `events`; undefined: nothing changed. What was due before must be written by now. */
export function nextStep(holder: Holder, events: readonly EndpointEvents[]): Step | undefined {
  const { state, hours, presses, stale } = foldAll(holder.state, events);
  if (hours.size === 0 && holder.updated !== undefined && stateText(state) === stateText(holder.state))
    return undefined;
  return { state, presses, stale, ...split(hours) };
}

/** Adds a step's writes to a batch; the first of them is under the condition that the state is the holder's. */
export function stage(batch: WriteBatch, documents: Documents, { state, added, due }: Step, { updated }: Holder): void {
  const reference = documents.endpoint(state.endpoint);
  const document = documentOf(state, due);
  if (updated === undefined) batch.create(reference, document);
  else {
    const gone = due.size === 0 ? { due: FieldValue.delete() } : {};
    batch.update(reference, { ...document, ...gone }, { lastUpdateTime: updated });
  }
  for (const [at, presses] of added) {
    const hour = hourOf(at * HOUR_MS);
    const change = {
      endpoint: state.endpoint,
      hour,
      count: FieldValue.increment(presses),
      changed: FieldValue.serverTimestamp(),
    };
    batch.set(documents.hour(state.endpoint, hour), change, { merge: true });
  }
}

/** Writes of a step. */
export function sizeOf({ added }: Step): number {
  return 1 + added.size;
}

export async function findHolder(documents: Documents, endpoint: string, patience: Patience): Promise<Holder> {
  return holderOf(endpoint, await persist(() => documents.endpoint(endpoint).get(), patience));
}

/** Ours, or a copy of the same body that another process was quicker with: the count is the same. */
export function isSame(present: Holder, { state, due }: Pick<Step, 'state' | 'due'>): boolean {
  return (
    present.updated !== undefined && stateText(present.state) === stateText(state) && present.due.size === due.size
  );
}

function dueStep({ state, due }: Holder): Step {
  return { state, presses: 0, stale: 0, ...split(due) };
}

function split(hours: Hours): { added: Hours; due: Hours } {
  const all = [...hours];
  return { added: new Map(all.slice(0, MOST_HOURS)), due: new Map(all.slice(MOST_HOURS)) };
}

/** What holds the state then; undefined: something else is there. */
async function write(
  documents: Documents,
  step: Step,
  holder: Holder,
  patience: Patience,
): Promise<Holder | undefined> {
  const { endpoint } = step.state;
  for (;;) {
    patience.check();
    try {
      const batch = documents.firestore.batch();
      stage(batch, documents, step, holder);
      const [first] = await patience.inTime(batch.commit());
      return { updated: first?.writeTime, state: step.state, due: step.due };
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'hopeless') throw failure.error;
      if (failure.kind !== 'refused') await patience.wait(error);
      if (failure.kind === 'busy') continue;
      // The library itself commits again where no answer came: then a condition refuses what was done.
      const present = await findHolder(documents, endpoint, patience);
      if (isSame(present, step)) return present;
      const isUnchanged =
        present.updated?.toMillis() === holder.updated?.toMillis() &&
        stateText(present.state) === stateText(holder.state);
      if (failure.kind === 'refused' || !isUnchanged) return undefined;
    }
  }
}
