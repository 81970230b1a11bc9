/**
 * A webhook's body to a NotificationMessage.
 *
 *   bytes ─► UTF-8 ─► JSON ─► six arrays ─► each element on its own (elements.ts) ─► understood, or refused
 *
 * Pure, and tolerant of both eras of the service. An element that makes no sense is kept as it came and touches none of
 * its neighbours: the sender has no way to take one back and would send the whole body again.
 */
import { FormatError } from '../errors.ts';
import { type ElementReader, readAsyncResponse, readDeparture, readEndpoint, readNotification } from './elements.ts';
import { isObject, type JsonObject } from './fields.ts';
import { type DecodedMessage, type RefusedElement, WIRE_KEYS, type WireKey } from './message.ts';
import { repeatsAtTop } from './top-keys.ts';

/** Reason for refusing a key's whole value; no element of a list is ever refused for it. */
export const NOT_A_LIST = 'the value of this key is not a list';

/**
 * A body with more objects and arrays, or more elements, than this is none of a service's, whose batches have 20,000
 * elements at most: it is refused before its values fill the memory.
 */
export const MOST_VALUES = 1_000_000;
/** What a smaller body holds is no danger; a service's batches are about 4 MB. */
const COUNTED_FROM_BYTES = 8 * 1024 ** 2;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a body; an empty one (a service trying out the URL) is an empty message.
 *
 * Keys and fields it does not know are passed over. FormatError NOTIFICATION_FORMAT: the body as a whole is no UTF-8, no
 * JSON or no object. Source: Connector-mDS-REST-API docs/api-reference.md, "NotificationMessage"; Pelion OpenAPI of
 * 29 April 2020, `NotificationMessage`.
 */
export function decodeNotification(body: Uint8Array): DecodedMessage {
  const source = parseObject(body);
  const refused: RefusedElement[] = [];
  const notificationElements: unknown[] = [];
  return {
    message: {
      notifications: readList(source, WIRE_KEYS.notifications, readNotification, refused, notificationElements),
      registrations: readList(source, WIRE_KEYS.registrations, readEndpoint, refused),
      regUpdates: readList(source, WIRE_KEYS.regUpdates, readEndpoint, refused),
      deRegistrations: readList(source, WIRE_KEYS.deRegistrations, readDeparture, refused),
      registrationsExpired: readList(source, WIRE_KEYS.registrationsExpired, readDeparture, refused),
      asyncResponses: readList(source, WIRE_KEYS.asyncResponses, readAsyncResponse, refused),
    },
    notificationElements,
    refused,
  };
}

function parseObject(body: Uint8Array): JsonObject {
  if (body.length > COUNTED_FROM_BYTES && countOpening(body) > MOST_VALUES) throw tooMany('objects and arrays');
  const json = readText(body);
  if (json.trim() === '') return {};
  let source: unknown;
  try {
    source = JSON.parse(json);
  } catch (cause) {
    throw new FormatError('NOTIFICATION_FORMAT', 'the body is not JSON', { cause });
  }
  if (!isObject(source)) throw new FormatError('NOTIFICATION_FORMAT', 'the body is JSON, but not an object');
  const repeated = WIRE_LISTS.find(
    (key) => Object.hasOwn(source, key) && mayRepeat(json, key) && repeatsAtTop(json, key),
  );
  if (repeated !== undefined) throw new FormatError('NOTIFICATION_FORMAT', `the body has '${repeated}' twice`);
  return source;
}

const WIRE_LISTS = Object.values(WIRE_KEYS);

/** Cheap, and mostly enough: JSON.parse keeps the last of two lists, and the first would be lost. */
function mayRepeat(json: string, key: WireKey): boolean {
  const first = json.indexOf(`"${key}"`);
  return first >= 0 && json.indexOf(`"${key}"`, first + 1) >= 0;
}

/** Braces and brackets, those inside texts included, where a service puts none. */
function countOpening(body: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < body.length; at++) if (body[at] === 0x7b || body[at] === 0x5b) count += 1;
  return count;
}

function tooMany(what: string): FormatError {
  return new FormatError('NOTIFICATION_FORMAT', `the body has more than ${MOST_VALUES} ${what}`);
}

function readText(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch (cause) {
    throw new FormatError('NOTIFICATION_FORMAT', 'the body is not UTF-8', { cause });
  }
}

function readList<T extends object>(
  source: JsonObject,
  key: WireKey,
  read: ElementReader<T>,
  refused: RefusedElement[],
  asTheyCame?: unknown[],
): T[] {
  const understood: T[] = [];
  const elements = source[key];
  if (elements === undefined || elements === null) return understood;
  if (!Array.isArray(elements)) {
    refused.push({ key, element: elements, reason: NOT_A_LIST });
    return understood;
  }
  if (elements.length > MOST_VALUES) throw tooMany('elements in one list');
  for (const element of elements) {
    const made = read(element);
    if (typeof made === 'string') {
      refused.push({ key, element, reason: made });
      continue;
    }
    understood.push(made);
    asTheyCame?.push(element);
  }
  return understood;
}
