/**
 * How messages lie in a stream.
 *
 *   plain TCP   | length: 4 bytes, big-endian, the upper two 0 | message |   mbed-client-classic, m2mconnectionhandlerpimpl.cpp
 *   TLS         one record is one message, with nothing before it            the same file: the length is only sent in the clear
 *
 * A board on plain TCP takes one message out of each recv() and drops what else came with it, so each frame is one write.
 * Whether the network keeps two writes apart is not in our hands: callers have one message under way where they can.
 * Pure: bytes in, messages out. RFC 8323's framing is another one, which no board of ours speaks.
 */
import { FormatError } from '../../protocol/errors.ts';
import { COAP_HEADER_BYTES } from './connection.ts';

export interface Framing {
  /** What came, as it came: tells `deliver` of each message that is whole. FormatError if there can be none any more. */
  read(chunk: Uint8Array, deliver: (message: Uint8Array) => void): void;
  /** The stream ended. FormatError if it did within a message. */
  end(): void;
  /** A message as it is written, at once. */
  write(message: Uint8Array): Uint8Array;
}

export const LENGTH_BYTES = 4;
const NOTHING = new Uint8Array(0);

/** Plain TCP. Holds at most one message that is not whole yet. */
export class LengthFraming implements Framing {
  readonly #mostBytes: number;
  /** The beginning of a frame. */
  #begun: Uint8Array = NOTHING;

  /** `mostBytes`: the largest message let in, at most 65,535. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  read(chunk: Uint8Array, deliver: (message: Uint8Array) => void): void {
    const bytes = this.#begun.length === 0 ? chunk : join(this.#begun, chunk);
    this.#begun = NOTHING;
    let at = 0;
    while (bytes.length - at >= LENGTH_BYTES) {
      const end = at + LENGTH_BYTES + this.#length(bytes, at);
      if (end > bytes.length) break;
      deliver(bytes.subarray(at + LENGTH_BYTES, end));
      at = end;
    }
    // A copy, which a Buffer's slice is not: the chunk is not ours, and a few bytes are not to keep it in memory.
    if (at < bytes.length) this.#begun = new Uint8Array(bytes.subarray(at));
  }

  end(): void {
    const { length } = this.#begun;
    if (length > 0) throw problem(`the stream ended ${length} bytes into a frame`);
  }

  write(message: Uint8Array): Uint8Array {
    const frame = new Uint8Array(LENGTH_BYTES + message.length);
    new DataView(frame.buffer).setUint32(0, message.length);
    frame.set(message, LENGTH_BYTES);
    return frame;
  }

  #length(bytes: Uint8Array, at: number): number {
    const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0);
    if (length >= COAP_HEADER_BYTES && length <= this.#mostBytes) return length;
    throw problem(`a frame of ${length} bytes, where ${COAP_HEADER_BYTES} to ${this.#mostBytes} can be`);
  }
}

/** TLS: node:tls tells of each record by itself as long as its stream is flowing. Holds nothing. */
export class RecordFraming implements Framing {
  readonly #mostBytes: number;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  read(record: Uint8Array, deliver: (message: Uint8Array) => void): void {
    if (record.length < COAP_HEADER_BYTES || record.length > this.#mostBytes) {
      throw problem(`a record of ${record.length} bytes, where ${COAP_HEADER_BYTES} to ${this.#mostBytes} can be`);
    }
    deliver(record);
  }

  end(): void {}

  write(message: Uint8Array): Uint8Array {
    return message;
  }
}

function problem(text: string): FormatError {
  return new FormatError('FRAME_FORMAT', text);
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
