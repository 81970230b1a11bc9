/** Counts what arrived by the rules of ingest, each message by itself, as whoever receives behind a broker does. */
import { examine } from '../../../../cloud/ingest/examine.ts';
import { fold } from '../../../../cloud/ingest/fold.ts';
import { type EndpointState, newState } from '../../../../cloud/ingest/state.ts';
import { HOUR_MS, hourOf } from '../../../../cloud/protocol/hour.ts';
import type { Random } from '../../../../cloud/protocol/random.ts';
import { type HourCount, Tally } from '../../../../simulator/ledger/tally.ts';
import type { Arrived } from './subscriber.ts';

/** Throws for anything that was not understood, and for a message that tells of another board than its topic. */
export function countArrived(arrived: readonly Arrived[], receivedAt: number): HourCount[] {
  const states = new Map<string, EndpointState>();
  const tally = new Tally();
  for (const { endpoint, body } of arrived) {
    const { batch, aside } = examine(new TextEncoder().encode(body), receivedAt);
    if (aside.length > 0) throw new Error(`set aside: ${aside[0]?.reason}`);
    for (const events of batch) {
      if (events.endpoint !== endpoint) throw new Error(`${endpoint} tells of ${events.endpoint}`);
      const { state, hours } = fold(states.get(endpoint) ?? newState(endpoint), events);
      states.set(endpoint, state);
      for (const [hour, presses] of hours) tally.add(endpoint, hourOf(hour * HOUR_MS), presses);
    }
  }
  return tally.counts();
}

/** The same messages with the boards mixed anew, each board's own in their order: as boards really overtake each other. */
export function acrossBoards(arrived: readonly Arrived[], random: Random): Arrived[] {
  const queues = [...Map.groupBy(arrived, ({ endpoint }) => endpoint).values()];
  const mixed: Arrived[] = [];
  while (queues.length > 0) {
    const at = random.int(queues.length);
    mixed.push(queues[at]!.shift()!);
    if (queues[at]!.length === 0) queues.splice(at, 1);
  }
  return mixed;
}

/** The same messages in any order: as a rule of AWS IoT Core hands them over. */
export function inAnyOrder(arrived: readonly Arrived[], random: Random): Arrived[] {
  const [left, mixed]: [Arrived[], Arrived[]] = [[...arrived], []];
  while (left.length > 0) mixed.push(left.splice(random.int(left.length), 1)[0]!);
  return mixed;
}
