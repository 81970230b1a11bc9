/** The Observe numbers of a board, which have 16 bits (RFC 7641 §3.4 has 24). */
import type { CoapMessage } from '../../protocol/coap/message.ts';
import { isNewer, type Seen } from '../../protocol/coap/observe.ts';
import { OPTIONS } from '../../protocol/coap/options.ts';
import { uint } from './answer.ts';

export const OBSERVE_MODULUS = 0x1_0000;

/** The number of a notification that came just now; undefined: it has none. */
export function seenOf({ options }: CoapMessage, atMs: number): Seen | undefined {
  const observe = uint(options, OPTIONS.Observe);
  return observe === undefined ? undefined : { observe: observe % OBSERVE_MODULUS, atMs };
}

/** It is no newer than the last one. */
export function isStale(last: Seen | undefined, seen: Seen | undefined): boolean {
  return seen !== undefined && last !== undefined && !isNewer(last, seen, OBSERVE_MODULUS);
}

export function ahead(from: Seen, to: Seen): number {
  return (to.observe - from.observe + OBSERVE_MODULUS) % OBSERVE_MODULUS;
}
