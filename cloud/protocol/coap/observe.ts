/** Observe: asking for it, and which of two notifications is the newer one (RFC 7641). */

/** Values of the option in a GET (§2). */
export const REGISTER = 0;
export const DEREGISTER = 1;

/** §3.4: notifications further apart than this are ordered by when they came, not by their numbers. */
const FRESHNESS_MS = 128_000;

export interface Seen {
  /** The option's value. */
  readonly observe: number;
  /** When it came, in milliseconds of any clock that never goes back. */
  readonly atMs: number;
}

/**
 * Whether `next`, which came after `last`, is also the newer state (§3.4: V2 is newer within half of the numbers' range,
 * or if 128 s have passed). `modulus` is 2^24 by the RFC; mbed-client numbers modulo 2^16, and its 0 follows 65,535.
 */
export function isNewer(last: Seen, next: Seen, modulus: number = 2 ** 24): boolean {
  const ahead = (((next.observe - last.observe) % modulus) + modulus) % modulus;
  return (ahead > 0 && ahead < modulus / 2) || next.atMs > last.atMs + FRESHNESS_MS;
}
