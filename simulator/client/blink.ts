/**
 * POST 3201/0/5850: the red LED shows the pattern, and the answer comes after it (main.cpp, m2mresource.cpp).
 *
 *   POST, token ─► ACK 0.00 with the token (no CoAP message: RFC 7252 §4.1) ─► 500:500:… ─► CON 2.05, same token, no payload
 *
 * Without a token nothing is acknowledged, and the late answer has the token of the POST before. There is one thread to
 * blink in: a POST meanwhile begins the pattern anew, and one answer comes for both.
 */
import { EMPTY, RESPONSES } from '../../cloud/protocol/coap/codes.ts';
import { type CoapMessage, encodeMessage } from '../../cloud/protocol/coap/message.ts';
import { OPTIONS, uintOption } from '../../cloud/protocol/coap/options.ts';
import type { Out } from './events.ts';
import { send, sendConfirmable } from './outbox.ts';
import { BLINK } from './resources.ts';
import { print } from './serial.ts';
import { type Client, NONE, NOTHING, PATTERN } from './state.ts';
import { textOfBytes } from './text.ts';
import { wakeAfter } from './wake.ts';

/** atoi() of a 32-bit int ends here. */
const MOST_WAIT_MS = 0x7fff_ffff;
/** send_delayed_response() begins with a header of zeros, and format 0 is written. */
const LATE_OPTIONS = [uintOption(OPTIONS.ContentFormat, 0)];

/** Runs the command. */
export function execute(client: Client, { messageId, token, payload }: CoapMessage, out: Out): void {
  if (token.length > 0) {
    client.blinkToken = token.slice();
    const ack = { type: 'ACK', code: EMPTY, messageId, token, options: [], payload: NOTHING } as const;
    send(client, encodeMessage(ack), out);
  }
  const pattern = textOfBytes(client.values[PATTERN]);
  print(client, `led_execute_callback pattern=${pattern}\n`, out);
  print(client, `Resource: ${BLINK} executed\n`, out);
  print(client, `Payload: ${textOfBytes(payload)}\n`, out);
  client.blinkWaits = waitsOf(pattern);
  client.blinkAt = 0;
  blink(client, out);
}

/** The next toggle of the LED; behind the pattern, the answer. */
export function blink(client: Client, out: Out): void {
  client.blinkWake = NONE;
  const wait = client.blinkWaits[client.blinkAt];
  out.push({ do: 'led', on: wait !== undefined && client.blinkAt % 2 === 0 });
  client.blinkAt += 1;
  if (wait === undefined) {
    const { blinkToken: token } = client;
    sendConfirmable(client, { code: RESPONSES.Content, token, options: LATE_OPTIONS, payload: NOTHING }, out);
  } else if (wait >= 0) {
    client.blinkWake = wakeAfter(client, 'blink', wait, out);
  }
  // A negative wait is taken for an unsigned one, and osWaitForever is among those.
}

/** Milliseconds between toggles: `500:200:500`. A pattern without a colon has none at all. */
export function waitsOf(pattern: string): number[] {
  return pattern.includes(':') ? pattern.split(':').map(atoi) : [];
}

function atoi(text: string): number {
  const digits = /^\s*[+-]?\d+/.exec(text);
  return digits === null ? 0 : Math.max(Math.min(Number(digits[0]), MOST_WAIT_MS), -MOST_WAIT_MS);
}
