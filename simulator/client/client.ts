/**
 * The client of a FRDM-K64F that runs mbed-os-example-client: mbed-client's behaviour on the wire, byte for byte.
 *
 *   start, connected, closed ─► connection.ts ─► registration.ts ─┐
 *   changed (board.ts)       ─► observe.ts ───────────────────────┼─► outbox.ts ─► send
 *   message                  ─► receive.ts ─► requests.ts, blink.ts┘
 *   wake                     ─► whichever of them asked for it
 *
 * CoAP messages of RFC 7252 in every transport. Its habits are kept where they are no virtue: what a service has to stand
 * is the point of it. Pure: no clock and no socket; whoever holds the client carries its actions out, and frames messages
 * (one a datagram, one a TLS record, or behind a length of four bytes in plain TCP). Button and ticker are ../board.
 *
 * Sources: ARMmbed/mbed-os-example-client 343dda3, mbed-client ea04c5d, mbed-client-c ecfa619, mbed-coap 4.5.0.
 */
import { blink } from './blink.ts';
import {
  act,
  closed,
  connected,
  ownUpdate,
  registrationTimedOut,
  retry,
  start,
  updateByProgram,
} from './connection.ts';
import type { ClientAction, ClientEvent, ClientWake, Out } from './events.ts';
import { changed } from './observe.ts';
import { type ClientOptions, resolveOptions } from './options.ts';
import { resend } from './outbox.ts';
import { receive } from './receive.ts';
import { unanswered } from './registration.ts';
import { print } from './serial.ts';
import { type Client, clientWithoutPower, reset } from './state.ts';

/** A client without power. RangeError, for the caller's own mistake: options that no board could have. */
export function newClient(options: ClientOptions): Client {
  return clientWithoutPower(resolveOptions(options));
}

/** Lets the client live through one event; returns what it wants done, in order. Changes `client`. */
export function step(client: Client, event: ClientEvent): readonly ClientAction[] {
  const out: Out = [];
  const works = client.phase !== 'off' && client.phase !== 'crashed';
  if (event.kind === 'start') start(client, out);
  else if (event.kind === 'stop') reset(client, 'off');
  else if (works) live(client, event, out);
  return out;
}

type LivingEvent = Exclude<ClientEvent, { readonly kind: 'start' | 'stop' }>;

function live(client: Client, event: LivingEvent, out: Out): void {
  switch (event.kind) {
    case 'connected':
      connected(client, out);
      break;
    case 'closed':
      closed(client, event.error, out);
      break;
    case 'message':
      receive(client, event.bytes, out);
      break;
    case 'changed':
      changed(client, event.path, event.value, out);
      break;
    case 'update':
      updateByProgram(client, out);
      break;
    case 'ignored-press':
      print(client, 'simulate button_click, device not registered\n', out);
      break;
    case 'wake':
      wake(client, event.wake, event.id, out);
      break;
  }
}

function wake(client: Client, kind: ClientWake, id: number, out: Out): void {
  if (kind === 'resend') {
    const given = resend(client, id, out);
    if (given !== undefined) act(client, unanswered(client, given.messageId, out), out);
  } else if (kind === 'retry' && id === client.retryWake) {
    retry(client, out);
  } else if (kind === 'registration' && id === client.registrationWake) {
    registrationTimedOut(client, out);
  } else if (kind === 'own-update' && id === client.ownUpdateWake) {
    ownUpdate(client, out);
  } else if (kind === 'blink' && id === client.blinkWake) {
    blink(client, out);
  }
}
