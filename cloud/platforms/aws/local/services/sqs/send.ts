/** SendMessage. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
import { createHash } from 'node:crypto';
import type { Fields } from '../fields.ts';
import { digestOf, readAttributes, sizeOf } from './attributes.ts';
import { invalid, missing, refuse } from './errors.ts';
import type { NewMessage, Queue } from './messages.ts';
import { DELAY, wholeNumber } from './whole.ts';

/** What a text may hold: XML's characters. */
const NOT_ALLOWED = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** The message that a request, or a batch's entry, wants sent. */
export function readMessage(fields: Fields, { settings }: Queue, now: number, id: string): NewMessage {
  const body = fields.string('MessageBody');
  if (!body) throw missing('MessageBody');
  if (NOT_ALLOWED.test(body)) {
    throw refuse('InvalidMessageContents', 'Invalid characters were found in the message body.');
  }
  const attributes = readAttributes(fields.fields('MessageAttributes'));
  const bytes = Buffer.byteLength(body) + sizeOf(attributes);
  if (bytes > settings.MaximumMessageSize) {
    throw invalid(`Message must be shorter than ${settings.MaximumMessageSize} bytes.`);
  }
  for (const name of ['MessageGroupId', 'MessageDeduplicationId', 'MessageSystemAttributes']) {
    if (fields.raw[name] != null) throw refuse('UnsupportedOperation', `${name} is not supported on this machine.`);
  }
  const delay = wholeNumber(fields, 'DelaySeconds', DELAY) ?? settings.DelaySeconds;
  return { id, body, attributes, sentAt: now, visibleAt: now + delay * 1000 };
}

/** Bytes that a message counts for in a batch. */
export function messageSize({ body, attributes }: NewMessage): number {
  return Buffer.byteLength(body) + sizeOf(attributes);
}

/** What the sender is told: the SDK compares the digest with its own. */
export function sent({ id, body, attributes }: NewMessage): object {
  const MD5OfMessageAttributes = digestOf(attributes);
  return {
    MessageId: id,
    MD5OfMessageBody: md5(body),
    ...(MD5OfMessageAttributes === undefined ? {} : { MD5OfMessageAttributes }),
  };
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
