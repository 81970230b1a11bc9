/** Everything that a batch says of one endpoint as one change. Pure. */
import type { EndpointEvents } from './events.ts';
import { type Change, fold } from './fold.ts';
import type { EndpointState } from './state.ts';

export function foldAll(before: EndpointState, events: readonly EndpointEvents[]): Change {
  const [only] = events;
  if (events.length === 1 && only !== undefined) return fold(before, only);
  const hours = new Map<number, number>();
  let [state, presses, stale] = [before, 0, 0];
  for (const one of events) {
    const change = fold(state, one);
    state = change.state;
    presses += change.presses;
    stale += change.stale;
    for (const [hour, added] of change.hours) hours.set(hour, (hours.get(hour) ?? 0) + added);
  }
  return { state, hours, presses, stale };
}
