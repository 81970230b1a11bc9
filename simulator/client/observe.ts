/**
 * Observations and notifications (mbed-client m2mbase.cpp, m2mresourcebase.cpp, m2mnsdlinterface.cpp; RFC 7641).
 *
 * One observer a resource: who asks again replaces the token and goes on with the numbers; who cancels has them begin at 0
 * again. Neither a reset of a notification, nor a new connection, nor a new registration ends one. Numbers have 16 bits.
 */
import { RESPONSES } from '../../cloud/protocol/coap/codes.ts';
import type { CoapOption } from '../../cloud/protocol/coap/message.ts';
import { DEREGISTER, REGISTER } from '../../cloud/protocol/coap/observe.ts';
import { OPTIONS, uintOption } from '../../cloud/protocol/coap/options.ts';
import type { Out } from './events.ts';
import { sendConfirmable } from './outbox.ts';
import { MAX_AGE_0 } from './registration.ts';
import { isChanging, isObserved } from './resources.ts';
import { print } from './serial.ts';
import type { Client, ObservedPath } from './state.ts';
import { bytesOfText, textOfBytes } from './text.ts';

const OBSERVE_MODULUS = 0x1_0000;
const TEXT: CoapOption = uintOption(OPTIONS.ContentFormat, 0);

/** The program set a resource: keeps it, and notifies who observes it. */
export function changed(client: Client, path: string, value: string, out: Out): void {
  const key = path.slice(1);
  if (!isChanging(key)) throw new RangeError(`${path} does not change`);
  if (key === '3200/0/5501') print(client, `handle_button_click, new value of counter is ${value}\n`, out);
  if (key === '3200/0/5502') print(client, `handle_timer_click, new value of counter is ${value}\n`, out);
  set(client, key, bytesOfText(value), out);
}

/** Sets the value of a resource, `path` without its first slash. The bytes are kept. */
export function set(client: Client, path: string, value: Uint8Array, out: Out): void {
  if (!isChanging(path)) return;
  client.values[path] = value;
  if (isObserved(path)) notify(client, path, value, out);
}

/**
 * What a GET's Observe option does to the resource; returns the number that the answer carries, undefined for none. A
 * request without a token leaves the observation the one that it has.
 */
export function observe(client: Client, path: ObservedPath, option: number, token: Uint8Array): number | undefined {
  const present = client.observations[path];
  if (option === DEREGISTER) client.observations[path] = undefined;
  if (option !== REGISTER) return undefined;
  const kept = token.length === 0 && present !== undefined ? present.token : token.slice();
  const number = present?.number ?? 0;
  client.observations[path] = { token: kept, number };
  return number;
}

function notify(client: Client, path: ObservedPath, payload: Uint8Array, out: Out): void {
  const observation = client.observations[path];
  if (observation === undefined) return;
  // Counted on whether or not there is room for it: a gap in the numbers is a value that was never sent.
  observation.number = (observation.number + 1) % OBSERVE_MODULUS;
  const options = [uintOption(OPTIONS.Observe, observation.number), TEXT];
  if (client.options.saysMaxAge) options.push(MAX_AGE_0);
  const told = { path: `/${path}`, value: textOfBytes(payload) };
  sendConfirmable(client, { code: RESPONSES.Content, token: observation.token, options, payload }, out, told);
}
