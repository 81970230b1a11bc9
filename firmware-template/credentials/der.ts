/** DER as tags, lengths and what is in them (X.690 §8.1): just enough to look at the outside of a certificate. */
import { FormatError } from '../../cloud/protocol/errors.ts';

export interface Der {
  readonly tag: number;
  /** Tag and length included. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

export const OID = 0x06;
export const SEQUENCE = 0x30;
/** The explicit [0] in which a certificate of version 2 or 3 says so (RFC 5280 §4.1). */
export const VERSION = 0xa0;

/** The values that follow each other in `bytes`; FormatError if they do not fill it exactly. */
export function derValues(bytes: Uint8Array): readonly Der[] {
  const values: Der[] = [];
  for (let at = 0; at < bytes.length; ) {
    const value = derAt(bytes, at);
    values.push(value);
    at += value.whole.length;
  }
  return values;
}

/** The whole length in bytes of the value at `at`, as it says itself; undefined if nothing there says so. */
export function derLength(bytes: Uint8Array, at = 0): number | undefined {
  const [tag, first] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined;
  if (first < 0x80) return 2 + first;
  // Three bytes of length are 16 MB, far more than any text that is taken here.
  const count = first & 0x7f;
  const digits = bytes.subarray(at + 2, at + 2 + count);
  if (count === 0 || count > 3 || digits.length < count) return undefined;
  return digits.reduce((length, byte) => length * 256 + byte, 0) + 2 + count;
}

/** An object identifier in dots (X.690 §8.19). */
export function oidText({ tag, content }: Der): string {
  if (tag !== OID || content.length === 0 || content.length > 32) throw malformed();
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [first = 0, ...rest] = arcs;
  const top = Math.min(2, Math.floor(first / 40));
  return [top, first - top * 40, ...rest].join('.');
}

function derAt(bytes: Uint8Array, at: number): Der {
  const length = derLength(bytes, at);
  if (length === undefined || length > bytes.length - at) throw malformed();
  const header = bytes[at + 1]! < 0x80 ? 2 : 2 + (bytes[at + 1]! & 0x7f);
  const whole = bytes.subarray(at, at + length);
  return { tag: bytes[at]!, whole, content: whole.subarray(header) };
}

function malformed(): FormatError {
  return new FormatError('DER_FORMAT', 'what should be DER is not');
}
