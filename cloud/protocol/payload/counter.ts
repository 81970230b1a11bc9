/**
 * The press counter out of a notification: `/3200/0/5501`, alone or inside a TLV of its instance or its object.
 *
 * What stands in the counter's place and is no counter is an error, so that it can be kept aside: never guessed, never
 * lost. What does not have the counter's place at all is nothing.
 */
import { FormatError } from '../errors.ts';
import type { NotificationData } from '../notification/message.ts';
import { COUNTER_MODULUS, COUNTER_PATH } from '../paths.ts';
import { type TlvEntry, type TlvMultipleResource, type TlvResource, tlvInteger } from './tlv.ts';
import { decodeValue } from './value.ts';

const INSTANCE_PATH = COUNTER_PATH.slice(0, COUNTER_PATH.lastIndexOf('/'));
const OBJECT_PATH = INSTANCE_PATH.slice(0, INSTANCE_PATH.lastIndexOf('/'));
const INSTANCE_ID = Number(INSTANCE_PATH.slice(OBJECT_PATH.length + 1));
const RESOURCE_ID = Number(COUNTER_PATH.slice(INSTANCE_PATH.length + 1));

type Resource = TlvResource | TlvMultipleResource;

/**
 * The counter, 0 to 65,535; undefined if the notification tells none: another path, or a TLV of `/3200` or `/3200/0`
 * that does not hold resource 5501 of instance 0.
 *
 * FormatError: COUNTER_FORMAT for another value in its place (no integer, out of range, several, nothing at all) and for
 * an object or instance that came as something else than TLV; PAYLOAD_FORMAT and TLV_FORMAT as decodeValue has them.
 */
export function counterOf(notification: NotificationData): number | undefined {
  const { path } = notification;
  if (path !== COUNTER_PATH && path !== INSTANCE_PATH && path !== OBJECT_PATH) return undefined;
  const value = decodeValue(notification);
  if (value.kind === 'tlv') return counterInTlv(path, value.entries);
  if (path !== COUNTER_PATH) throw problem(`the value of ${path} is ${value.kind}, not TLV`);
  if (value.kind !== 'integer') throw problem(`its value is ${value.kind}, not an integer`);
  return checked(value.value);
}

function counterInTlv(path: string, entries: readonly TlvEntry[]): number | undefined {
  const resources = resourcesOf(path, entries);
  const counters = resources.filter(({ id }) => id === RESOURCE_ID);
  const [counter] = counters;
  const alone = counter !== undefined && resources.length === 1 && entries.length === 1;
  if (path === COUNTER_PATH && !alone) throw problem('its TLV does not hold just this resource');
  if (counter === undefined) return undefined;
  if (counters.length > 1) throw problem(`its TLV holds it ${counters.length} times`);
  if (counter.kind !== 'resource') throw problem('its TLV holds several values of it');
  return checked(tlvInteger(counter.value));
}

/** The resources of instance 0: inside its entry, or, where the path names the instance already, without one. */
function resourcesOf(path: string, entries: readonly TlvEntry[]): Resource[] {
  const resources: Resource[] = [];
  for (const entry of entries) {
    if (entry.kind !== 'object-instance') {
      if (path !== OBJECT_PATH) resources.push(entry);
    } else if (entry.id === INSTANCE_ID) {
      for (const resource of entry.resources) resources.push(resource);
    }
  }
  return resources;
}

function checked(value: number | bigint): number {
  if (typeof value === 'number' && value >= 0 && value < COUNTER_MODULUS) return value;
  throw problem(`${value} is not from 0 to ${COUNTER_MODULUS - 1}`);
}

function problem(what: string): FormatError {
  return new FormatError('COUNTER_FORMAT', `no press counter at ${COUNTER_PATH}: ${what}`);
}
