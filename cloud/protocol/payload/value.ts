/**
 * What a notification's payload says: an integer, text, TLV entries, or bytes that this project gives no meaning.
 *
 *   payload ─► base64 ─► bytes ─► by media type, or by the path's depth where none was sent
 */
import { FormatError } from '../errors.ts';
import type { NotificationData } from '../notification/message.ts';
import { decodeBase64 } from './base64.ts';
import { decodeTlv, type TlvEntry } from './tlv.ts';

export type ResourceValue =
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tlv'; readonly entries: readonly TlvEntry[] }
  | { readonly kind: 'opaque'; readonly bytes: Uint8Array };

type Form = 'text' | 'tlv' | 'opaque';

/** Media types, and CoAP content formats as numbers: 99 is what mbed-client calls TLV, 11542 what IANA does. */
const FORMS: ReadonlyMap<string, Form> = new Map([
  ['text/plain', 'text'],
  ['0', 'text'],
  ['application/vnd.oma.lwm2m+tlv', 'tlv'],
  ['99', 'tlv'],
  ['11542', 'tlv'],
  ['application/octet-stream', 'opaque'],
  ['42', 'opaque'],
]);

const RESOURCE_PATH = /^\/\d+\/\d+\/\d+$/;
const OBJECT_OR_INSTANCE_PATH = /^\/\d+(\/\d+)?$/;

/** No safe integer is longer: a minus and 16 digits. */
const LONGEST_INTEGER = 17;
const MINUS = 0x2d;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The value that a notification carries; a missing payload is an empty one. Parameters and case of `ct` do not matter,
 * and a `ct` that is not known makes the value opaque.
 *
 * Text that is a decimal integer as a machine writes it (no plus, no leading zero, a safe integer) is an integer.
 * FormatError: PAYLOAD_FORMAT for what is no base64, or text that is no UTF-8; TLV_FORMAT for what is no TLV.
 */
export function decodeValue({ ct, payload, path }: Pick<NotificationData, 'ct' | 'payload' | 'path'>): ResourceValue {
  const form = formOf(ct, path);
  const bytes = decodeBase64(payload ?? '');
  if (form === 'tlv') return { kind: 'tlv', entries: decodeTlv(bytes) };
  if (form === 'opaque') return { kind: 'opaque', bytes };
  const value = decimalInteger(bytes);
  return value === undefined ? { kind: 'text', text: readText(bytes) } : { kind: 'integer', value };
}

function formOf(ct: string | undefined, path: string): Form {
  if (ct === undefined || ct === '') return formOfPath(path);
  return FORMS.get(ct) ?? FORMS.get(ct.split(';', 1)[0]!.trim().toLowerCase()) ?? 'opaque';
}

/** LwM2M's defaults (OMA-TS-LightweightM2M-V1_0, section 6.4): plain text for one resource, TLV for several. */
function formOfPath(path: string): Form {
  if (RESOURCE_PATH.test(path)) return 'text';
  return OBJECT_OR_INSTANCE_PATH.test(path) ? 'tlv' : 'opaque';
}

/** Counters are most of what comes, so they are read off the bytes, without making text first. */
function decimalInteger(bytes: Uint8Array): number | undefined {
  const { length } = bytes;
  const negative = bytes[0] === MINUS;
  const start = negative ? 1 : 0;
  if (length === start || length > LONGEST_INTEGER) return undefined;
  // A leading zero is only right in "0" itself; "-0" is no integer that a machine writes.
  if (bytes[start] === 0x30 && length > 1) return undefined;
  let value = 0;
  for (let index = start; index < length; index++) {
    const digit = bytes[index]! - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  if (!Number.isSafeInteger(value)) return undefined;
  return negative ? -value : value;
}

function readText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new FormatError('PAYLOAD_FORMAT', 'the payload is text/plain, but not UTF-8', { cause });
  }
}
