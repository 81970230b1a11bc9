/**
 * Counts what a batch says of one endpoint: read the state, fold, write state and hours under the condition that the state is still
 * the one that was read.
 *
 *   refused   somebody was quicker: read again, fold again from there; unless a try before was written after all
 *   busy      wait, write the same again
 *   unknown   read again; if what is there is what was to be written, it was written
 */
import type { EndpointEvents } from '../../../ingest/events.ts';
import { foldAll } from '../../../ingest/fold-all.ts';
import { inParallel } from '../../../ingest/in-parallel.ts';
import { stateText } from '../../../ingest/state-text.ts';
import type { Applied } from '../../../ingest/store.ts';
import { failureOf } from './failure.ts';
import { firstHolder, type Holder, type Hours, holderOf } from './holder.ts';
import { hourRow, keyOf, STATE_ROW } from './keys.ts';
import type { Marks } from './marks.ts';
import { actionsOf, hourAt, type Plan, planChange, planDue, totalsAfter } from './plan.ts';
import { PARALLEL, type Patience, persist } from './requests.ts';
import type { Table } from './table.ts';

export interface Counted extends Applied {
  /** What holds the endpoint's state now. */
  readonly holder: Holder;
}

export interface CounterDeps {
  readonly table: Table;
  readonly marks: Marks;
}

/** Totals that a holder keeps: of the newest hours. */
const MOST_TOTALS = 4;

/** Counts `events`, all of one endpoint, in their order, beginning with what is known of it. */
export async function countEndpoint(
  deps: CounterDeps,
  events: readonly EndpointEvents[],
  known: Holder | undefined,
  patience: Patience,
): Promise<Counted> {
  const endpoint = events[0]?.endpoint ?? '';
  let holder = known ?? (await findHolder(deps.table, endpoint, patience));
  /** What the events did, once they are written: then only what is due is left to do. */
  let applied: Applied | undefined;
  for (;;) {
    const isDue = holder.due.size > 0;
    const change = foldAll(holder.state, isDue || applied !== undefined ? [] : events);
    const plan = isDue ? planDue(holder) : planChange(holder, change);
    const did = { presses: change.presses, stale: change.stale };
    if (plan === undefined || (applied !== undefined && !isDue)) return { ...did, ...applied, holder };
    const written = await write(deps, plan, holder, patience);
    if (written === undefined) holder = await findHolder(deps.table, endpoint, patience);
    else {
      holder = written;
      if (!isDue) applied = did;
    }
  }
}

/** What holds an endpoint's state; one that is to be made if there is none. */
export async function findHolder(table: Table, endpoint: string, patience: Patience): Promise<Holder> {
  const entity = await persist(() => table.get(keyOf(endpoint), STATE_ROW), patience);
  return entity === undefined ? firstHolder(endpoint) : holderOf(entity);
}

/** What holds the state then; undefined: something else is there. */
async function write(
  { table, marks }: CounterDeps,
  plan: Plan,
  holder: Holder,
  patience: Patience,
): Promise<Holder | undefined> {
  const { endpoint } = holder.state;
  const totals = await totalsOf(table, holder, plan.added, patience);
  // Before the count: no hour ever changed without a mark.
  await marks.mark(endpoint, [...plan.added.keys()].map(hourAt), patience);
  const actions = actionsOf(plan, holder, totals);
  const after = (etag: string | undefined): Holder => {
    const known = new Map([...holder.totals, ...totalsAfter(plan.added, totals)]);
    const newest = [...known].sort(([a], [b]) => b - a).slice(0, MOST_TOTALS);
    return { etag, state: plan.state, due: plan.due, totals: new Map(newest) };
  };
  /** A try before this one may have been written, whatever was answered. */
  let mayBeThere = false;
  for (;;) {
    patience.check();
    try {
      const [etag] = await table.transact(actions);
      return after(etag);
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'hopeless') throw failure.error;
      if (failure.kind === 'refused' && !mayBeThere) return undefined;
      if (failure.kind !== 'refused') {
        mayBeThere = true;
        await patience.wait(error);
      }
      if (failure.kind === 'busy') continue;
      const present = await findHolder(table, endpoint, patience);
      if (isSame(present, plan)) return { ...after(present.etag), totals: new Map() };
      if (failure.kind === 'refused' || present.etag !== holder.etag) return undefined;
    }
  }
}

/** Ours, or a copy of the same body that another process was quicker with: the count is the same. */
function isSame(present: Holder, { state, due }: Plan): boolean {
  return present.etag !== undefined && stateText(present.state) === stateText(state) && present.due.size === due.size;
}

/** Read after the state: if they changed since, so did its ETag. */
async function totalsOf(table: Table, holder: Holder, hours: Hours, patience: Patience): Promise<Hours> {
  const totals = new Map<number, number>();
  if (holder.etag === undefined) return totals;
  await inParallel(hours.keys(), PARALLEL, async (at) => {
    const known = holder.totals.get(at);
    if (known !== undefined) totals.set(at, known);
    else {
      const entity = await persist(() => table.get(keyOf(holder.state.endpoint), hourRow(hourAt(at))), patience);
      totals.set(at, Number(entity?.Count ?? 0));
    }
  });
  return totals;
}
