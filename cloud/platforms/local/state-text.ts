/** An endpoint's state as the text of its row: what has its initial value is left out, for most of it has. */
import { type EndpointState, newState } from '../../ingest/state.ts';
import type { Row } from './statements.ts';

type Held = Partial<Omit<EndpointState, 'endpoint' | 'stale'>>;

export function stateText({ boots, reboots, rebootNext, registered, lastAt, uids, body }: EndpointState): string {
  const held: { -readonly [Key in keyof Held]: Held[Key] } = {};
  if (boots.length > 0) held.boots = boots;
  if (reboots !== 0) held.reboots = reboots;
  if (rebootNext) held.rebootNext = rebootNext;
  if (registered) held.registered = registered;
  if (lastAt !== null) held.lastAt = lastAt;
  if (uids.length > 0) held.uids = uids;
  if (body !== null) held.body = body;
  return JSON.stringify(held);
}

/** The state in a row of `endpoint`. */
export function stateOf({ name, state, stale }: Row): EndpointState {
  return Object.assign(newState(String(name)), JSON.parse(String(state)) as Held, { stale: Number(stale) });
}
