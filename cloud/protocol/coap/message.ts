/**
 * CoAP messages as bytes and back (RFC 7252 §3).
 *
 *   | Ver:2 | Type:2 | TKL:4 | Code:8 | Message ID:16 | Token: TKL bytes | Options | 0xff | Payload |
 *
 * Strict: whatever §3 calls a message format error throws, with the byte's offset; a short read never shortens. The one
 * leniency, for the boards this project is about, has a name and is off. Option values stay bytes: options.ts gives them
 * meaning. Message IDs, tokens and repeats are the business of exchange.ts. Pure.
 */
import { type ByteFormat, ByteReader } from '../byte-reader.ts';

/** CON asks for an ACK; NON does not; RST says that a message means nothing here (§1.2). */
export type MessageType = 'CON' | 'NON' | 'ACK' | 'RST';

export interface CoapOption {
  /** 0 to 65,535 (§12.2). */
  readonly number: number;
  readonly value: Uint8Array;
}

export interface CoapMessage {
  readonly type: MessageType;
  /** Class and detail in one byte, as on the wire: 0x45 is 2.05 Content; 0 is Empty (codes.ts). */
  readonly code: number;
  /** 0 to 65,535. */
  readonly messageId: number;
  /** 0 to 8 bytes. */
  readonly token: Uint8Array;
  /** Ascending by number when decoded; repeats keep the order they were sent in. */
  readonly options: readonly CoapOption[];
  readonly payload: Uint8Array;
}

/** What else than RFC 7252 is let through. */
export interface Leniency {
  /**
   * An Empty acknowledgement that has a token: mbed-client's first answer to a POST whose own answer comes later
   * (mbed-coap, sn_coap_builder.c). §4.1 has an Empty message end after its Message ID.
   */
  readonly tokenInEmptyAck?: boolean;
}

const FORMAT: ByteFormat = { code: 'COAP_FORMAT', name: 'CoAP message' };
const VERSION = 1;
/** In the order of the header's bits (§3). */
const TYPES: readonly MessageType[] = ['CON', 'NON', 'ACK', 'RST'];
const HEADER_BYTES = 4;
const MOST_TOKEN_BYTES = 8;
const PAYLOAD_MARKER = 0xff;
const MOST_OPTION_NUMBER = 0xffff;
/** No message has a use for more; a datagram of 64 KB could claim as many options. */
export const MOST_OPTIONS = 256;
const NOTHING = new Uint8Array(0);
const NO_OPTIONS: readonly CoapOption[] = [];
/** 1, 6 and 7 are reserved (§12.1); 0 has Empty and the methods. */
const RESERVED_CLASSES = new Set([1, 6, 7]);

/** The message in a datagram, or in one record. Token, values and payload are views of `bytes`. FormatError COAP_FORMAT. */
export function decodeMessage(bytes: Uint8Array, leniency: Leniency = {}): CoapMessage {
  const reader = new ByteReader(bytes, FORMAT);
  const first = reader.u8();
  if (first >> 6 !== VERSION) throw reader.problem(`version ${first >> 6}`, 0);
  const type = TYPES[(first >> 4) & 0b11]!;
  const tokenLength = first & 0x0f;
  if (tokenLength > MOST_TOKEN_BYTES) throw reader.problem(`token length ${tokenLength} is reserved`, 0);
  const code = reader.u8();
  if (RESERVED_CLASSES.has(code >> 5)) throw reader.problem(`code class ${code >> 5} is reserved`, 1);
  const messageId = reader.u16();
  if (code === 0) return emptyMessage(reader, type, messageId, tokenLength, leniency);
  if (type === 'RST') throw reader.problem('a reset that is not Empty', 1);
  const token = tokenLength === 0 ? NOTHING : reader.take(tokenLength);
  const options = reader.left === 0 ? NO_OPTIONS : readOptions(reader);
  return { type, code, messageId, token, options, payload: reader.left === 0 ? NOTHING : reader.take(reader.left) };
}

/**
 * The bytes of a message: options sorted by number (those of one number keep their order), each in its shortest form.
 * RangeError, for the caller's own mistake: a field outside its range.
 */
