/**
 * Options of CoAP: their numbers, and their values as numbers and texts (RFC 7252 §3.2, §5.4, §5.10; RFC 7641 §2;
 * RFC 7959 §2.1, §4). Values that are no number or text of their option's range throw FormatError COAP_FORMAT.
 */
import { FormatError } from '../errors.ts';
import type { CoapOption } from './message.ts';

export const OPTIONS = {
  IfMatch: 1,
  UriHost: 3,
  ETag: 4,
  IfNoneMatch: 5,
  Observe: 6,
  UriPort: 7,
  LocationPath: 8,
  UriPath: 11,
  ContentFormat: 12,
  MaxAge: 14,
  UriQuery: 15,
  Accept: 17,
  LocationQuery: 20,
  Block2: 23,
  Block1: 27,
  Size2: 28,
  ProxyUri: 35,
  ProxyScheme: 39,
  Size1: 60,
} as const;

/** Least and most bytes of a value, and whether it may be there more than once (RFC 7252 table 4, and the others' own). */
interface OptionRule {
  readonly least: number;
  readonly most: number;
  readonly repeats: boolean;
}

const rule = (least: number, most: number, repeats = false): OptionRule => ({ least, most, repeats });
const RULES: ReadonlyMap<number, OptionRule> = new Map([
  [OPTIONS.IfMatch, rule(0, 8, true)],
  [OPTIONS.UriHost, rule(1, 255)],
  [OPTIONS.ETag, rule(1, 8, true)],
  [OPTIONS.IfNoneMatch, rule(0, 0)],
  [OPTIONS.Observe, rule(0, 3)],
  [OPTIONS.UriPort, rule(0, 2)],
  [OPTIONS.LocationPath, rule(0, 255, true)],
  [OPTIONS.UriPath, rule(0, 255, true)],
  [OPTIONS.ContentFormat, rule(0, 2)],
  [OPTIONS.MaxAge, rule(0, 4)],
  [OPTIONS.UriQuery, rule(0, 255, true)],
  [OPTIONS.Accept, rule(0, 2)],
  [OPTIONS.LocationQuery, rule(0, 255, true)],
  [OPTIONS.Block2, rule(0, 3)],
  [OPTIONS.Block1, rule(0, 3)],
  [OPTIONS.Size2, rule(0, 4)],
  [OPTIONS.ProxyUri, rule(1, 1034)],
  [OPTIONS.ProxyScheme, rule(1, 255)],
  [OPTIONS.Size1, rule(0, 4)],
]);

/** An odd number: who does not know it must refuse the message (§5.4.1). */
export function isCritical(number: number): boolean {
  return (number & 1) === 1;
}

/**
 * The first critical option that cannot be processed: one not in `known`, one whose length is outside its range, or one
 * there twice that may not be (§5.4.1, §5.4.3, §5.4.5). An elective one in that state is as if it were not there.
 */
export function firstBadOption(options: readonly CoapOption[], known: ReadonlySet<number>): number | undefined {
  return options.find((option, index) => isCritical(option.number) && !isGood(options, index, known))?.number;
}

function isGood(options: readonly CoapOption[], index: number, known: ReadonlySet<number>): boolean {
  const { number, value } = options[index]!;
  const found = RULES.get(number);
  if (found === undefined || !known.has(number)) return false;
  const first = index === 0 || options[index - 1]!.number !== number;
  return value.length >= found.least && value.length <= found.most && (found.repeats || first);
}

/** The value of the first option of a number; undefined if it is not there. */
export function optionValue(options: readonly CoapOption[], number: number): Uint8Array | undefined {
  return options.find((option) => option.number === number)?.value;
}

/** The same as an unsigned number, 0 to 2^32 - 1; leading zeros are let through (§3.2). FormatError: longer than its range. */
export function optionUint(options: readonly CoapOption[], number: number): number | undefined {
  const value = optionValue(options, number);
  if (value === undefined) return undefined;
  if (value.length > (RULES.get(number)?.most ?? 4)) {
    throw new FormatError('COAP_FORMAT', `bad CoAP option ${number}: ${value.length} bytes`);
  }
  return value.reduce((sum, byte) => sum * 0x100 + byte, 0);
}

/** The texts of every option of a number, in their order. FormatError: one that is no UTF-8. */
export function optionTexts(options: readonly CoapOption[], number: number): string[] {
  return options.filter((option) => option.number === number).map(({ value }) => textOf(number, value));
}

/** An option of a number, in the fewest bytes, none for 0 (§3.2). */
export function uintOption(number: number, value: number): CoapOption {
  if (!(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff)) throw new RangeError(`option value ${value}`);
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 0x100)) bytes.unshift(rest % 0x100);
  return { number, value: Uint8Array.from(bytes) };
}

export function textOption(number: number, text: string): CoapOption {
  return { number, value: new TextEncoder().encode(text) };
}

/** `/3200/0/5501` as its options, a segment each; `/` has none (§6.4). */
export function pathOptions(number: typeof OPTIONS.UriPath | typeof OPTIONS.LocationPath, path: string): CoapOption[] {
  const segments = path.replace(/^\//, '');
  return segments === '' ? [] : segments.split('/').map((segment) => textOption(number, segment));
}

function textOf(number: number, value: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
  } catch (cause) {
    throw new FormatError('COAP_FORMAT', `bad CoAP option ${number}: not UTF-8`, { cause });
  }
}
