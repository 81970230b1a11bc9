/**
 * A NotificationMessage to a webhook's body, spelt as one of three services would (`Dialect` in message.ts).
 *
 * Only what the dialect says is written: `pelion` and `mdc` are without uid, timestamp, boot and original-ep, unless it is
 * asked for one by one (`Extras`), as Pelion's opt-ins are.
 */
import { NOT_A_LIST } from './decode.ts';
import { jsonText } from './json-text.ts';
import {
  type AsyncResponse,
  type Departure,
  type Dialect,
  type EndpointData,
  type Extras,
  type NotificationData,
  type NotificationMessage,
  type RefusedElement,
  type ResourceData,
  type Stamp,
  WIRE_KEYS,
  type WireKey,
} from './message.ts';

/** An object about to become JSON; fields that are undefined are left out. */
type Wire = Record<string, unknown>;

interface Spelling {
  readonly dialect: Dialect;
  readonly extras: Extras;
}

const ALL: Extras = { uid: true, timestamp: true, originalEp: true, boot: true, departuresAsObjects: true };
const NONE: Extras = { uid: false, timestamp: false, originalEp: false, boot: false, departuresAsObjects: false };

/** Writes the message as JSON. Arrays without elements are left out; nothing at all is `{}`. */
export function encodeNotification(
  message: Partial<NotificationMessage>,
  dialect: Dialect,
  extras: Extras = dialect === 'connector' ? ALL : NONE,
): string {
  const body: Wire = {};
  const spelling = { dialect, extras };
  putList(body, WIRE_KEYS.notifications, message.notifications, spelling, writeNotification);
  putList(body, WIRE_KEYS.registrations, message.registrations, spelling, writeEndpoint);
  putList(body, WIRE_KEYS.regUpdates, message.regUpdates, spelling, writeEndpoint);
  putList(body, WIRE_KEYS.deRegistrations, message.deRegistrations, spelling, writeDeparture);
  putList(body, WIRE_KEYS.registrationsExpired, message.registrationsExpired, spelling, writeDeparture);
  putList(body, WIRE_KEYS.asyncResponses, message.asyncResponses, spelling, writeAsyncResponse);
  return JSON.stringify(body);
}

/**
 * A body that holds just what was refused of one key, so that it can be given to the receiver again and is refused
 * alike. `refused` is not empty, and all of it is of one key of one body.
 */
export function encodeRefused(refused: readonly RefusedElement[]): Uint8Array {
  const [first] = refused;
  if (first === undefined) throw new RangeError('nothing was refused');
  const value = first.reason === NOT_A_LIST ? first.element : refused.map(({ element }) => element);
  return new TextEncoder().encode(jsonText({ [first.key]: value }));
}

function putList<T>(
  body: Wire,
  key: WireKey,
  elements: readonly T[] | undefined,
  spelling: Spelling,
  write: (element: T, spelling: Spelling) => unknown,
): void {
  if (elements === undefined || elements.length === 0) return;
  body[key] = elements.map((element) => write(element, spelling));
}

function writeNotification(element: NotificationData, { dialect, extras }: Spelling): Wire {
  const { ep, path, ct, payload, maxAge } = element;
  return writeStamp({ ep, path, ct, payload, 'max-age': writeMaxAge(maxAge, dialect) }, element, extras);
}

function writeEndpoint(element: EndpointData, { dialect, extras }: Spelling): Wire {
  const { ep, ept, q } = element;
  const resources = element.resources.map((resource) => writeResource(resource, dialect));
  return writeStamp({ ep, ept, q, resources }, element, extras);
}

/** The resource type was `rf` until 2018. */
function writeResource({ path, if: description, rt, ct, obs }: ResourceData, dialect: Dialect): Wire {
  return dialect === 'mdc' ? { path, if: description, rf: rt, ct, obs } : { path, if: description, rt, ct, obs };
}

function writeDeparture(element: Departure, { extras }: Spelling): Wire | string {
  return extras.departuresAsObjects ? writeStamp({ ep: element.ep }, element, extras) : element.ep;
}

function writeAsyncResponse({ id, status, error, ct, maxAge, payload }: AsyncResponse, { dialect }: Spelling): Wire {
  return { id, status, error, ct, 'max-age': writeMaxAge(maxAge, dialect), payload };
}

function writeMaxAge(seconds: number | undefined, dialect: Dialect): number | string | undefined {
  return dialect === 'mdc' ? seconds?.toString() : seconds;
}

function writeStamp(into: Wire, { timestamp, uid, originalEp, boot }: Stamp, extras: Extras): Wire {
  // A time that was none stays one: JSON has no NaN, and null would say that there was none.
  if (extras.timestamp) into.timestamp = Number.isNaN(timestamp) ? '' : timestamp;
  if (extras.uid) into.uid = uid;
  if (extras.originalEp) into['original-ep'] = originalEp;
  if (extras.boot) into.boot = boot;
  return into;
}