export function encodeMessage(message: CoapMessage): Uint8Array {
  const { type, code, messageId, token, payload } = message;
  if (token.length > MOST_TOKEN_BYTES) throw new RangeError(`a token of ${token.length} bytes`);
  if (!(messageId >= 0 && messageId <= 0xffff)) throw new RangeError(`message id ${messageId}`);
  const options = inOrder(message.options);
  if (code === 0 && (options.length > 0 || payload.length > 0)) throw new RangeError('an Empty message with content');
  const bytes = new Uint8Array(sizeOf(message, options));
  bytes[0] = (VERSION << 6) | (TYPES.indexOf(type) << 4) | token.length;
  bytes[1] = code;
  bytes[2] = messageId >> 8;
  bytes[3] = messageId & 0xff;
  bytes.set(token, HEADER_BYTES);
  let at = writeOptions(bytes, HEADER_BYTES + token.length, options);
  if (payload.length > 0) {
    bytes[at++] = PAYLOAD_MARKER;
    bytes.set(payload, at);
  }
  return bytes;
}

/** §4.1: an Empty message is four bytes and nothing else. */
function emptyMessage(
  reader: ByteReader,
  type: MessageType,
  messageId: number,
  tokenLength: number,
  { tokenInEmptyAck = false }: Leniency,
): CoapMessage {
  if (type === 'NON') throw reader.problem('an Empty message that is non-confirmable', 0);
  const mayHaveToken = tokenInEmptyAck && type === 'ACK';
  if (tokenLength > 0 && !mayHaveToken) throw reader.problem('an Empty message with a token', 0);
  const token = tokenLength === 0 ? NOTHING : reader.take(tokenLength);
  if (reader.left > 0) throw reader.problem('an Empty message has nothing after its message id');
  return { type, code: 0, messageId, token, options: NO_OPTIONS, payload: NOTHING };
}

/** §3.1. Leaves the reader behind the payload marker, or at the end. */
function readOptions(reader: ByteReader): CoapOption[] {
  const options: CoapOption[] = [];
  let number = 0;
  while (reader.left > 0) {
    const { at } = reader;
    const head = reader.u8();
    if (head === PAYLOAD_MARKER) {
      if (reader.left === 0) throw reader.problem('a payload marker without a payload', at);
      return options;
    }
    number += extended(reader, head >> 4, at);
    if (number > MOST_OPTION_NUMBER) throw reader.problem(`option number ${number}`, at);
    const length = extended(reader, head & 0x0f, at);
    if (options.length === MOST_OPTIONS) throw reader.problem(`more than ${MOST_OPTIONS} options`, at);
    options.push({ number, value: reader.take(length) });
  }
  return options;
}

/** A nibble, or what the 8 or 16 bits that it announces add to it (§3.1). */
function extended(reader: ByteReader, nibble: number, at: number): number {
  if (nibble < 13) return nibble;
  if (nibble === 13) return reader.u8() + 13;
  if (nibble === 14) return reader.u16() + 269;
  throw reader.problem('an option delta or length of 15 is reserved', at);
}

function inOrder(options: readonly CoapOption[]): readonly CoapOption[] {
  for (let index = 1; index < options.length; index++) {
    if (options[index]!.number < options[index - 1]!.number) return options.toSorted((a, b) => a.number - b.number);
  }
  return options;
}

function sizeOf({ token, payload }: CoapMessage, options: readonly CoapOption[]): number {
  let size = HEADER_BYTES + token.length + (payload.length > 0 ? 1 + payload.length : 0);
  let previous = 0;
  for (const { number, value } of options) {
    if (!(number >= previous && number <= MOST_OPTION_NUMBER)) throw new RangeError(`option number ${number}`);
    if (value.length > 0xffff) throw new RangeError(`an option of ${value.length} bytes`);
    size += 1 + extraBytes(number - previous) + extraBytes(value.length) + value.length;
    previous = number;
  }
  return size;
}

function writeOptions(bytes: Uint8Array, start: number, options: readonly CoapOption[]): number {
  let at = start;
  let previous = 0;
  for (const { number, value } of options) {
    const delta = number - previous;
    bytes[at++] = (nibbleOf(delta) << 4) | nibbleOf(value.length);
    at = writeExtra(bytes, at, delta);
    at = writeExtra(bytes, at, value.length);
    bytes.set(value, at);
    at += value.length;
    previous = number;
  }
  return at;
}

function nibbleOf(value: number): number {
  return value < 13 ? value : value < 269 ? 13 : 14;
}

function extraBytes(value: number): number {
  return value < 13 ? 0 : value < 269 ? 1 : 2;
}

function writeExtra(bytes: Uint8Array, at: number, value: number): number {
  if (value < 13) return at;
  if (value < 269) {
    bytes[at] = value - 13;
    return at + 1;
  }
  bytes[at] = (value - 269) >> 8;
  bytes[at + 1] = (value - 269) & 0xff;
  return at + 2;
}
