/**
 * The entity that holds an endpoint's state. Its ETag is the condition of every write of the endpoint: who has read an older one
 * writes nothing. So hours change only together with it, and what was read of them holds as long as it does.
 *
 *   State     the state's text (cloud/ingest/state-text.ts)
 *   Due0, …   presses of hours that did not fit into the state's own transaction: whoever meets them writes them first
 */
import { type EndpointState, newState } from '../../../ingest/state.ts';
import { stateFrom, stateText } from '../../../ingest/state-text.ts';
import { StoreError } from '../../../protocol/errors.ts';
import { keyOf, STATE_ROW } from './keys.ts';
import type { Entity } from './table.ts';

/** Presses, by hours since 1970. */
export type Hours = ReadonlyMap<number, number>;

export interface Holder {
  /** Undefined: there is no entity yet. */
  readonly etag: string | undefined;
  readonly state: EndpointState;
  readonly due: Hours;
  /** Totals of hours, as far as they are known; true as long as the ETag is. */
  readonly totals: Hours;
}

/** Where the state of an endpoint begins that has none. */
export function firstHolder(endpoint: string): Holder {
  return { etag: undefined, state: newState(endpoint), due: new Map(), totals: new Map() };
}

/** A property holds 64 KiB, which are 32,768 characters. */
const MOST_TEXT = 30_000;

/** StoreError STORE_SCHEMA if nobody of ours could have written it. */
export function holderOf(entity: Entity): Holder {
  try {
    const state = stateFrom(String(entity.Name), String(entity.State));
    const due = new Map<number, number>(JSON.parse(joined(entity) || '[]') as [number, number][]);
    return { etag: entity.etag, state, due, totals: new Map() };
  } catch (error) {
    throw new StoreError(
      'STORE_SCHEMA',
      `the state of ${entity.partitionKey} is not what this program writes`,
      'Restore the entity from a backup: without its State presses would be counted twice or not at all.',
      { cause: error },
    );
  }
}

export function entityOf(state: EndpointState, due: Hours) {
  const entity: { partitionKey: string; rowKey: string; [property: string]: unknown } = {
    ...{ partitionKey: keyOf(state.endpoint), rowKey: STATE_ROW, Name: state.endpoint, State: stateText(state) },
  };
  const text = due.size === 0 ? '' : JSON.stringify([...due]);
  for (let at = 0; at < text.length; at += MOST_TEXT) entity[`Due${at / MOST_TEXT}`] = text.slice(at, at + MOST_TEXT);
  return entity;
}

function joined(entity: Entity): string {
  let text = '';
  for (let part = 0; typeof entity[`Due${part}`] === 'string'; part += 1) text += String(entity[`Due${part}`]);
  return text;
}
