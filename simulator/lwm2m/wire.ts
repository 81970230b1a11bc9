/**
 * How boards reach their service: connections that carry whole CoAP messages, whatever is below.
 *
 *   fleet ─► connect(board) ─► opened, message …, closed ─► fleet
 *
 * udp.ts, tls.ts and tcp.ts are real sockets; a test or a bench may put a network of its own in their place.
 */
import type { LinkError } from '../client/events.ts';

export interface WireEvents {
  opened(): void;
  /** One message. Its bytes may be kept. */
  message(bytes: Uint8Array): void;
  /** Once, if it could not be opened, or ended; not after `close`. */
  closed(error: LinkError): void;
}

export interface WireConnection {
  /** One message, in the order of the calls. */
  send(bytes: Uint8Array): void;
  /** No event comes any more. `abruptly`: as if the cable were pulled, without a word to the other side. */
  close(abruptly?: boolean): void;
}

export interface Wire {
  /** No event comes before it returns. */
  connect(endpoint: string, events: WireEvents): WireConnection;
  close(): Promise<void>;
}

/** Where the service is. */
export interface WireAddress {
  readonly host: string;
  readonly port: number;
}

export const NO_EVENTS: WireEvents = { opened: () => undefined, message: () => undefined, closed: () => undefined };
