/**
 * Registering and updating (mbed-client-c sn_nsdl.c, mbed-client m2mnsdlinterface.cpp; OMA-TS-LightweightM2M-V1_0 §5.3).
 *
 *   POST /rd?ep&et&lt&d&b ─► 2.01 with Location-Path: registered │ 4.00, 4.03: dead │ anything else: 15 s, connect, register
 *   POST <location>[?lt]  ─► 2.04 │ anything else: registers at once, on the same connection
 *
 * Requests have no token: an answer is told by its message ID alone, whatever type of message it is. Not told apart from
 * an error, then: an Empty acknowledgement, whose answer comes later in a message of its own.
 */
import { METHODS, RESPONSES } from '../../cloud/protocol/coap/codes.ts';
import type { CoapMessage, CoapOption } from '../../cloud/protocol/coap/message.ts';
import { OPTIONS, optionUint, pathOptions, textOption, uintOption } from '../../cloud/protocol/coap/options.ts';
import { BOARD_TYPE } from '../board/resources.ts';
import type { Out } from './events.ts';
import { LINKS } from './links.ts';
import { sendConfirmable, startResending } from './outbox.ts';
import { printError, printTrace } from './serial.ts';
import { type Client, NONE, NOTHING } from './state.ts';
import { DEFAULT_MAX_AGE_S, ownUpdateAfterMs } from './timing.ts';
import { wakeAfter } from './wake.ts';

/** What an answer means for the connection. */
export type Outcome = 'fine' | 'try-again' | 'give-up';

const REGISTER_PATH = pathOptions(OPTIONS.UriPath, '/rd');
export const MAX_AGE_0: CoapOption = uintOption(OPTIONS.MaxAge, 0);

/** Registers; false without room in the resend queue. */
export function register(client: Client, out: Out): boolean {
  startResending(client, out);
  const { endpoint, domain } = client.options;
  const queries = [`ep=${endpoint}`, `et=${BOARD_TYPE}`, ...lifetimeQuery(client.lifetimeS)];
  if (domain !== '') queries.push(`d=${domain}`);
  // `b=U` over TCP as well: the enumeration's lowest three bits are those of UDP.
  queries.push('b=U');
  client.registerId = post(client, REGISTER_PATH, queries, LINKS, out);
  return client.registerId !== NONE;
}

/** Updates the registration, with `lt` if the program asked for it; false without room in the resend queue. */
export function update(client: Client, byProgram: boolean, out: Out): boolean {
  if (byProgram) {
    client.lifetimeS = client.options.lifetimeS;
    startOwnUpdates(client, out);
  }
  const sent = post(client, client.location, byProgram ? lifetimeQuery(client.lifetimeS) : [], NOTHING, out);
  if (sent === NONE) return false;
  client.updateId = sent;
  return true;
}

/** What came with the message ID of the registration or of the last update; undefined if it is another. */
export function answered(client: Client, answer: CoapMessage, out: Out): Outcome | undefined {
  if (answer.messageId === client.registerId) return registerAnswered(client, answer, out);
  if (answer.messageId !== client.updateId) return undefined;
  if (answer.code === RESPONSES.Changed) {
    client.updateId = NONE;
    client.retries = 0;
  } else {
    updateFailed(client, out);
  }
  return 'fine';
}

/** A message that was sent for the last time without an answer: the same as an answer that is none. */
export function unanswered(client: Client, messageId: number, out: Out): Outcome {
  if (messageId === client.registerId) return registerFailed(client);
  if (messageId === client.updateId) updateFailed(client, out);
  return 'fine';
}

function registerAnswered(client: Client, answer: CoapMessage, out: Out): Outcome {
  if (answer.code === RESPONSES.Created) {
    registerAccepted(client, answer, out);
    return 'fine';
  }
  registerFailed(client);
  if (answer.code !== RESPONSES.BadRequest && answer.code !== RESPONSES.Forbidden) return 'try-again';
  printError(client, 'InvalidParameters', out);
  return 'give-up';
}

function registerAccepted(client: Client, { options }: CoapMessage, out: Out): void {
  const segments = options.filter(({ number }) => number === OPTIONS.LocationPath);
  if (segments.length === 0) {
    out.push({ do: 'refused', why: 'no-location' });
    printError(client, 'ResponseParseFailed', out);
    return;
  }
  client.location = segments.map(({ value }) => ({ number: OPTIONS.UriPath, value: value.slice() }));
  client.registerId = NONE;
  client.registrationWake = NONE;
  client.retries = 0;
  client.registered = true;
  client.updateFirst = true;
  client.lifetimeS = optionUint(options, OPTIONS.MaxAge) ?? (client.options.saysMaxAge ? 0 : DEFAULT_MAX_AGE_S);
  startOwnUpdates(client, out);
  printTrace(client, 'Registered object successfully!', out);
  out.push({ do: 'registered' });
}

function registerFailed(client: Client): Outcome {
  client.registerId = NONE;
  client.updateFirst = false;
  return 'try-again';
}

function updateFailed(client: Client, out: Out): void {
  client.updateId = NONE;
  client.ownUpdateWake = NONE;
  register(client, out);
}

/** A periodic timer: it begins anew whenever the lifetime is set. */
export function startOwnUpdates(client: Client, out: Out): void {
  if (client.lifetimeS === 0) return;
  client.ownUpdateWake = wakeAfter(client, 'own-update', ownUpdateAfterMs(client.lifetimeS), out);
}

function post(
  client: Client,
  path: readonly CoapOption[],
  queries: readonly string[],
  payload: Uint8Array,
  out: Out,
): number {
  const maxAge = client.options.saysMaxAge ? [MAX_AGE_0] : [];
  const options = [...path, ...maxAge, ...queries.map((query) => textOption(OPTIONS.UriQuery, query))];
  return sendConfirmable(client, { code: METHODS.POST, token: NOTHING, options, payload }, out);
}

function lifetimeQuery(seconds: number): string[] {
  return seconds === 0 ? [] : [`lt=${seconds}`];
}
