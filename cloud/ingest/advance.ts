/**
 * How one event changes what is known of an endpoint, and how many presses it tells of. Pure.
 *
 * A board sends its counter, not its presses: 16 bits, cumulative, back to 0 at boot. The network delivers at least once
 * and out of order. Always d = (value - last) mod 2^16: up to 2^15 - 1 it is that many presses, else the value is old.
 *
 *   with `boot`      the boot decides alone: one last value for each of the four newest boots
 *   without `boot`   against the newest boot; each registration allows one value below `last` to be a reboot's: any
 *                    value of its own body, or the first one after that body
 *
 * What a body as a whole means (redelivery, how long a registration is remembered) is in fold.ts. What can be
 * miscounted all the same, and why nobody can know better, is the README's table.
 */
import { COUNTER_MODULUS } from '../protocol/paths.ts';
import type { CounterEvent, RegistrationEvent, ValueEvent } from './events.ts';
import type { BootValue, EndpointState } from './state.ts';

/** Boots remembered: late values of older ones add nothing. */
export const BOOTS_HELD = 4;
/** Registration ids remembered. */
export const UIDS_HELD = 4;

export type Advance = readonly [state: EndpointState, presses: number];

/** The state after `event`, and the presses that it adds. The same event again adds nothing. */
export function advance(state: EndpointState, event: CounterEvent): Advance {
  if (event.kind === 'registration') return [register(state, event), 0];
  return event.boot === undefined ? countByOrder(state, event) : countByBoot(state, event.boot, event.value);
}

function register(state: EndpointState, { uid, boot, timestamp }: RegistrationEvent): EndpointState {
  if (uid !== undefined && state.uids.includes(uid)) return state;
  // Older than a value that counted: a copy of one whose id is forgotten, or settled by that value.
  if (timestamp !== undefined && state.lastAt !== null && timestamp < state.lastAt) return state;
  const uids = uid === undefined ? state.uids : [...state.uids, uid].slice(-UIDS_HELD);
  return { ...state, uids, registered: true, reboots: state.reboots + (boot === undefined ? 1 : 0) };
}

function countByBoot(state: EndpointState, boot: number, value: number): Advance {
  const { boots } = state;
  const known = boots.findIndex((held) => held.boot === boot);
  if (known >= 0) {
    const presses = newPresses(boots[known]!.last, value);
    return presses === 0 ? stale(state) : [{ ...state, boots: boots.with(known, { boot, last: value }) }, presses];
  }
  const oldest = boots[0];
  if (oldest !== undefined && boots.length === BOOTS_HELD && !isNewer(boot, oldest)) return stale(state);
  const after = boots.findIndex((held) => !isNewer(boot, held));
  const grown = boots.toSpliced(after === -1 ? boots.length : after, 0, { boot, last: value });
  return [{ ...state, boots: grown.slice(-BOOTS_HELD) }, value];
}

function isNewer(boot: number, held: BootValue): boolean {
  return held.boot === null || boot > held.boot;
}

function countByOrder(state: EndpointState, { value, timestamp }: ValueEvent): Advance {
  const newest = state.boots.at(-1);
  if (newest === undefined) {
    const presses = state.registered ? value : Math.min(value, 1);
    return [applied(settled(state), value, timestamp), presses];
  }
  const age = timestamp === undefined || state.lastAt === null ? 1 : timestamp - state.lastAt;
  if (age < 0) return stale(state);
  // A board cannot reboot within a millisecond: at equal timestamps a value settles nothing, and a lower one is older.
  const later = age === 0 ? state : { ...state, rebootNext: false };
  if (age > 0 && value < newest.last && (state.rebootNext || state.reboots > 0)) {
    return [applied(settled(state), value, timestamp), value];
  }
  const presses = newPresses(newest.last, value);
  if (presses > 0) return [applied(later, value, timestamp), presses];
  return stale(value === newest.last ? applied(later, value, timestamp) : state);
}

/** One registration is accounted for: its reboot was seen, or it was the first ever. */
function settled(state: EndpointState): EndpointState {
  if (state.rebootNext) return { ...state, rebootNext: false };
  return { ...state, reboots: Math.max(0, state.reboots - 1) };
}

/** A value without `boot` was taken for the newest boot. */
function applied(state: EndpointState, last: number, timestamp: number | undefined): EndpointState {
  const newest = state.boots.at(-1);
  const boots = [...state.boots.slice(0, -1), { boot: newest?.boot ?? null, last }];
  const lastAt = timestamp === undefined ? state.lastAt : Math.max(timestamp, state.lastAt ?? timestamp);
  return { ...state, boots, lastAt };
}

/** Presses between two values of one boot; 0 if `value` is the same or older. */
function newPresses(last: number, value: number): number {
  const d = (value - last + COUNTER_MODULUS) % COUNTER_MODULUS;
  return d < COUNTER_MODULUS / 2 ? d : 0;
}

function stale(state: EndpointState): Advance {
  return [{ ...state, stale: state.stale + 1 }, 0];
}
