/**
 * The document that holds an endpoint's state. The time of its last update is the condition of every write of the endpoint: who has
 * read an older one writes nothing.
 *
 * `due` are presses of hours that did not fit into the state's own commit: whoever meets them writes them first.
 */
import type { DocumentData, DocumentSnapshot, Timestamp } from '@google-cloud/firestore';
import { type EndpointState, newState } from '../../../ingest/state.ts';
import { stateFrom, stateText } from '../../../ingest/state-text.ts';
import { StoreError } from '../../../protocol/errors.ts';

/** Presses, by hours since 1970. */
export type Hours = ReadonlyMap<number, number>;

export interface Holder {
  /** Undefined: there is no document yet. */
  readonly updated: Timestamp | undefined;
  readonly state: EndpointState;
  readonly due: Hours;
}

/** StoreError STORE_SCHEMA if nobody of ours could have written it. */
export function holderOf(endpoint: string, snapshot: DocumentSnapshot): Holder {
  const data = snapshot.data();
  if (data === undefined) return { updated: undefined, state: newState(endpoint), due: new Map() };
  try {
    const state = stateFrom(endpoint, String(data.state));
    const due = new Map<number, number>(JSON.parse(String(data.due ?? '[]')) as [number, number][]);
    return { updated: snapshot.updateTime, state, due };
  } catch (error) {
    throw new StoreError(
      'STORE_SCHEMA',
      `the state in ${snapshot.ref.path} is not what this program writes`,
      'Restore the document from a backup: without its state presses would be counted twice or not at all.',
      { cause: error },
    );
  }
}

export function documentOf(state: EndpointState, due: Hours): DocumentData {
  const dueSum = due.values().reduce((sum, presses) => sum + presses, 0);
  const rest = due.size === 0 ? {} : { due: JSON.stringify([...due]) };
  return { name: state.endpoint, state: stateText(state), stale: state.stale, dueSum, ...rest };
}
