/**
 * Block1 and Block2: where one block is in a larger body (RFC 7959 §2.2).
 *
 *   | NUM: 4, 12 or 20 bits | M:1 | SZX:3 |        size = 2^(SZX+4), 16 to 1024 bytes
 */
import { FormatError } from '../errors.ts';
import type { CoapMessage, CoapOption } from './message.ts';
import { type OPTIONS, optionUint, uintOption } from './options.ts';

export interface Block {
  /** Which block, from 0: 0 to 2^20 - 1. */
  readonly number: number;
  /** Whether others follow. */
  readonly more: boolean;
  /** Bytes of each block but the last: 16, 32 … 1024. */
  readonly size: number;
}

export type BlockOption = typeof OPTIONS.Block1 | typeof OPTIONS.Block2;

const MOST_NUMBER = 0xf_ffff;
/** 7 is reserved (over UDP; RFC 8323 has a use for it). */
const RESERVED_SZX = 7;

/** The block that a message is about; undefined without the option. FormatError COAP_FORMAT: the reserved size, or too long. */
export function blockOf({ options }: Pick<CoapMessage, 'options'>, number: BlockOption): Block | undefined {
  const value = optionUint(options, number);
  if (value === undefined) return undefined;
  const szx = value & 0b111;
  if (szx === RESERVED_SZX)
    throw new FormatError('COAP_FORMAT', `bad CoAP option ${number}: size exponent 7 is reserved`);
  return { number: value >> 4, more: (value & 0b1000) !== 0, size: 16 << szx };
}

/** The option that says so. RangeError: a size that is none of the seven, or a number above 2^20 - 1. */
export function blockOption(option: BlockOption, { number, more, size }: Block): CoapOption {
  const szx = Math.log2(size) - 4;
  if (!(Number.isInteger(szx) && szx >= 0 && szx < RESERVED_SZX)) throw new RangeError(`block size ${size}`);
  if (!(Number.isInteger(number) && number >= 0 && number <= MOST_NUMBER)) throw new RangeError(`block ${number}`);
  return uintOption(option, number * 16 + (more ? 0b1000 : 0) + szx);
}
