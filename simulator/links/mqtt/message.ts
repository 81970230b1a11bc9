/**
 * A batch of the run as the messages of its boards: each of one board alone, and of one boot of it.
 *
 * What a board says in a batch goes together, registration and values, unless it is longer than a broker takes: then in
 * several messages, in the order in which it was said.
 */
import { encodeNotification } from '../../../cloud/protocol/notification/encode.ts';
import type { Dialect } from '../../../cloud/protocol/notification/message.ts';
import type { Outgoing } from '../../fleet/outgoing.ts';

export interface BoardMessage {
  /** When the board's boot began: another one means that it lost its power in between. */
  readonly boot: number;
  readonly events: readonly Outgoing[];
  readonly payload: Uint8Array;
}

/** By board, each board's in order. `most`: bytes of a message; a single event that is longer goes as it is. */
export function boardMessages(
  batch: readonly Outgoing[],
  encode: (events: readonly Outgoing[]) => Uint8Array,
  most: number,
): Map<number, BoardMessage[]> {
  const messages = new Map<number, BoardMessage[]>();
  for (const [board, events] of Map.groupBy(batch, (event) => event.board)) {
    messages.set(
      board,
      byBoot(events).flatMap((ofBoot) => fitting(ofBoot, encode, most)),
    );
  }
  return messages;
}

/** What the broker publishes for a board whose connection is lost: its registration is over. */
export function lastWill(endpoint: string, dialect: Dialect): Uint8Array {
  return new TextEncoder().encode(encodeNotification({ registrationsExpired: [{ ep: endpoint }] }, dialect));
}

function byBoot(events: readonly Outgoing[]): Outgoing[][] {
  const groups: Outgoing[][] = [];
  for (const event of events) {
    const last = groups.at(-1);
    if (last?.[0]?.boot === event.boot) last.push(event);
    else groups.push([event]);
  }
  return groups;
}

/** Halves what does not fit. */
function fitting(
  events: readonly Outgoing[],
  encode: (events: readonly Outgoing[]) => Uint8Array,
  most: number,
): BoardMessage[] {
  const payload = encode(events);
  if (payload.byteLength <= most || events.length === 1) return [{ boot: events[0]!.boot, events, payload }];
  const middle = Math.ceil(events.length / 2);
  return [...fitting(events.slice(0, middle), encode, most), ...fitting(events.slice(middle), encode, most)];
}
