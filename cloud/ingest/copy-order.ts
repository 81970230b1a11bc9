/**
 * Which of two copies of an endpoint knows more. Pure.
 *
 * Hours only grow, and stale values as well: so of two copies of one history the later one has no hour that is smaller. Two that each
 * have something more than the other were counted apart: nobody can put them together without counting twice.
 */
import type { EndpointState } from './state.ts';
import { stateText } from './state-text.ts';
import type { EndpointCopy } from './store.ts';

/** What the first one is to the second. `apart`: neither follows from the other, as far as can be told. */
export type CopyOrder = 'same' | 'older' | 'newer' | 'apart';

export function compareCopies(one: EndpointCopy, other: EndpointCopy): CopyOrder {
  const hours = compareHours(one, other);
  if (hours !== 'same') return compareBoots(one.state, other.state) === opposite(hours) ? 'apart' : hours;
  if (stateText(one.state) === stateText(other.state)) return 'same';
  // The same presses: one of them has seen what adds none, or is half way to them.
  const signs = [
    order(one.state.stale, other.state.stale),
    compareBoots(one.state, other.state),
    ...compareLasts(one.state, other.state),
    order(one.state.lastAt ?? -1, other.state.lastAt ?? -1),
    compareUids(one.state.uids, other.state.uids),
    order(Number(one.state.registered), Number(other.state.registered)),
  ].filter((sign) => sign !== 'same');
  // Where boots are told, which body was the last decides nothing.
  const [first = (one.state.boots.at(-1)?.boot ?? null) === null ? 'apart' : 'same'] = signs;
  return signs.every((sign) => sign === first) ? first : 'apart';
}

function compareHours(one: EndpointCopy, other: EndpointCopy): CopyOrder {
  const counts = new Map(other.hours.map(({ hour, count }) => [hour, count]));
  let [isLess, isMore] = [false, false];
  for (const { hour, count } of one.hours) {
    const there = counts.get(hour) ?? 0;
    isLess ||= count < there;
    isMore ||= count > there;
    counts.delete(hour);
  }
  isLess ||= counts.size > 0;
  if (isLess && isMore) return 'apart';
  if (isLess) return 'older';
  return isMore ? 'newer' : 'same';
}

/** By the newest boot that has a time. */
function compareBoots(one: EndpointState, other: EndpointState): CopyOrder {
  const newest = ({ boots }: EndpointState): number => boots.at(-1)?.boot ?? -1;
  return order(newest(one), newest(other));
}

/** By the last value of each boot that has a time, which goes up modulo 2^16. */
function compareLasts(one: EndpointState, other: EndpointState): CopyOrder[] {
  const lasts = new Map(other.boots.map(({ boot, last }) => [boot, last]));
  return one.boots.flatMap(({ boot, last }) => {
    const there = boot === null ? undefined : lasts.get(boot);
    if (there === undefined || there === last) return [];
    return (there - last + MODULUS) % MODULUS < MODULUS / 2 ? ['older' as const] : ['newer' as const];
  });
}

const MODULUS = 65_536;

/** The newest ids of registrations, oldest first: the later list is the earlier one shifted on. */
function compareUids(one: readonly string[], other: readonly string[]): CopyOrder {
  if (one.join() === other.join()) return 'same';
  const [isOlder, isNewer] = [goesOn(one, other), goesOn(other, one)];
  if (isOlder === isNewer) return 'apart';
  return isOlder ? 'older' : 'newer';
}

/** Whether the later list begins with what the earlier one ends with: all of it, or all but the oldest. */
function goesOn(earlier: readonly string[], later: readonly string[]): boolean {
  return (
    earlier.some((_uid, at) => earlier.slice(at).every((uid, index) => later[index] === uid)) || earlier.length === 0
  );
}

function order(one: number, other: number): CopyOrder {
  if (one === other) return 'same';
  return one < other ? 'older' : 'newer';
}

function opposite(sign: CopyOrder): CopyOrder {
  if (sign === 'older') return 'newer';
  return sign === 'newer' ? 'older' : sign;
}
