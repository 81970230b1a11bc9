/** This machine's address in its local network, for `--server auto`: the one that a board beside it can connect to. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { NetworkInterfaceInfo } from 'node:os';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { readServerAddress } from '../../firmware-template/generate/server-address.ts';
import { printable } from '../printable.ts';

export interface LanAddress {
  readonly address: string;
  /** The name of its network interface. */
  readonly name: string;
}

/** As `os.networkInterfaces()` has them. */
export type Interfaces = NodeJS.Dict<readonly Pick<NetworkInterfaceInfo, 'address' | 'family' | 'internal'>[]>;

/** Networks within this machine, and tunnels: names of Linux, macOS (utun, bridge100) and Windows (vEthernet, VMware …). */
const NOT_LAN =
  /^(docker|podman|br-|bridge\d{2}|veth|vethernet|virbr|vmnet|vmware|vboxnet|virtualbox|lxc|lxd|cni|flannel|cali|kube|tun|tap|utun|wg|zt|tailscale|ipsec|ppp|awdl|llw|ap\d|anpi)/i;
/** RFC 1918. */
const PRIVATE = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/;

const GIVE = 'Give --server the address that the board is to connect to.';

/**
 * The one address; private ones go before others. Of several the one of the default route, `routeAddress`, if that is
 * among them. UsageError if there is none, or if nothing tells which.
 */
export function chooseLanAddress(interfaces: Interfaces, routeAddress: string | undefined): LanAddress {
  const all = Object.entries(interfaces).flatMap(([name, addresses = []]) =>
    addresses
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address }) => ({ address, name })),
  );
  const usable = all.filter(({ address, name }) => !NOT_LAN.test(name) && isUsable(address));
  const preferred = usable.filter(({ address }) => PRIVATE.test(address));
  const candidates = preferred.length > 0 ? preferred : usable;
  const [first] = candidates;
  if (first === undefined) {
    const seen = all.length === 0 ? '' : ` (seen, and left aside: ${listed(all)})`;
    throw new UsageError(`--server auto finds no address of this machine in a local network${seen}`, GIVE);
  }
  if (candidates.length === 1) return first;
  const chosen = candidates.find(({ address }) => address === routeAddress);
  if (chosen !== undefined) return chosen;
  throw new UsageError(`--server auto finds several addresses of this machine: ${listed(candidates)}`, GIVE);
}

/** The address that packets to the internet would leave with; undefined if none would. No packet is sent. */
export async function defaultRouteAddress(): Promise<string | undefined> {
  const socket = createSocket('udp4');
  try {
    // Connecting a UDP socket only chooses the route. The address is one that nobody has (RFC 5737).
    socket.connect(9, '192.0.2.1');
    await once(socket, 'connect');
    return socket.address().address;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

function isUsable(address: string): boolean {
  try {
    readServerAddress(address, 'tls');
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

function listed(addresses: readonly LanAddress[]): string {
  return addresses.map(({ address, name }) => `${address} (${printable(name)})`).join(', ');
}
