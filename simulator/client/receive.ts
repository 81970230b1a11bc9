/**
 * From bytes to what they are about (mbed-coap sn_coap_protocol.c, sn_coap_parser.c; mbed-client-classic for the buffer).
 *
 *   bytes ─► as much as the buffer takes ─► no CoAP: dropped │ format or unknown option: RST │ ping: RST │ a block: dropped
 *         ─► ACK, RST: off the resend queue ─► an answer: by its message ID alone │ a request: requests.ts
 *
 * Responses that come by themselves are not acknowledged: the board has no request that waits for one.
 */
import { EMPTY, isResponse, methodOf, RESPONSES } from '../../cloud/protocol/coap/codes.ts';
import { type CoapMessage, decodeMessage, encodeMessage } from '../../cloud/protocol/coap/message.ts';
import { OPTIONS, optionValue } from '../../cloud/protocol/coap/options.ts';
import { FormatError } from '../../cloud/protocol/errors.ts';
import { act } from './connection.ts';
import type { Out, RefusalReason } from './events.ts';
import { areKnown } from './known-options.ts';
import { send, settle } from './outbox.ts';
import { answered } from './registration.ts';
import { request } from './requests.ts';
import { printError } from './serial.ts';
import { type Client, NOTHING } from './state.ts';

/** BUFFER_LENGTH is 1,152, and one byte of it stays free. */
export const MOST_BYTES = 1_151;
/** The length that frames a message in plain TCP is read into the same buffer. */
const LENGTH_BYTES = 4;
const HEADER_BYTES = 4;
const LENIENCY = { tokenInEmptyAck: true } as const;
const KNOWN_RESPONSES = new Set<number>(Object.values(RESPONSES));

/** What came on the connection. Never throws for what is in it. */
export function receive(client: Client, bytes: Uint8Array, out: Out): void {
  if (!client.connected) return;
  for (const part of readable(client, bytes, out)) receiveOne(client, part, out);
}

/** A long record is read as two messages; a long datagram loses its end; a long message in plain TCP is dropped. */
function readable(client: Client, bytes: Uint8Array, out: Out): Uint8Array[] {
  const { transport } = client.options;
  const most = transport === 'tcp' ? MOST_BYTES - LENGTH_BYTES : MOST_BYTES;
  if (bytes.length <= most) return [bytes];
  refuse('too-long', out);
  if (transport === 'tcp') return [];
  const parts = [bytes.subarray(0, most)];
  if (transport === 'udp') return parts;
  for (let at = most; at < bytes.length; at += most) parts.push(bytes.subarray(at, at + most));
  return parts;
}

function receiveOne(client: Client, bytes: Uint8Array, out: Out): void {
  // Two of them may come together, and the first may end the connection.
  if (!client.connected) return;
  // Whatever it is, it moves the state machine on.
  if (client.phase === 'idle') client.phase = 'up';
  const message = parse(client, bytes, out);
  if (message === undefined) {
    printError(client, 'ResponseParseFailed', out);
    return;
  }
  if (hasBlock(message)) {
    refuse('block', out);
    return;
  }
  const acknowledges = message.type === 'ACK' || message.type === 'RST';
  const settled = acknowledges && settle(client, message, out);
  if (acknowledges || isResponse(message.code)) {
    const outcome = answered(client, message, out);
    if (outcome !== undefined) act(client, outcome, out);
    else if (!settled) refuse('unmatched', out);
  } else {
    request(client, message, out);
  }
}

/** The message, if the board can make anything of it; else it is reset, or dropped. */
function parse(client: Client, bytes: Uint8Array, out: Out): CoapMessage | undefined {
  const message = decode(bytes);
  if (message === 'not-coap' || message === 'format') {
    refuse(message, out);
    if (message === 'format') resetMessage(client, bytes, out);
  } else if (!areKnown(message.options)) {
    refuse('option', out);
    resetMessage(client, bytes, out);
  } else if (!isKnownCode(message.code)) {
    refuse('not-coap', out);
  } else if (message.type === 'CON' && message.code === EMPTY) {
    resetMessage(client, bytes, out);
  } else {
    return message;
  }
  return undefined;
}

function decode(bytes: Uint8Array): CoapMessage | 'not-coap' | 'format' {
  if (bytes.length < HEADER_BYTES || bytes[0]! >> 6 !== 1) return 'not-coap';
  try {
    return decodeMessage(bytes, LENIENCY);
  } catch (error) {
    if (error instanceof FormatError) return 'format';
    throw error;
  }
}

function isKnownCode(code: number): boolean {
  return code === EMPTY || methodOf(code) !== undefined || KNOWN_RESPONSES.has(code);
}

function hasBlock({ options }: CoapMessage): boolean {
  return [OPTIONS.Block1, OPTIONS.Block2].some((number) => optionValue(options, number) !== undefined);
}

/** sn_coap_protocol_send_rst(): whatever type of message it was. */
function resetMessage(client: Client, bytes: Uint8Array, out: Out): void {
  const messageId = (bytes[2]! << 8) | bytes[3]!;
  send(
    client,
    encodeMessage({ type: 'RST', code: EMPTY, messageId, token: NOTHING, options: [], payload: NOTHING }),
    out,
  );
}

function refuse(why: RefusalReason, out: Out): void {
  out.push({ do: 'refused', why });
}
