/**
 * The elements of a NotificationMessage's arrays, one reader a kind.
 *
 * A reader gives the element, or the reason why it is refused, as text: no exception, since one body may hold 10,000.
 * Without an optional field, or with one that makes no sense, an element is still good; the exceptions are a payload
 * that is no text and a boot that is no time, for both would be counted wrongly.
 */
import {
  contentType,
  endpointName,
  flag,
  isObject,
  type JsonObject,
  maxAge,
  messageId,
  resourcePath,
  text,
  time,
  wholeNumber,
} from './fields.ts';
import type { AsyncResponse, Departure, EndpointData, NotificationData, ResourceData, Stamp } from './message.ts';

/** Gives the element, or the reason why it is refused. */
export type ElementReader<T extends object> = (element: unknown) => T | string;

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

const NO_OBJECT = 'it is not an object';
const BAD_EP = 'ep is no text of 1 to 256 characters, none a control character or half a surrogate pair';
const BAD_PATH = 'path is not a text of 1 to 1024 characters';
const BAD_PAYLOAD = 'payload is not a text';
const BAD_BOOT = 'boot is not a whole number of milliseconds';
const BAD_ID = 'id is not a text';
const BAD_STATUS = 'status is not a whole number';

export function readNotification(element: unknown): NotificationData | string {
  if (!isObject(element)) return NO_OBJECT;
  const ep = endpointName(element.ep);
  if (ep === undefined) return BAD_EP;
  const path = resourcePath(element.path);
  if (path === undefined) return BAD_PATH;
  const made: Writable<NotificationData> = { ep, path };
  return readContent(element, made) ?? readStamp(element, made) ?? made;
}

export function readEndpoint(element: unknown): EndpointData | string {
  if (!isObject(element)) return NO_OBJECT;
  const ep = endpointName(element.ep);
  if (ep === undefined) return BAD_EP;
  const made: Writable<EndpointData> = { ep, resources: readResources(element.resources) };
  const ept = text(element.ept);
  if (ept !== undefined) made.ept = ept;
  const q = flag(element.q);
  if (q !== undefined) made.q = q;
  return readStamp(element, made) ?? made;
}

/** A name, or an object where the channel asked for objects. */
export function readDeparture(element: unknown): Departure | string {
  if (typeof element === 'string') return endpointName(element) === undefined ? BAD_EP : { ep: element };
  if (!isObject(element)) return 'it is neither a name nor an object';
  const ep = endpointName(element.ep);
  if (ep === undefined) return BAD_EP;
  const made: Writable<Departure> = { ep };
  return readStamp(element, made) ?? made;
}

export function readAsyncResponse(element: unknown): AsyncResponse | string {
  if (!isObject(element)) return NO_OBJECT;
  const id = text(element.id);
  if (id === undefined) return BAD_ID;
  const status = wholeNumber(element.status);
  if (status === undefined) return BAD_STATUS;
  const made: Writable<AsyncResponse> = { id, status };
  const error = text(element.error);
  if (error !== undefined) made.error = error;
  return readContent(element, made) ?? made;
}

/** The value and what is said of it; gives the reason if the element is to be refused. */
function readContent(
  element: JsonObject,
  into: Writable<Pick<NotificationData, 'ct' | 'payload' | 'maxAge'>>,
): string | undefined {
  const ct = contentType(element.ct);
  if (ct !== undefined) into.ct = ct;
  const { payload } = element;
  if (typeof payload === 'string') {
    if (payload !== '') into.payload = payload;
  } else if (payload !== undefined && payload !== null) return BAD_PAYLOAD;
  const age = maxAge(element['max-age']);
  if (age !== undefined) into.maxAge = age;
  return undefined;
}

/** What the service adds; gives the reason if the element is to be refused. */
function readStamp(element: JsonObject, into: Writable<Stamp>): string | undefined {
  const timestamp = time(element.timestamp);
  if (timestamp !== undefined) into.timestamp = timestamp;
  const uid = messageId(element.uid);
  if (uid !== undefined) into.uid = uid;
  const originalEp = text(element['original-ep']);
  if (originalEp !== undefined) into.originalEp = originalEp;
  if (element.boot === undefined) return undefined;
  const boot = wholeNumber(element.boot);
  // Not even null is let through: without its boot the value would be counted by other rules.
  if (boot === undefined) return BAD_BOOT;
  into.boot = boot;
  return undefined;
}

/** Only `path` is dependable, so what has none is left out and the registration stands. */
function readResources(value: unknown): ResourceData[] {
  const resources: ResourceData[] = [];
  if (!Array.isArray(value)) return resources;
  for (const item of value) {
    const resource = isObject(item) ? readResource(item) : undefined;
    if (resource !== undefined) resources.push(resource);
  }
  return resources;
}

function readResource(item: JsonObject): ResourceData | undefined {
  const path = resourcePath(item.path);
  if (path === undefined) return undefined;
  const made: Writable<ResourceData> = { path };
  const description = text(item.if);
  if (description !== undefined) made.if = description;
  const type = text(item.rt) ?? text(item.rf);
  if (type !== undefined) made.rt = type;
  const ct = contentType(item.ct);
  if (ct !== undefined) made.ct = ct;
  const obs = flag(item.obs);
  if (obs !== undefined) made.obs = obs;
  return made;
}
