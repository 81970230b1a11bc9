/** What a board's firmware is generated from: the same settings make the same bytes. */
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { BoardCredentials } from '../credentials/credentials.ts';
import type { ServerAddress } from './server-address.ts';

export interface FirmwareSettings {
  readonly credentials: BoardCredentials;
  readonly server: ServerAddress;
  readonly transport: Transport;
  readonly target: Target;
  readonly network: Network;
}

/** `tls`: CoAP in TLS over TCP, what the client does by itself. `plain`: CoAP over UDP, which anybody on the way may read and forge. */
export type Transport = 'tls' | 'plain';

/** The name of the board to Mbed CLI. */
export type Target = 'K64F';

/** How the board reaches its network; a password is a secret, whatever file it is in. */
export type Network = { readonly kind: 'ethernet' } | WifiNetwork;

export interface WifiNetwork {
  readonly kind: 'wifi-esp8266';
  readonly ssid: string;
  /** Empty for a network without one. */
  readonly password: string;
}

/** The words for them. `udp-dtls` is one that is understood, and refused with its reason. */
export const TRANSPORTS = ['tls', 'udp-dtls', 'plain'] as const;
export const NETWORKS = ['ethernet', 'wifi-esp8266'] as const;

/** The transport that a word means; UsageError for one that no connector of this project speaks. */
export function transportOf(word: (typeof TRANSPORTS)[number]): Transport {
  if (word !== 'udp-dtls') return word;
  throw new UsageError(
    'udp-dtls cannot be used: the connector of this project runs on Node.js, which has no DTLS',
    'Leave --transport out: tls is the default of the board, and as safe.',
  );
}

/** easy-connect.cpp copies no more, whatever a network is called (IEEE 802.11, §9.4.2.2: 0 to 32 bytes). */
const MOST_SSID_BYTES = 32;
/** WPA2 takes 8 to 63 characters, or 64 hexadecimal digits (IEEE 802.11i, annex H.4); easy-connect.cpp no more than 64. */
const PASSWORD = /^(?:[\x20-\x7e]{8,63}|[0-9A-Fa-f]{64})?$/;

/** A Wi-Fi network as the board can join it. The messages of UsageError do not hold the password. */
export function wifiNetwork(ssid: string, password: string): WifiNetwork {
  const bytes = Buffer.byteLength(ssid);
  if (bytes === 0 || bytes > MOST_SSID_BYTES || !ssid.isWellFormed() || /\p{Cc}/u.test(ssid)) {
    throw new UsageError(
      `no Wi-Fi network has such a name: it has ${bytes} bytes, and 1 to ${MOST_SSID_BYTES} without control characters are possible`,
      'Give --wifi-ssid as the access point shows it.',
    );
  }
  if (!PASSWORD.test(password)) {
    throw new UsageError(
      `the Wi-Fi password has ${password.length} characters, some perhaps not ASCII; WPA2 takes 8 to 63 of ASCII, or 64 hexadecimal digits`,
      'Write the password alone on the one line of the file; leave the file empty for a network without one.',
    );
  }
  return { kind: 'wifi-esp8266', ssid, password };
}
