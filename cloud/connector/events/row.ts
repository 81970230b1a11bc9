/**
 * An event as a row of the queue, and back.
 *
 *   kind │ element (JSON) │ bytes │ subject: ep, path, boot │ value: the counter, where it is one
 */
import { FormatError } from '../../protocol/errors.ts';
import type { NotificationData } from '../../protocol/notification/message.ts';
import { counterOf } from '../../protocol/payload/counter.ts';
import type { ConnectorEvent, EventKind } from './event.ts';

/** A kind's place is its number on disk: never change their order. */
const KINDS: readonly EventKind[] = [
  'notification',
  'registration',
  'reg-update',
  'de-registration',
  'registration-expired',
  'async-response',
];

/** What an event may take in a message beyond its row's text: a comma, and the spelling of a dialect. */
const SPELLING_BYTES = 16;

export interface EventRow {
  readonly kind: number;
  readonly element: string;
  /** Not less than the event takes in a message's body, whatever the dialect. */
  readonly bytes: number;
  /** Values with the same one take each other's place; undefined: nothing takes the place of this event. */
  readonly subject: string | undefined;
  readonly value: number | undefined;
}

export function toRow(event: ConnectorEvent): EventRow {
  const element = JSON.stringify(event.data);
  return {
    kind: KINDS.indexOf(event.kind),
    element,
    bytes: Buffer.byteLength(element) + SPELLING_BYTES,
    ...(event.kind === 'notification' ? takenPlaceOf(event.data) : { subject: undefined, value: undefined }),
  };
}

export function fromRow({ kind, element }: Pick<EventRow, 'kind' | 'element'>): ConnectorEvent {
  return { kind: KINDS[kind]!, data: JSON.parse(element) } as ConnectorEvent;
}

/** A value whose boot is not known could be of either side of a reboot, so nothing takes its place. */
function takenPlaceOf(data: NotificationData): Pick<EventRow, 'subject' | 'value'> {
  const { ep, path, boot } = data;
  if (boot === undefined) return { subject: undefined, value: undefined };
  return { subject: JSON.stringify([ep, path, boot]), value: counterOrNothing(data) };
}

/** What stands in a counter's place and is none is the receiver's business. */
function counterOrNothing(data: NotificationData): number | undefined {
  try {
    return counterOf(data);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
