/**
 * What every transport gives the rest of the connector: connections that carry whole CoAP messages, whatever is below.
 *
 *   udp.ts ── one per address and port ──┐
 *   tls.ts ── one per mutual TLS 1.2 ────┼─► onConnection(connection) ─► connection.onMessage(bytes), connection.send(bytes)
 *   tcp.ts ── one per plain TCP ─────────┘
 *
 * Nothing here knows CoAP's types, tokens or message IDs: that is cloud/protocol/coap. What a peer sends never throws into
 * the caller: it is a message, or it is counted, told by `onRefused`, and mostly costs the peer its connection.
 */
import type { World } from '../../protocol/coap/world.ts';

export type TransportName = 'udp' | 'tls' | 'tcp';

/** Whom a board's certificate says it is: its common name is `domain/endpoint`, as Device Connector issued them. */
export interface BoardIdentity {
  readonly commonName: string;
  readonly domain: string;
  readonly endpoint: string;
  /** SHA-256 of the certificate, upper-case hexadecimal with colons. */
  readonly fingerprint256: string;
}

export interface Connection {
  /** Different for every connection of one transport. */
  readonly id: string;
  /** `address:port`, for people. */
  readonly peer: string;
  readonly transport: TransportName;
  /** TLS only. */
  readonly identity?: BoardIdentity;
  /** The largest message to send, in bytes: what a board's buffer holds. */
  readonly mostBytes: number;
  /**
   * One message, in the order of the calls. Trouble of the network never throws: a message that cannot leave is counted as
   * unsent. RangeError, TLS and TCP only, if it is larger than `mostBytes`: the caller's mistake, and a board's end.
   */
  send(message: Uint8Array): void;
  /** No message comes any more; what was sent still leaves, within limits. */
  close(): void;
  /** UDP only: whether a registered board is at the other end, which may be quiet for as long as it likes. */
  keep?(isBoard: boolean): void;
  /** Set by the caller in onConnection: one message, whose bytes nobody else changes. */
  onMessage: (bytes: Uint8Array) => void;
  /** Set by the caller in onConnection: once, when no message comes any more, whoever ended it. `why` is for people. */
  onClose: (why: string) => void;
}

export interface Transport {
  /** Where it listens, as the operating system tells it. */
  readonly address: { readonly host: string; readonly port: number };
  readonly counts: TransportCounts;
  /** Ends every connection; resolves when all sockets are closed. */
  close(): Promise<void>;
}

/** Why a peer, or what it sent, was not taken. */
export type Refusal =
  /** Connections in all, or from its address, are as many as may be. */
  | 'full'
  | 'address-full'
  /** Too many connections had not begun yet, and this was the oldest of the busiest address. */
  | 'half-open-full'
  /** No handshake, or no first message, in time. */
  | 'handshake-timeout'
  /** The handshake failed; detail is OpenSSL's code, or `gone` if the peer left. */
  | 'handshake'
  | 'no-certificate'
  /** Detail is OpenSSL's verdict, or what is wrong with the key. */
  | 'certificate'
  | 'revoked'
  /** The certificate is good, but its common name is not `domain/endpoint`. */
  | 'identity'
  /** Bytes that are no message: too large, too small, framed wrongly. */
  | 'bytes'
  /** It does not read what it is sent. */
  | 'slow-reader'
  /** Nothing came from it for too long: of UDP this is only counted, as nobody is refused anything. */
  | 'idle'
  /** Forgotten for a newer peer (UDP). */
  | 'forgotten';

export interface TransportCounts {
  /** Connections that are open now. */
  readonly open: number;
  /** Sockets whose connection has not begun: no handshake, or no message yet. */
  readonly halfOpen: number;
  /** Connections ever opened. */
  readonly opened: number;
  /** Messages. */
  readonly received: number;
  readonly sent: number;
  /** Messages that could not leave: the network refused, the peer did not read, or the connection had ended. */
  readonly unsent: number;
  readonly refused: Readonly<Partial<Record<Refusal, number>>>;
}

export interface TransportOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly world: World;
  /** With the first message of a peer, or the end of its handshake. */
  readonly onConnection: (connection: Connection) => void;
  /** For a log, which must limit its own rate: a stranger can cause as many as he likes. */
  readonly onRefused: (reason: Refusal, peer: string, detail: string) => void;
  /** Our own mistakes, and the operating system's trouble: what a callback threw, an accept that failed. */
  readonly onProblem: (problem: unknown) => void;
}

/**
 * mbed-client's limits: BUFFER_LENGTH 1152 (source/include/m2mconstants.h), of which its TLS read passes on at most 1151
 * bytes; and MBEDTLS_SSL_MAX_CONTENT_LEN 2048 (mbed-os-example-client, mbedtls_mbed_client_config.h).
 */
export const BOARD_MESSAGE_BYTES = 1_151;
export const BOARD_TLS_CONTENT_BYTES = 2_048;
/** What any CoAP message should fit in where nothing else is known (RFC 7252 §4.6). */
export const COAP_MESSAGE_BYTES = 1_152;
/** A CoAP header (RFC 7252 §3): fewer bytes are no message. */
export const COAP_HEADER_BYTES = 4;

/** Calls back; what the caller throws is a mistake of ours, and no reason to stop serving the others. */
export function guarded(onProblem: TransportOptions['onProblem'], call: () => void): void {
  try {
    call();
  } catch (error) {
    onProblem(error);
  }
}

/** What a connection does with messages until its owner has said. */
export function ignore(): void {}
