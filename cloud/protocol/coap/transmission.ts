/**
 * How often and how long a confirmable message is sent again, and how long its message ID is taken (RFC 7252 §4.8).
 *
 * All times are milliseconds. A value derived from others has its formula beside it, as §4.8.2 gives it.
 */

export interface TransmissionParameters {
  readonly ackTimeoutMs: number;
  /** At least 1. */
  readonly ackRandomFactor: number;
  readonly maxRetransmit: number;
  /** Longest time of a datagram in the network. */
  readonly maxLatencyMs: number;
  /** Time for a node to acknowledge. */
  readonly processingDelayMs: number;
}

/** Table 2, and §4.8.2 for the last two. */
export const DEFAULT_TRANSMISSION: TransmissionParameters = {
  ackTimeoutMs: 2_000,
  ackRandomFactor: 1.5,
  maxRetransmit: 4,
  maxLatencyMs: 100_000,
  processingDelayMs: 2_000,
};

/** First transmission to last retransmission: ACK_TIMEOUT * (2^MAX_RETRANSMIT - 1) * ACK_RANDOM_FACTOR; 45 s. */
export function maxTransmitSpanMs({ ackTimeoutMs, maxRetransmit, ackRandomFactor }: TransmissionParameters): number {
  return ackTimeoutMs * (2 ** maxRetransmit - 1) * ackRandomFactor;
}

/** First transmission to giving up: ACK_TIMEOUT * (2^(MAX_RETRANSMIT + 1) - 1) * ACK_RANDOM_FACTOR; 93 s. */
export function maxTransmitWaitMs({ ackTimeoutMs, maxRetransmit, ackRandomFactor }: TransmissionParameters): number {
  return ackTimeoutMs * (2 ** (maxRetransmit + 1) - 1) * ackRandomFactor;
}

/** How long a confirmable message's ID may not be used again: MAX_TRANSMIT_SPAN + 2 * MAX_LATENCY + PROCESSING_DELAY; 247 s. */
export function exchangeLifetimeMs(parameters: TransmissionParameters): number {
  return maxTransmitSpanMs(parameters) + 2 * parameters.maxLatencyMs + parameters.processingDelayMs;
}

/** The same of a non-confirmable one: MAX_TRANSMIT_SPAN + MAX_LATENCY; 145 s. */
export function nonLifetimeMs(parameters: TransmissionParameters): number {
  return maxTransmitSpanMs(parameters) + parameters.maxLatencyMs;
}

/**
 * How long to wait for an acknowledgement after transmission `attempt` (0 is the first) before the next, or before giving
 * up: the first wait is between ACK_TIMEOUT and ACK_TIMEOUT * ACK_RANDOM_FACTOR, and doubles (§4.2). `random` is 0 to 1,
 * one draw for all attempts of a message.
 */
export function ackWaitMs(parameters: TransmissionParameters, attempt: number, random: number): number {
  const { ackTimeoutMs, ackRandomFactor } = parameters;
  return ackTimeoutMs * (1 + (ackRandomFactor - 1) * random) * 2 ** attempt;
}
