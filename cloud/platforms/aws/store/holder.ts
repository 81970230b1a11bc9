/**
 * The item that holds an endpoint's state: its newest hour. Exactly one item of an endpoint has the attribute `EventState`,
 * and the text of it is the condition of every write: who has read an older one writes nothing.
 *
 * The text is the state's (cloud/ingest/state-text.ts) and `due`: presses of hours that did not fit into the state's own
 * transaction. Whoever meets them writes them before anything else.
 */
import { type EndpointState, newState } from '../../../ingest/state.ts';
import { stateFrom, stateText } from '../../../ingest/state-text.ts';
import { StoreError } from '../../../protocol/errors.ts';
import type { Item } from './keys.ts';

/** Presses to add, by hours since 1970. */
export type Hours = ReadonlyMap<number, number>;

export interface Holder {
  /** `YYYY-MM-DD HH:00:00`. */
  readonly hour: string;
  /** The attribute as it is in the table; undefined: no item holds a state yet, this one is to be the first. */
  readonly text: string | undefined;
  readonly state: EndpointState;
  readonly due: Hours;
}

/** Where the state of an endpoint begins that has none. */
export function firstHolder(endpoint: string, hour: string): Holder {
  return { hour, text: undefined, state: newState(endpoint), due: new Map() };
}

/** The holder that an item is, undefined if it holds no state. StoreError STORE_SCHEMA if nobody could have written it. */
export function holderOf(item: Item | undefined): Holder | undefined {
  const text = item?.EventState?.S;
  const [endpoint, hour] = [item?.Endpoint?.S, item?.EventHour?.S];
  if (text === undefined || endpoint === undefined || hour === undefined) return undefined;
  try {
    const { due = {}, ...state } = stateFrom(endpoint, text) as EndpointState & { due?: Record<string, number> };
    return { hour, text, state, due: new Map(Object.entries(due).map(([at, presses]) => [Number(at), presses])) };
  } catch (error) {
    throw new StoreError(
      'STORE_SCHEMA',
      `the EventState of ${endpoint} at ${hour} is not what this program writes`,
      'Restore the item from a backup: without its EventState presses would be counted twice or not at all.',
      { cause: error },
    );
  }
}

export function holderText(state: EndpointState, due: Hours): string {
  const text = stateText(state);
  return due.size === 0 ? text : JSON.stringify({ ...JSON.parse(text), due: Object.fromEntries(due) });
}
