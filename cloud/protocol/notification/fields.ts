/**
 * What a field of a NotificationMessage may look like, over both eras of the service, and what is made of it.
 *
 * Each function takes a field's value as JSON gave it (undefined: not there) and gives undefined for what it cannot use;
 * whether the element then goes without the field or is refused is decided in elements.ts.
 */

/** An element that is a JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

export const EP_LIMIT = 256;
export const PATH_LIMIT = 1024;
export const UID_LIMIT = 256;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * An endpoint name: 1 to 256 UTF-16 units, none a control character. Half a surrogate pair is refused too: two such
 * names become one when a store writes them as UTF-8.
 */
export function endpointName(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length === 0 || value.length > EP_LIMIT) return undefined;
  for (let index = 0; index < value.length; index++) {
    const unit = value.charCodeAt(index);
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0)) return undefined;
  }
  return value.isWellFormed() ? value : undefined;
}

/** A resource, instance or object path of 1 to 1024 characters, its leading slash included, which is put there if missing. */
export function resourcePath(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length === 0) return undefined;
  const path = value.charCodeAt(0) === 0x2f ? value : `/${value}`;
  return path.length <= PATH_LIMIT ? path : undefined;
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A media type, or a CoAP content format as the text of its number. */
export function contentType(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? wholeNumber(value)?.toString() : undefined;
}

/**
 * A message id of at most 256 UTF-16 units: stores remember some. An empty one, or a number too large to be exact, would
 * make different messages look the same.
 */
export function messageId(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' || value.length > UID_LIMIT ? undefined : value;
  return typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? String(value) : undefined;
}

/** Declared as text "true" or "false", sent as a boolean. */
export function flag(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 'true') return true;
  return value === 'false' ? false : undefined;
}

/** Milliseconds since 1970, as a number or in quotes. NaN for anything else that is there: it is no time. */
export function time(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (Number.isSafeInteger(value)) return (value as number) + 0;
  return wholeNumber(value) ?? Number.NaN;
}

/** Seconds, 0 to 2^32 - 1 (RFC 7252, section 5.10.5): declared as text, seen as a number too. */
export function maxAge(value: unknown): number | undefined {
  const seconds = wholeNumber(value);
  return seconds !== undefined && seconds <= 0xffff_ffff ? seconds : undefined;
}

/** A non-negative safe integer, or one in decimal digits. */
export function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' ? numberOfDigits(value) : value;
  // Adding 0 makes -0, which JSON can say, an ordinary 0.
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number + 0 : undefined;
}

function numberOfDigits(digits: string): number | undefined {
  if (digits.length === 0) return undefined;
  let number = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
}
