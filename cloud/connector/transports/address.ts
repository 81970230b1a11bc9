/** Addresses: how people read them, whether they are this machine, and why one cannot be listened on. */
import { BlockList, isIP } from 'node:net';
import { OutsideError } from '../../protocol/errors.ts';

const LOOPBACK = new BlockList();
// RFC 1122 §3.2.1.3 and RFC 4291 §2.5.3; an IPv4 address inside IPv6 is looked up as IPv4.
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether a host, as one listens on it, can be reached from this machine alone. A name other than localhost is not. */
export function isLoopback(host: string): boolean {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  const family = isIP(bare);
  if (family === 0) return /^(.+\.)?localhost\.?$/i.test(bare);
  return LOOPBACK.check(bare, family === 6 ? 'ipv6' : 'ipv4');
}

/** What one host can have of addresses, as text: an IPv4 address itself; of an IPv6 address its first 64 bits (RFC 4291 §2.5.1). */
export function networkOf(address: string): string {
  const ipv4 = ipv4Of(address);
  if (ipv4 !== undefined) return ipv4;
  const [before = '', after = ''] = address.split('%')[0]!.split('::');
  const [head, tail] = [before, after].map((part) => (part === '' ? [] : part.split(':'))) as [string[], string[]];
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0');
  return [...head, ...zeros, ...tail].slice(0, 4).join(':');
}

/** `127.0.0.1:5683`, `[::1]:5683`; an IPv4 address inside IPv6, as a port for both has it, as itself. */
export function peerText(address: string, port: number): string {
  if (!address.includes(':')) return `${address}:${port}`;
  const ipv4 = ipv4Of(address);
  return ipv4 === undefined ? `[${address}]:${port}` : `${ipv4}:${port}`;
}

/** The address in what peerText made. */
export function hostOf(peer: string): string {
  return peer.slice(0, peer.lastIndexOf(':'));
}

/** For a person who chose the address. */
export function cannotListen(host: string, port: number, cause: Error): OutsideError {
  const code = (cause as NodeJS.ErrnoException).code;
  const ofHost = code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL' || code === 'EAI_AGAIN';
  const why = code === 'EADDRINUSE' ? 'another program has the port' : (code ?? cause.message);
  const fix = ofHost ? 'Give an address of this machine.' : 'Give another port; 0 takes any free one.';
  return new OutsideError('PORT', `cannot listen on ${peerText(host, port)}: ${why}`, fix, { cause });
}

function ipv4Of(address: string): string | undefined {
  return /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
}
