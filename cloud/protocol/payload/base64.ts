/** Strict standard base64 (RFC 4648, section 4): payloads of notifications are written in it. */
import { FormatError } from '../errors.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAD = 0x3d;
/** Not in the alphabet: more than any 6 bits. */
const NONE = 0xff;

/** The 6 bits of each ASCII character. */
const SEXTETS = new Uint8Array(0x80).fill(NONE);
for (let index = 0; index < ALPHABET.length; index++) SEXTETS[ALPHABET.charCodeAt(index)] = index;

/**
 * The bytes that `text` stands for; no text, no bytes.
 *
 * FormatError PAYLOAD_FORMAT: another character (the url alphabet's, white space), a length that is no multiple of 4
 * (padding is not optional), or bits after the last byte that are not 0, so that every value has one text only.
 */
export function decodeBase64(text: string): Uint8Array {
  const { length } = text;
  if (length % 4 !== 0) throw problem(`its length, ${length}, is no multiple of 4`);
  const padding = paddingOf(text);
  const bytes = new Uint8Array((length / 4) * 3 - padding);
  let at = 0;
  for (let index = 0; index < length; index += 4) {
    const pads = index + 4 === length ? padding : 0;
    const group =
      (sextet(text, index) << 18) |
      (sextet(text, index + 1) << 12) |
      (pads > 1 ? 0 : sextet(text, index + 2) << 6) |
      (pads > 0 ? 0 : sextet(text, index + 3));
    // RFC 4648, section 3.5: the bits that padding leaves over are 0.
    if ((group & ((1 << (8 * pads)) - 1)) !== 0) throw problem('bits are left over after its last byte');
    bytes[at++] = group >> 16;
    if (pads < 2) bytes[at++] = group >> 8;
    if (pads < 1) bytes[at++] = group;
  }
  return bytes;
}

function paddingOf(text: string): 0 | 1 | 2 {
  if (text.charCodeAt(text.length - 1) !== PAD) return 0;
  return text.charCodeAt(text.length - 2) === PAD ? 2 : 1;
}

function sextet(text: string, index: number): number {
  const bits = SEXTETS[text.charCodeAt(index)] ?? NONE;
  if (bits === NONE) throw problem(`character ${index} is not of the standard alphabet`);
  return bits;
}

function problem(what: string): FormatError {
  return new FormatError('PAYLOAD_FORMAT', `the payload is not base64: ${what}`);
}
