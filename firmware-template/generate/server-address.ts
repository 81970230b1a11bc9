/**
 * The address that a board connects to, as its user writes it and as the client takes it.
 *
 *   HOST[:PORT]  ─►  { host, port }  ─►  coap://HOST:PORT
 *
 * The client demands a port, and takes no path (mbed-client, m2minterfaceimpl.cpp, process_address). Security is chosen by
 * its SecurityMode, not by the scheme, which is always coap. The board is built for IPv4 (`lwip.ipv6-enabled: false`), so
 * an address is four decimal numbers, or a name that DNS knows. Whether anybody answers there is not asked here.
 */
import { UsageError } from '../../cloud/protocol/errors.ts';
import { quoted } from '../quoted.ts';
import type { Transport } from './settings.ts';

export interface ServerAddress {
  /** A name in lower case, or an IPv4 address. */
  readonly host: string;
  readonly port: number;
}

/** Device Connector's, for TLS; RFC 7252 §12.6, for CoAP without. */
export const PORTS: Readonly<Record<Transport, number>> = { tls: 5684, plain: 5683 };

const MOST_CHARACTERS = 253;
const HOW = 'Write it like 192.168.1.20, or connector.example.com:5684.';

/** What `text` says; UsageError with the reason for an address that no board could connect to. */
export function readServerAddress(text: string, transport: Transport): ServerAddress {
  const refuse = (why: string, fix = HOW): UsageError =>
    new UsageError(`the server ${quoted(text.slice(0, 80))} cannot be used: ${why}`, fix);
  if (text === '') throw refuse('it is empty');
  const shape = shapeProblem(text);
  if (shape !== undefined) throw refuse(shape);
  const [host = '', port] = text.toLowerCase().split(':');
  const problem = /(^|\.)(0x[0-9a-f]*|\d+)$/.test(host) ? ipv4Problem(host) : nameProblem(host);
  if (problem !== undefined) throw refuse(problem);
  if (port !== undefined && !(/^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535)) {
    throw refuse(`its port is ${quoted(port)}`, 'Give a port from 1 to 65535, or none.');
  }
  return { host, port: port === undefined ? PORTS[transport] : Number(port) };
}

/** As the client takes it. */
export function serverUri({ host, port }: ServerAddress): string {
  return `coap://${host}:${port}`;
}

/** The address in what a security.h has; UsageError if the client, or this board, could not use it. */
export function readServerUri(uri: string, transport: Transport): ServerAddress {
  const [, address] = /^coaps?:\/\/(.*)$/s.exec(uri) ?? [];
  if (address === undefined) {
    throw new UsageError(
      `the client takes no ${quoted(uri.slice(0, 80))}: it is not coap:// with host and port`,
      'Generate the firmware again.',
    );
  }
  if (/^[^:]*$/.test(address)) {
    throw new UsageError(`${quoted(uri.slice(0, 80))} has no port, and the client demands one`, 'Add it.');
  }
  return readServerAddress(address, transport);
}

/** What is there that belongs to another kind of address. */
function shapeProblem(text: string): string | undefined {
  if (text.length > MOST_CHARACTERS + ':65535'.length) return `it has ${text.length} characters`;
  if (text.includes('://')) return 'it has a scheme; give only host and port';
  if (/[^\x21-\x7e]/.test(text)) {
    return 'it has characters that are not visible ASCII; write an international name as DNS has it (xn--...)';
  }
  if (text.includes('@')) return 'it has a user name; give only host and port';
  if (/[/?#\\]/.test(text)) return 'it has a path; the board takes only host and port';
  if (/[[\]]|:.*:/.test(text)) return 'it is IPv6, and the board is built for IPv4 only';
  return undefined;
}

/** Addresses that nobody else can be reached at (RFC 6890 §2.2.2), or that are not written as one. */
function ipv4Problem(host: string): string | undefined {
  const parts = host.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) {
    return 'an IPv4 address is four decimal numbers from 0 to 255, without leading zeros';
  }
  const [first, second] = parts.map(Number) as [number, number];
  if (first === 0) return '0.0.0.0 and its like are no address to connect to';
  if (first === 127) return 'to the board, loopback is the board itself';
  if (first === 169 && second === 254) return 'the board has an address from DHCP, and no way to link-local ones';
  if (host === '255.255.255.255') return 'it is the broadcast address';
  if (first >= 240) return 'addresses from 240.0.0.0 on are reserved';
  if (first >= 224) return 'it is a multicast address';
  return undefined;
}

/** RFC 1123 §2.1, and names that are not asked of DNS (RFC 6761 §6.3, RFC 6762 §3). */
function nameProblem(host: string): string | undefined {
  if (host.length > MOST_CHARACTERS)
    return `the name has ${host.length} characters; DNS has at most ${MOST_CHARACTERS}`;
  const wrong = host.split('.').find((label) => !/^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(label));
  if (wrong === '') return 'a part of the name, between its dots, is empty';
  if (wrong !== undefined && wrong.length > 63) return 'a part of the name has more than 63 characters';
  if (wrong !== undefined) return `no host has ${quoted(wrong)} in its name`;
  if (host === 'api.connector.mbed.com') return 'it is that of mbed Device Connector, which closed in 2018';
  if (/(^|\.)localhost$/.test(host)) return 'to the board, localhost is the board itself';
  if (/(^|\.)local$/.test(host)) return 'the board asks DNS only, which does not know names in .local (mDNS)';
  return undefined;
}
