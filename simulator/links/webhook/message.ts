/** What boards said, as the NotificationMessage that the service puts to a webhook. */
import type {
  EndpointData,
  NotificationData,
  NotificationMessage,
  Stamp,
} from '../../../cloud/protocol/notification/message.ts';
import type { Random } from '../../../cloud/protocol/random.ts';
import { BOARD_RESOURCES, BOARD_TYPE } from '../../board/resources.ts';
import type { Outgoing } from '../../fleet/outgoing.ts';

export interface MessageContext {
  /** When the run began, milliseconds since 1970. */
  readonly startMs: number;
  readonly name: (board: number) => string;
  readonly uid: (sequence: number) => string;
}

/** One message of them all; each of its arrays is in the order in which things were said. */
export function toMessage(batch: readonly Outgoing[], context: MessageContext): Partial<NotificationMessage> {
  const notifications: NotificationData[] = [];
  const registrations: EndpointData[] = [];
  const regUpdates: EndpointData[] = [];
  for (const item of batch) {
    const ep = context.name(item.board);
    const stamp: Stamp = {
      uid: context.uid(item.sequence),
      timestamp: context.startMs + item.at,
      boot: context.startMs + item.boot,
    };
    if (item.kind === 'value') {
      const { path, value } = item;
      notifications.push({ ep, path, ct: 'text/plain', payload: btoa(value), maxAge: 0, ...stamp });
    } else {
      const endpoint = { ep, ept: BOARD_TYPE, q: false, resources: BOARD_RESOURCES, ...stamp };
      (item.kind === 'registration' ? registrations : regUpdates).push(endpoint);
    }
  }
  return { notifications, registrations, regUpdates };
}

/**
 * Ids in the form of a random UUID (RFC 9562, section 5.4): 74 bits are the run's, the last 48 count its events, so that
 * no two events share one and an event's does not depend on what was sent before it.
 */
export function uidMaker(random: Random): (sequence: number) => string {
  const hex = (digits: number): string => Array.from({ length: digits }, () => random.int(16).toString(16)).join('');
  const run = `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'[random.int(4)]}${hex(3)}`;
  return (sequence) => `${run}-${sequence.toString(16).padStart(12, '0')}`;
}
