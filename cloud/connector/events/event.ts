/**
 * What a connector has to tell: six kinds of event, in the words of a NotificationMessage.
 *
 * Sources: Connector-mDS-REST-API docs/api-reference.md, "NotificationMessage"; Pelion OpenAPI of 29 April 2020.
 */
import type {
  AsyncResponse,
  Departure,
  EndpointData,
  NotificationData,
  NotificationMessage,
} from '../../protocol/notification/message.ts';

interface Kinds {
  readonly notification: NotificationData;
  readonly registration: EndpointData;
  readonly 'reg-update': EndpointData;
  readonly 'de-registration': Departure;
  readonly 'registration-expired': Departure;
  /** Has no room for an id and a time. */
  readonly 'async-response': AsyncResponse;
}

export type EventKind = keyof Kinds;

/** An event as it is queued and delivered: with id and time. */
export type ConnectorEvent = { [K in EventKind]: { readonly kind: K; readonly data: Kinds[K] } }[EventKind];

/** An event as it happens: the queue gives it id and time. */
export type NewEvent = {
  [K in EventKind]: { readonly kind: K; readonly data: Omit<Kinds[K], 'uid' | 'timestamp'> };
}[EventKind];

type Lists = { [K in keyof NotificationMessage]: NotificationMessage[K][number][] };

/** One message of them all; each of its arrays is in the order of the events. */
export function toMessage(events: readonly ConnectorEvent[]): NotificationMessage {
  const lists: Lists = {
    notifications: [],
    registrations: [],
    regUpdates: [],
    deRegistrations: [],
    registrationsExpired: [],
    asyncResponses: [],
  };
  for (const event of events) put(event, lists);
  return lists;
}

function put({ kind, data }: ConnectorEvent, lists: Lists): void {
  switch (kind) {
    case 'notification':
      lists.notifications.push(data);
      break;
    case 'registration':
      lists.registrations.push(data);
      break;
    case 'reg-update':
      lists.regUpdates.push(data);
      break;
    case 'de-registration':
      lists.deRegistrations.push(data);
      break;
    case 'registration-expired':
      lists.registrationsExpired.push(data);
      break;
    case 'async-response':
      lists.asyncResponses.push(data);
      break;
  }
}
