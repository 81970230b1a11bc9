/**
 * The resend queue of mbed-coap (sn_coap_protocol.c): confirmable messages until they are acknowledged, reset or given up.
 *
 *   message ─► an ID is taken ─► room? ─► queue, sent if connected ─► 5..7, 10, 20 s: sent again ─► 40 s: given up
 *                                  └ no: gone without a word, and so is its ID
 *
 * Updates, notifications and late answers share it. The timer of retransmissions stops with the link, and not every way
 * back starts it again (connection.ts); a message that was queued meanwhile begins its waits with it.
 */
import { type CoapMessage, encodeMessage } from '../../cloud/protocol/coap/message.ts';
import type { DropReason, Out, ToldValue } from './events.ts';
import { type Client, NONE, type Pending } from './state.ts';
import { MOST_RESENDS, resendAfterMs } from './timing.ts';
import { wakeAfter } from './wake.ts';

/** The ID of the next message that the client begins: 0 is left out (sn_coap_protocol_build). */
export function takeMessageId(client: Client): number {
  const id = client.nextMessageId;
  client.nextMessageId = id === 0xffff ? 1 : id + 1;
  return id;
}

/** Sends what needs no acknowledgement. */
export function send(client: Client, bytes: Uint8Array, out: Out): void {
  if (client.connected) out.push({ do: 'send', bytes });
}

/** Queues a confirmable message, of a value if `told` is there, and sends it; returns its ID, NONE if the queue is full. */
export function sendConfirmable(
  client: Client,
  content: Pick<CoapMessage, 'code' | 'token' | 'options' | 'payload'>,
  out: Out,
  told?: Pick<ToldValue, 'path' | 'value'>,
): number {
  const messageId = takeMessageId(client);
  if (client.queue.length >= client.options.resendQueue) {
    if (told !== undefined) out.push({ do: 'dropped', why: 'queue-full', ...told, messageId });
    return NONE;
  }
  const bytes = encodeMessage({ ...content, type: 'CON', messageId });
  const pending: Pending = {
    messageId,
    bytes,
    told: told && { ...told, messageId },
    resends: 0,
    wake: NONE,
  };
  client.queue.push(pending);
  if (pending.told !== undefined) out.push({ do: 'notified', ...pending.told });
  send(client, bytes, out);
  scheduleResend(client, pending, out);
  return messageId;
}

/** Takes the message that an ACK or RST is about off the queue; false if it is about none. */
export function settle(
  client: Client,
  { type, messageId }: Pick<CoapMessage, 'type' | 'messageId'>,
  out: Out,
): boolean {
  const pending = remove(client, messageId);
  if (pending === undefined) return false;
  if (type === 'RST') drop(pending, 'reset', out);
  else if (pending.told !== undefined) out.push({ do: 'acknowledged', ...pending.told });
  return true;
}

/** Starts the retransmission timer, if it does not run. */
export function startResending(client: Client, out: Out): void {
  if (client.resending) return;
  client.resending = true;
  for (const pending of client.queue) scheduleResend(client, pending, out);
}

/** Stops it: nothing is sent again, nothing given up. */
export function stopResending(client: Client): void {
  client.resending = false;
  for (const pending of client.queue) pending.wake = NONE;
}

/** A wait is over: sends the message again; returns it if it is given up instead. */
export function resend(client: Client, wake: number, out: Out): Pending | undefined {
  const pending = client.queue.find((one) => one.wake === wake);
  if (pending === undefined) return undefined;
  if (pending.resends === MOST_RESENDS) {
    remove(client, pending.messageId);
    drop(pending, 'unanswered', out);
    return pending;
  }
  pending.resends += 1;
  send(client, pending.bytes, out);
  scheduleResend(client, pending, out);
  return undefined;
}

function scheduleResend(client: Client, pending: Pending, out: Out): void {
  if (!client.resending) return;
  pending.wake = wakeAfter(client, 'resend', resendAfterMs(pending.resends, client.options.random()), out);
}

function remove(client: Client, messageId: number): Pending | undefined {
  const index = client.queue.findIndex((pending) => pending.messageId === messageId);
  return index < 0 ? undefined : client.queue.splice(index, 1)[0];
}

function drop({ told }: Pending, why: DropReason, out: Out): void {
  if (told !== undefined) out.push({ do: 'dropped', why, ...told });
}
