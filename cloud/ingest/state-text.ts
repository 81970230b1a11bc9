/** An endpoint's state as text for a store: what has its initial value is left out, for most of it has. */
import { type EndpointState, newState } from './state.ts';

/** All but the name, which every store keeps as its key. */
type Held = Partial<Omit<EndpointState, 'endpoint'>>;

/** JSON, in one order: equal states have equal texts. A store with a place of its own for `stale` gives 0 for it. */
export function stateText(state: EndpointState, stale: number = state.stale): string {
  const { boots, reboots, rebootNext, registered, lastAt, uids, body } = state;
  const held: { -readonly [Key in keyof Held]: Held[Key] } = {};
  if (boots.length > 0) held.boots = boots;
  if (reboots !== 0) held.reboots = reboots;
  if (rebootNext) held.rebootNext = rebootNext;
  if (registered) held.registered = registered;
  if (lastAt !== null) held.lastAt = lastAt;
  if (uids.length > 0) held.uids = uids;
  if (body !== null) held.body = body;
  if (stale !== 0) held.stale = stale;
  return JSON.stringify(held);
}

/** The state of `endpoint` that `stateText` wrote; SyntaxError if the text is no JSON. */
export function stateFrom(endpoint: string, text: string): EndpointState {
  return Object.assign(newState(endpoint), JSON.parse(text) as Held);
}
