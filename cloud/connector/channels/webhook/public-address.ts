/**
 * Whether a webhook's address is out in the world, or on this machine or a network behind it.
 *
 *   name ─► resolve ─► every address public? ─► connect to just these
 *
 * It is asked when a connection is made, of the addresses that it is made to: a name may resolve to another address than
 * a moment before. Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890); RFC 4291, section 2.4.
 */
import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, isIPv4, type LookupFunction } from 'node:net';

/** Everything but ordinary unicast: own network, private, shared, loopback, link-local, tests, multicast, reserved. */
const SPECIAL_IPV4 = blockList('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]);

/** All of global unicast; whatever is not in it is refused unseen. */
const GLOBAL_IPV6 = blockList('ipv6', [['2000::', 3]]);
/** In it: protocol assignments with Teredo, documentation, and 6to4, which can lead to any IPv4 address. */
const SPECIAL_IPV6 = blockList('ipv6', [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]);
/** An IPv4 address written as an IPv6 one (RFC 4291, section 2.5.5.2), as URL and sockets may write it. */
const MAPPED_IPV4 = blockList('ipv6', [['::ffff:0:0', 96]]);

/** A connection that was not made, because it would have led to an address that is not public. */
export class NotPublicError extends Error {
  override readonly name = 'NotPublicError';
}

/** False for what is no address at all. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !SPECIAL_IPV4.check(address, 'ipv4');
  if (isIP(address) !== 6) return false;
  // BlockList takes a mapped address for its IPv4 one only where its rules are IPv4's.
  if (MAPPED_IPV4.check(address, 'ipv6')) return !SPECIAL_IPV4.check(address, 'ipv6');
  return GLOBAL_IPV6.check(address, 'ipv6') && !SPECIAL_IPV6.check(address, 'ipv6');
}

/** Whether a URL's host is an address (not a name) that is not public. Sockets ask no lookup for it. */
export function namesSpecialAddress({ hostname }: URL): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(address) !== 0 && !isPublicAddress(address);
}

/** A lookup for sockets that gives public addresses or NotPublicError; a name with addresses of both sorts is refused. */
export function publicLookup(lookup: LookupFunction = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '', 0);
      const addresses: readonly LookupAddress[] =
        typeof found === 'string' ? [{ address: found, family: isIP(found) }] : found;
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
        return callback(new NotPublicError('the name leads to an address that is not public'), '', 0);
      }
      if (options.all === true) return callback(null, [...addresses]);
      callback(null, first.address, first.family);
    });
  };
}

function blockList(family: 'ipv4' | 'ipv6', subnets: readonly (readonly [net: string, prefix: number])[]): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, family);
  return list;
}
