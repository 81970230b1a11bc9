/** Why there is no connection to an MQTT broker, or no acknowledgement: data, as brokers and networks fail all the time. Pure. */

export type Failure =
  /** The broker answered the CONNECT with this code: MQTT 3.1.1, table 3.1; MQTT 5, section 3.2.2.2. */
  | { readonly kind: 'refused'; readonly code: number }
  /** The broker ended the connection and said why: MQTT 5, section 3.14.2.1. */
  | { readonly kind: 'dismissed'; readonly code: number }
  /** No answer in time. */
  | { readonly kind: 'timeout' }
  /** The connection was cut when the answer arrived: a fault that was asked for. */
  | { readonly kind: 'cut' }
  /** The other side closed the connection, and said nothing. */
  | { readonly kind: 'closed' }
  /** `reason` is a code of Node.js or OpenSSL, or what is wrong with bytes that are no MQTT. */
  | { readonly kind: 'unreachable'; readonly reason: string };

/** What an error of an MQTT client means. */
export function failureOf(error: Error & { code?: unknown }): Failure {
  const { code, message } = error;
  if (code === 'ECONNRESET' || code === 'EPIPE') return { kind: 'closed' };
  if (typeof code === 'number') return { kind: 'refused', code };
  if (typeof code === 'string') return { kind: 'unreachable', reason: code };
  if (/timeout/i.test(message)) return { kind: 'timeout' };
  if (/closed|closing|disconnect/i.test(message)) return { kind: 'closed' };
  return { kind: 'unreachable', reason: message };
}

/** For people, after "the broker"; holds nothing that was sent. */
export function describeFailure(failure: Failure): string {
  switch (failure.kind) {
    case 'refused':
      return REFUSALS.get(failure.code) ?? `refused the connection with code ${failure.code}`;
    case 'dismissed':
      return DISMISSALS.get(failure.code) ?? `ended the connection with code ${failure.code}`;
    case 'timeout':
      return 'did not answer in time';
    case 'cut':
      return 'answered, and its answer was cut off';
    case 'closed':
      return 'closed the connection without saying why';
    case 'unreachable':
      return `cannot be reached (${failure.reason})`;
  }
}

/** Whether the broker does not speak this version of MQTT: said so, or hung up at once as old ones do. */
export function isOtherVersion(failure: Failure): boolean {
  return failure.kind === 'closed' || (failure.kind === 'refused' && OTHER_VERSION.has(failure.code));
}

const OTHER_VERSION: ReadonlySet<number> = new Set([0x01, 0x81, 0x82, 0x84]);

/** Codes of both versions: those from 128 are MQTT 5's. */
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [0x01, 'does not speak this version of MQTT'],
  [0x02, 'does not take this client id'],
  [0x03, 'says that it is unavailable'],
  [0x04, 'does not know this user and password'],
  [0x05, 'does not authorise this client'],
  [0x84, 'does not speak this version of MQTT'],
  [0x85, 'does not take this client id'],
  [0x86, 'does not know this user and password'],
  [0x87, 'does not authorise this client'],
  [0x88, 'says that it is unavailable'],
  [0x89, 'says that it is busy'],
  [0x8a, 'has banned this client'],
]);

const DISMISSALS: ReadonlyMap<number, string> = new Map([
  [0x87, 'does not authorise this client'],
  [0x8b, 'is shutting down'],
  [0x8d, 'has not heard of this client for too long'],
  [0x8e, 'ended the connection because another client came with the same client id'],
  [0x95, 'found a message too large'],
  [0x96, 'found messages too many at once'],
  [0x97, 'says that a quota is used up'],
]);
