/**
 * ASN.1 in its distinguished encoding, as far as certificates and revocation lists need it read (X.690 §8.1, §10).
 *
 *   | tag: 1 byte | length: 1 byte, or 1 + up to 4 | contents |
 *
 * Strict: another length form, a tag of more than one byte, or contents cut short throw FormatError DER_FORMAT. Which
 * elements follow which is the reader's business. Pure.
 */
import { type ByteFormat, ByteReader } from '../../protocol/byte-reader.ts';

export const INTEGER = 0x02;
export const UTC_TIME = 0x17;
export const GENERALIZED_TIME = 0x18;
export const SEQUENCE = 0x30;
/** Context-specific, constructed, number 0. */
export const EXPLICIT_0 = 0xa0;

const FORMAT: ByteFormat = { code: 'DER_FORMAT', name: 'DER' };
const LONG_LENGTH = 0x80;
const MOST_LENGTH_BYTES = 4;

/** The elements of some DER, one after the other. */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #reader: ByteReader;

  constructor(bytes: Uint8Array, reader = new ByteReader(bytes, FORMAT)) {
    this.#bytes = bytes;
    this.#reader = reader;
  }

  get done(): boolean {
    return this.#reader.left === 0;
  }

  /** The elements inside the next one, which has to have this tag. */
  enter(tag: number): DerReader {
    return new DerReader(this.#bytes, this.#next(tag));
  }

  /** The contents of the next one, which has to have this tag. */
  contents(tag: number): Uint8Array {
    const inside = this.#next(tag);
    return inside.take(inside.left);
  }

  /** The next one with its tag and length, whatever it is. */
  whole(): Uint8Array {
    const start = this.#reader.at;
    this.#next();
    return this.#bytes.subarray(start, this.#reader.at);
  }

  /** Skips the next one if there is one, and it has one of these tags; whether it did. */
  skip(...tags: number[]): boolean {
    if (this.done || !tags.includes(this.#bytes[this.#reader.at]!)) return false;
    this.#next();
    return true;
  }

  /** Whether there is a next one with this tag. */
  isNext(tag: number): boolean {
    return !this.done && this.#bytes[this.#reader.at] === tag;
  }

  #next(wanted?: number): ByteReader {
    const reader = this.#reader;
    const at = reader.at;
    const tag = reader.u8();
    if (wanted !== undefined && tag !== wanted) throw reader.problem(`tag ${tag}, where ${wanted} should be`, at);
    if ((tag & 0x1f) === 0x1f) throw reader.problem('a tag of several bytes', at);
    const first = reader.u8();
    if (first < LONG_LENGTH) return reader.within(first);
    const width = first - LONG_LENGTH;
    if (width === 0 || width > MOST_LENGTH_BYTES) throw reader.problem(`a length of ${width} bytes`, at + 1);
    const length = reader.unsigned(width);
    // §10.1: the shortest form.
    if (length < LONG_LENGTH || length < 0x100 ** (width - 1))
      throw reader.problem('a length not in its shortest form');
    return reader.within(length);
  }
}
