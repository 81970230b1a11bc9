/**
 * What is to be written for one change of an endpoint, and what its holder is then. Pure.
 *
 * The state and the hours are one transaction, of 100 operations at most: presses of further hours are `due`, kept with the state
 * until they are written.
 */
import type { TransactionAction } from '@azure/data-tables';
import type { Change } from '../../../ingest/fold.ts';
import type { EndpointState } from '../../../ingest/state.ts';
import { stateText } from '../../../ingest/state-text.ts';
import { HOUR_MS, hourOf } from '../../../protocol/hour.ts';
import { entityOf, type Holder, type Hours } from './holder.ts';
import { hourRow, keyOf } from './keys.ts';
import { MOST_ACTIONS } from './table.ts';

/** Beside the state. */
const MOST_HOURS = MOST_ACTIONS - 1;

export interface Plan {
  readonly state: EndpointState;
  /** Presses that are added now, by hours since 1970. */
  readonly added: Hours;
  /** Presses that stay due. */
  readonly due: Hours;
}

/** How `change` of the holder's state is written; undefined: nothing changed. What was due before must be written by now. */
export function planChange(holder: Holder, { state, hours }: Pick<Change, 'state' | 'hours'>): Plan | undefined {
  if (hours.size === 0 && holder.etag !== undefined && stateText(state) === stateText(holder.state)) return undefined;
  return { state, ...split(hours) };
}

/** Writes hours that are due, as many as fit. */
export function planDue({ state, due }: Holder): Plan {
  return { state, ...split(due) };
}

/** One transaction, given the totals that the hours have now; the first is under the condition that the state is the holder's. */
export function actionsOf({ state, added, due }: Plan, { etag }: Holder, totals: Hours): TransactionAction[] {
  const entity = entityOf(state, due);
  const partitionKey = keyOf(state.endpoint);
  const hours = [...totalsAfter(added, totals)].map(
    ([at, total]): TransactionAction => [
      'upsert',
      { partitionKey, rowKey: hourRow(hourAt(at)), Count: BigInt(total) },
      'Replace',
    ],
  );
  return [etag === undefined ? ['create', entity] : ['update', entity, 'Replace', { etag }], ...hours];
}

/** The totals of the hours that are added to. */
export function totalsAfter(added: Hours, totals: Hours): Map<number, number> {
  return new Map([...added].map(([at, presses]) => [at, (totals.get(at) ?? 0) + presses]));
}

export function hourAt(at: number): string {
  return hourOf(at * HOUR_MS);
}

function split(hours: Hours): { added: Hours; due: Hours } {
  const all = [...hours];
  return { added: new Map(all.slice(0, MOST_HOURS)), due: new Map(all.slice(MOST_HOURS)) };
}
