/**
 * A message's own attributes: read, measured, digested and chosen from.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
import { createHash } from 'node:crypto';
import type { Fields } from '../fields.ts';
import { invalid } from './errors.ts';

export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  /** In base64, as on the wire. */
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

const MAX_ATTRIBUTES = 10;
const NAME = /^(?!aws\.|amazon\.|\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/i;
const TYPE = /^(String|Number|Binary)(\.[^\s]{1,240})?$/;

export function readAttributes(fields: Fields | undefined): MessageAttributes {
  const names = Object.keys(fields?.raw ?? {});
  if (names.length > MAX_ATTRIBUTES) {
    throw invalid(`Number of message attributes [${names.length}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`);
  }
  return Object.fromEntries(names.map((name) => [name, readAttribute(name, fields?.fields(name))]));
}

function readAttribute(name: string, fields: Fields | undefined): MessageAttribute {
  if (!NAME.test(name)) throw invalid('The message attribute name is invalid.');
  const type = fields?.string('DataType') ?? '';
  const [text, binary] = [fields?.string('StringValue'), fields?.string('BinaryValue')];
  if (!TYPE.test(type)) throw invalid(`The type of message attribute '${name}' is invalid.`);
  if (type.startsWith('Binary')) {
    if (!binary || text !== undefined) throw invalid(`The message attribute '${name}' must have a binary value.`);
    return { DataType: type, BinaryValue: binary };
  }
  if (!text || binary !== undefined) throw invalid(`The message attribute '${name}' must have a string value.`);
  if (type.startsWith('Number') && !Number.isFinite(Number(text))) {
    throw invalid(`Could not cast message attribute '${name}' value to number.`);
  }
  return { DataType: type, StringValue: text };
}

/** Bytes that they count for: names, types and values. */
export function sizeOf(attributes: MessageAttributes): number {
  return Object.entries(attributes)
    .map(([name, one]) => Buffer.byteLength(name) + Buffer.byteLength(one.DataType) + bytesOf(one).length)
    .reduce((sum, bytes) => sum + bytes, 0);
}

/** MD5 over names, types, kinds and values, by name, each text with its length before it; undefined without any. */
export function digestOf(attributes: MessageAttributes): string | undefined {
  const entries = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return undefined;
  const hash = createHash('md5');
  for (const [name, one] of entries) {
    for (const text of [name, one.DataType]) hash.update(withLength(Buffer.from(text)));
    hash.update(Buffer.from([one.BinaryValue === undefined ? 1 : 2]));
    hash.update(withLength(bytesOf(one)));
  }
  return hash.digest('hex');
}

function bytesOf({ StringValue, BinaryValue }: MessageAttribute): Buffer {
  return BinaryValue === undefined ? Buffer.from(StringValue ?? '') : Buffer.from(BinaryValue, 'base64');
}

function withLength(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Those that a receiver asks for: by name, by `prefix.*`, or `All`. */
export function chosen(attributes: MessageAttributes, wanted: readonly string[]): MessageAttributes {
  const isWanted = (name: string) =>
    wanted.some(
      (one) =>
        one === 'All' || one === '.*' || one === name || (one.endsWith('.*') && name.startsWith(one.slice(0, -1))),
    );
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isWanted(name)));
}
