/** A batch as the body of a message, and how much of a batch fits into one. The same batch is the same bytes. */

import { encodeNotification } from '../../../protocol/notification/encode.ts';
import type { NotificationMessage } from '../../../protocol/notification/message.ts';
import { WIRE_KEYS } from '../../../protocol/notification/message.ts';
import { toMessage } from '../../events/event.ts';
import type { Batch, Want } from '../../events/queue.ts';
import type { WebhookSettings } from './settings.ts';
import type { Webhook } from './webhook.ts';

/** A message with all six lists, and nothing in them. */
const AROUND_BYTES = JSON.stringify(
  Object.fromEntries(Object.values(WIRE_KEYS).map((key) => [key, []])) satisfies Record<string, never[]>,
).length;

/** What to ask a queue for. */
export function wanted(
  { mostItems }: Pick<Webhook, 'mostItems'>,
  { mostBytes }: Pick<WebhookSettings, 'mostBytes'>,
): Want {
  return { mostItems, mostBytes: mostBytes - AROUND_BYTES };
}

export function bodyOf(
  { events }: Pick<Batch, 'events'>,
  { dialect, extras }: Pick<Webhook, 'dialect' | 'extras'>,
): Uint8Array {
  const message: NotificationMessage = toMessage(events);
  return new TextEncoder().encode(encodeNotification(message, dialect, extras));
}
