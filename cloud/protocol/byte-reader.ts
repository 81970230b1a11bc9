/**
 * A cursor over bytes that never reads past its end: a short read throws FormatError, with the offset, and shortens nothing.
 *
 * Numbers are unsigned and big-endian, as on every wire this project reads. What the bytes mean is the codec's business.
 */
import { FormatError } from './errors.ts';

/** Whose bytes they are: the code and the name that errors carry. */
export interface ByteFormat {
  readonly code: `${string}_FORMAT`;
  /** What the bytes should be, as in "bad TLV at byte 3". */
  readonly name: string;
}

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #format: ByteFormat;
  readonly #end: number;
  #at: number;

  /** Reads `bytes` from offset `at` up to `end`: the whole of it unless told. */
  constructor(bytes: Uint8Array, format: ByteFormat, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#format = format;
    this.#at = at;
    this.#end = end;
  }

  /** Offset of the next byte, counted from the start of `bytes`. */
  get at(): number {
    return this.#at;
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#end - this.#at;
  }

  u8(): number {
    return this.unsigned(1);
  }

  u16(): number {
    return this.unsigned(2);
  }

  /** An unsigned number of `width` bytes, 0 to 6 (what a double holds exactly); no bytes make 0. */
  unsigned(width: number): number {
    const start = this.#advance(width);
    let value = 0;
    for (let index = start; index < start + width; index++) value = value * 0x100 + this.#bytes[index]!;
    return value;
  }

  /** The next `length` bytes, as a view of the same memory. */
  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A reader of the next `length` bytes alone, which this one skips; its offsets go on counting from the same start. */
  within(length: number): ByteReader {
    const start = this.#advance(length);
    return new ByteReader(this.#bytes, this.#format, start, start + length);
  }

  /** The error that says what is wrong, at byte `at`: the next one unless told. To be thrown by the caller. */
  problem(text: string, at = this.#at): FormatError {
    return new FormatError(this.#format.code, `bad ${this.#format.name} at byte ${at}: ${text}`);
  }

  #advance(length: number): number {
    if (length > this.left) throw this.problem(`needs ${length} more bytes, has ${this.left}`);
    const start = this.#at;
    this.#at += length;
    return start;
  }
}
