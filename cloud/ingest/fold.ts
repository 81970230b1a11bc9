/**
 * How everything one body says of an endpoint becomes one change: the new state, and the presses by hour. Pure.
 *
 * The body that was last applied to the endpoint, arriving once more, is a redelivery and changes nothing but the count
 * of stale values. The caller writes state and hours in one atomic write.
 */
import { HOUR_MS } from '../protocol/hour.ts';
import { advance } from './advance.ts';
import type { EndpointEvents } from './events.ts';
import type { EndpointState } from './state.ts';

export interface Change {
  readonly state: EndpointState;
  /** Presses to add, by hour, in hours since 1970. Empty if there are none. */
  readonly hours: ReadonlyMap<number, number>;
  readonly presses: number;
  readonly stale: number;
}

/** Applies one body's events of one endpoint to its state. */
export function fold(state: EndpointState, { body, receivedAt, events }: EndpointEvents): Change {
  if (state.body === body) return redelivered(state, events.filter((event) => event.kind === 'value').length);
  const hours = new Map<number, number>();
  let [next, presses]: [EndpointState, number] = [state, 0];
  for (const event of events) {
    const [after, added] = advance(next, event);
    next = after;
    if (added === 0) continue;
    presses += added;
    const hour = Math.floor(((event.kind === 'value' ? event.timestamp : undefined) ?? receivedAt) / HOUR_MS);
    hours.set(hour, (hours.get(hour) ?? 0) + added);
  }
  const rebootNext = next.rebootNext || next.reboots > 0;
  return { state: { ...next, rebootNext, reboots: 0, body }, hours, presses, stale: next.stale - state.stale };
}

function redelivered(state: EndpointState, values: number): Change {
  return { state: { ...state, stale: state.stale + values }, hours: new Map(), presses: 0, stale: values };
}
