/**
 * What a body says, before anything is stored: its events by endpoint, and what is to be set aside. Pure but for a hash.
 *
 * Nothing is guessed and nothing dropped: a body that is no NotificationMessage is set aside whole, an element that is
 * not understood is set aside as that element, and the rest counts. Other paths, refreshes, departures and async
 * responses are only tallied.
 */
import { hash } from 'node:crypto';
import { FormatError } from '../protocol/errors.ts';
import { decodeNotification } from '../protocol/notification/decode.ts';
import { encodeRefused } from '../protocol/notification/encode.ts';
import {
  type DecodedMessage,
  type NotificationMessage,
  type RefusedElement,
  WIRE_KEYS,
  type WireKey,
} from '../protocol/notification/message.ts';
import { EventSorter, type NameRefusal } from './event-sorter.ts';
import type { EndpointEvents } from './events.ts';
import type { AsideItem } from './store.ts';

export interface Examined {
  /** Names the body: equal bodies have equal hashes. */
  readonly hash: string;
  readonly batch: readonly EndpointEvents[];
  readonly aside: readonly AsideItem[];
  /** Nothing of the body was understood: it is in `aside` as it came. */
  readonly whole: boolean;
  /** Elements by the array they came in. */
  readonly kinds: Readonly<Partial<Record<WireKey, number>>>;
  /** Timestamps that were no plausible time, replaced by the time of receipt. */
  readonly timestampsReplaced: number;
}

/**
 * Reads one body received at `receivedAt` (milliseconds since 1970). Never throws for what the body holds. Presses of endpoints
 * that `refusal` has a reason for are set aside.
 */
export function examine(body: Uint8Array, receivedAt: number, refusal: NameRefusal = () => undefined): Examined {
  const bodyHash = hash('sha256', body, 'hex').slice(0, 32);
  const decoded = decodeOrError(body);
  if (decoded instanceof FormatError) {
    const aside = [{ key: bodyHash, receivedAt, reason: decoded.message, body }];
    return { hash: bodyHash, batch: [], aside, whole: true, kinds: {}, timestampsReplaced: 0 };
  }
  const sorter = new EventSorter(bodyHash, receivedAt, refusal);
  const refused: RefusedElement[] = [...decoded.refused];
  for (const registration of decoded.message.registrations) sorter.addRegistration(registration);
  for (const [index, notification] of decoded.message.notifications.entries()) {
    const reason = sorter.addNotification(notification);
    if (reason === undefined) continue;
    refused.push({ key: 'notifications', element: decoded.notificationElements[index], reason });
  }
  return {
    hash: bodyHash,
    batch: sorter.batch(),
    aside: asideItems(refused, bodyHash, receivedAt),
    whole: false,
    kinds: tally(decoded.message),
    timestampsReplaced: sorter.timestampsReplaced,
  };
}

function decodeOrError(body: Uint8Array): DecodedMessage | FormatError {
  try {
    return decodeNotification(body);
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
}

/** Elements of one body that are kept one by one; more than these are kept together, key by key. */
const MOST_ALONE = 1_000;

function asideItems(refused: readonly RefusedElement[], bodyHash: string, receivedAt: number): AsideItem[] {
  const alone = refused.length <= MOST_ALONE;
  const groups = alone ? refused.map((one) => [one]) : Map.groupBy(refused, ({ key }) => key).values();
  return [...groups].map((group, index) => {
    const more = group.length > 1 ? ` (and ${group.length - 1} more elements)` : '';
    const reason = `${group[0]?.reason}${more}`;
    return { key: `${bodyHash}-${index}`, receivedAt, reason, body: encodeRefused(group) };
  });
}

function tally(message: NotificationMessage): Partial<Record<WireKey, number>> {
  const kinds: Partial<Record<WireKey, number>> = {};
  for (const [name, wireKey] of Object.entries(WIRE_KEYS)) {
    const { length } = message[name as keyof NotificationMessage];
    if (length > 0) kinds[wireKey] = length;
  }
  return kinds;
}
