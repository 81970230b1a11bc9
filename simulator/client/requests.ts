/**
 * Reads, writes and commands of the service (mbed-client-c sn_grs.c, mbed-client m2mresourcebase.cpp, m2mresource.cpp).
 *
 *   GET                 2.05 text or TLV, Max-Age 0; Accept means nothing │ not readable 4.05 │ no such path 4.04
 *   PUT                 2.04, and stored unless it is empty │ TLV 4.15 │ not writable 4.05
 *   POST                3201/0/5850: blink.ts │ no such path 4.04
 *   DELETE              4.05 │ no such path 4.04
 *   .well-known/core    2.05 without the token, always an acknowledgement
 *
 * Copies are not told from their originals: what comes twice is done twice. What POST and TLV could do to whole objects is
 * left out, and so are write attributes: they are accepted where they are, and change nothing.
 */
import { METHODS, RESPONSES } from '../../cloud/protocol/coap/codes.ts';
import { CONTENT_FORMATS } from '../../cloud/protocol/coap/content-formats.ts';
import { type CoapMessage, type CoapOption, encodeMessage } from '../../cloud/protocol/coap/message.ts';
import { OPTIONS, optionUint, optionValue, uintOption } from '../../cloud/protocol/coap/options.ts';
import { execute } from './blink.ts';
import type { Out } from './events.ts';
import { LINKS } from './links.ts';
import { observe, set } from './observe.ts';
import { send, takeMessageId } from './outbox.ts';
import { MAX_AGE_0 } from './registration.ts';
import { BLINK, isChanging, isObserved, RESOURCES, type Resource } from './resources.ts';
import { printWritten } from './serial.ts';
import { type Client, NOTHING } from './state.ts';
import { textOfBytes } from './text.ts';

const NO_OPTIONS: readonly CoapOption[] = [];
const LINK_FORMAT = [uintOption(OPTIONS.ContentFormat, CONTENT_FORMATS.linkFormat)];
const CORE = '.well-known/core';
/** Objects that exist, but are no resources. */
const OBJECTS = new Set(['3', '1000', '3200', '3201']);

/** Answers a request: one of RFC 7252's four methods, its options all known. */
export function request(client: Client, message: CoapMessage, out: Out): void {
  if (optionValue(message.options, OPTIONS.ProxyUri) !== undefined) {
    respond(client, message, RESPONSES.ProxyingNotSupported, out);
    return;
  }
  const path = pathOf(message);
  const resource = RESOURCES.get(path);
  if (path === CORE) tellLinks(client, message, out);
  else if (resource === undefined) refuse(client, message, notFound(message, path), out);
  else if (!takes(resource, message.code)) refuse(client, message, RESPONSES.MethodNotAllowed, out);
  else if (message.code === METHODS.GET) read(client, message, resource, out);
  else if (message.code === METHODS.PUT) write(client, message, resource, out);
  else run(client, message, resource, out);
}

function takes({ get, put, post }: Resource, code: number): boolean {
  return (code === METHODS.GET && get) || (code === METHODS.PUT && put) || (code === METHODS.POST && post) || false;
}

function notFound({ code, payload }: CoapMessage, path: string): number {
  const segments = path.split('/');
  // A POST could create an instance of an object, which none of the example's lets happen.
  if (code !== METHODS.POST || segments.length !== 2) return RESPONSES.NotFound;
  return OBJECTS.has(segments[0]!) && payload.length === 0 ? RESPONSES.BadRequest : RESPONSES.MethodNotAllowed;
}

function read(client: Client, message: CoapMessage, resource: Resource, out: Out): void {
  const { path } = resource;
  const payload = isChanging(path) ? client.values[path] : (resource.value ?? NOTHING);
  const options: CoapOption[] = [uintOption(OPTIONS.ContentFormat, resource.contentFormat), MAX_AGE_0];
  const asked = optionUint(message.options, OPTIONS.Observe);
  if (asked !== undefined && !isObserved(path)) {
    // The answer was filled in before that was looked at.
    respond(client, message, RESPONSES.MethodNotAllowed, out, options, payload);
    return;
  }
  const number = asked === undefined || !isObserved(path) ? undefined : observe(client, path, asked, message.token);
  if (number !== undefined) options.unshift(uintOption(OPTIONS.Observe, number));
  respond(client, message, RESPONSES.Content, out, options, payload);
  if (client.connected && isObserved(path)) out.push({ do: 'answered', path: `/${path}`, value: textOfBytes(payload) });
}

function write(client: Client, message: CoapMessage, { path, rt, observable }: Resource, out: Out): void {
  const format = optionUint(message.options, OPTIONS.ContentFormat);
  if (optionValue(message.options, OPTIONS.UriQuery) !== undefined) {
    respond(client, message, observable ? RESPONSES.Changed : RESPONSES.BadRequest, out);
  } else if (format === CONTENT_FORMATS.tlvOfDrafts || format === CONTENT_FORMATS.tlv) {
    respond(client, message, RESPONSES.UnsupportedContentFormat, out);
  } else {
    respond(client, message, RESPONSES.Changed, out);
    if (message.payload.length === 0) return;
    set(client, path, message.payload.slice(), out);
    printWritten(client, path, rt, out);
  }
}

function run(client: Client, message: CoapMessage, { path }: Resource, out: Out): void {
  const format = optionUint(message.options, OPTIONS.ContentFormat) ?? CONTENT_FORMATS.text;
  if (message.payload.length > 0 && format !== CONTENT_FORMATS.text) {
    respond(client, message, RESPONSES.UnsupportedContentFormat, out);
  } else if (path === BLINK) {
    execute(client, message, out);
  } else {
    respond(client, message, RESPONSES.Changed, out);
  }
}

function tellLinks(client: Client, { messageId }: CoapMessage, out: Out): void {
  const answer = { type: 'ACK', code: RESPONSES.Content, messageId, token: NOTHING } as const;
  send(client, encodeMessage({ ...answer, options: LINK_FORMAT, payload: LINKS }), out);
}

/** sn_coap_build_response(): what is not confirmable is answered likewise, with an ID of the board's. */
function respond(
  client: Client,
  { type, messageId, token }: CoapMessage,
  code: number,
  out: Out,
  options = NO_OPTIONS,
  payload = NOTHING,
): void {
  const own = type === 'CON' ? { type: 'ACK', messageId } : { type: 'NON', messageId: takeMessageId(client) };
  send(
    client,
    encodeMessage({ ...(own as Pick<CoapMessage, 'type' | 'messageId'>), code, token, options, payload }),
    out,
  );
}

/** sn_grs_process_coap(): the same, but with the request's ID. */
function refuse(client: Client, { type, messageId, token }: CoapMessage, code: number, out: Out): void {
  const answer = { type: type === 'CON' ? 'ACK' : 'NON', code, messageId, token } as const;
  send(client, encodeMessage({ ...answer, options: NO_OPTIONS, payload: NOTHING }), out);
}

function pathOf({ options }: CoapMessage): string {
  const segments = options.filter(({ number }) => number === OPTIONS.UriPath);
  return segments.map(({ value }) => textOfBytes(value)).join('/');
}
