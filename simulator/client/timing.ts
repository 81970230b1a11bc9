/**
 * The client's times, in milliseconds, each with its formula (mbed-client m2mconfig.h, m2mconstants.h; mbed-coap
 * sn_coap_protocol.c). wake.ts divides them by a simulation's speed.
 */
const SECOND = 1_000;

/** MBED_CLIENT_RECONNECTION_COUNT and _INTERVAL: both retransmission and reconnection come from these two. */
const RECONNECTION_COUNT = 3;
const RECONNECTION_INTERVAL_S = 5;

/** How often a confirmable message is sent again: MBED_CLIENT_RECONNECTION_COUNT. */
export const MOST_RESENDS = RECONNECTION_COUNT;

/** Errors in a row after which the wait begins anew, and the error is printed. */
export const RETRIES_A_ROUND = RECONNECTION_COUNT;

/** To complete a registration, from the beginning of the connection, where that is TCP: COUNT * INTERVAL * 8. */
export const REGISTRATION_MS = RECONNECTION_COUNT * RECONNECTION_INTERVAL_S * 8 * SECOND;

/** RESPONSE_RANDOM_FACTOR, of the first wait. */
const RANDOM_FACTOR = 1.5;

/** OPTIMUM_LIFETIME, REDUCE_LIFETIME and REDUCTION_FACTOR. */
const OPTIMUM_LIFETIME_S = 3_600;
const REDUCE_LIFETIME_S = 900;
const REDUCTION_FACTOR = 0.75;

/** Lifetime of an answer without Max-Age, for an mbed-coap that takes the option's default (RFC 7252 §5.10.5). */
export const DEFAULT_MAX_AGE_S = 60;

/**
 * Wait for an acknowledgement after sending it for the `resends`-th time again: 5, 6 or 7 s (whole seconds, by `random`, 0
 * to 1), then 10, 20, and 40 before it is given up.
 */
export function resendAfterMs(resends: number, random: number): number {
  const factor = resends === 0 ? 1 + (RANDOM_FACTOR - 1) * random : 1;
  return Math.floor(RECONNECTION_INTERVAL_S * 2 ** resends * factor) * SECOND;
}

/** Wait before the connection is tried again, after `retries` errors in a row, 1 to 3: 15, 30, 45 s. */
export function retryAfterMs(retries: number): number {
  return RECONNECTION_INTERVAL_S * RECONNECTION_COUNT * retries * SECOND;
}

/**
 * When the client updates a registration of `lifetimeS` by itself, again and again: registration_time(), whole seconds. At
 * least one, which is ours: a lifetime of 1 s would be an update without end.
 */
export function ownUpdateAfterMs(lifetimeS: number): number {
  const seconds = lifetimeS >= OPTIMUM_LIFETIME_S ? lifetimeS - REDUCE_LIFETIME_S : lifetimeS * REDUCTION_FACTOR;
  return Math.max(Math.floor(seconds), 1) * SECOND;
}
