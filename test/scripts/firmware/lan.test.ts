/** `--server auto`: which of a machine's addresses a board beside it can connect to. */
import { networkInterfaces } from 'node:os';
import { expect, test } from '@jest/globals';
import { UsageError } from '../../../cloud/protocol/errors.ts';
import { chooseLanAddress, defaultRouteAddress, type Interfaces } from '../../../scripts/firmware/lan.ts';

function machine(...entries: readonly [name: string, address: string][]): Interfaces {
  const loopback = { address: '127.0.0.1', family: 'IPv4' as const, internal: true };
  return Object.fromEntries([
    ['lo', [loopback]],
    ...entries.map(([name, address]) => [
      name,
      [
        { address: 'fe80::1', family: 'IPv6' as const, internal: false },
        { address, family: 'IPv4' as const, internal: false },
      ],
    ]),
  ]);
}

const LAPTOP: [string, string][] = [
  ['docker0', '172.17.0.1'],
  ['br-1a2b', '172.18.0.1'],
  ['veth12', '169.254.3.3'],
  ['virbr0', '192.168.122.1'],
  ['vmnet8', '192.168.88.1'],
  ['tun0', '10.8.0.2'],
  ['wg0', '10.9.0.2'],
  ['tailscale0', '100.100.1.1'],
  ['utun4', '10.10.0.2'],
  ['bridge100', '192.168.64.1'],
  ['vEthernet (WSL)', '172.30.0.1'],
  ['VMware Network Adapter VMnet1', '192.168.99.1'],
];

test('networks within the machine and tunnels are left aside', () => {
  expect(chooseLanAddress(machine(...LAPTOP, ['wlan0', '192.168.1.7']), '10.8.0.2')).toEqual({
    address: '192.168.1.7',
    name: 'wlan0',
  });
});

test('private addresses go before others, and one alone is taken whatever the default route is', () => {
  expect(chooseLanAddress(machine(['eth0', '203.0.113.9'], ['eth1', '10.1.2.3']), '203.0.113.9').address).toBe(
    '10.1.2.3',
  );
  expect(chooseLanAddress(machine(['eth0', '203.0.113.9']), undefined).address).toBe('203.0.113.9');
  expect(chooseLanAddress(machine(['eth0', '172.32.0.1'], ['eth1', '172.31.0.1']), undefined).address).toBe(
    '172.31.0.1',
  );
});

test('of several it is that of the default route, else all are named', () => {
  const two = machine(['eth0', '192.168.1.7'], ['wlan0', '192.168.2.7']);
  expect(chooseLanAddress(two, '192.168.2.7').name).toBe('wlan0');
  for (const route of [undefined, '10.8.0.2']) {
    expect(() => chooseLanAddress(two, route)).toThrow(UsageError);
    expect(() => chooseLanAddress(two, route)).toThrow('192.168.1.7 (eth0), 192.168.2.7 (wlan0)');
  }
});

test('a machine without a network, or with none that a board could reach, is told to say where', () => {
  expect(() => chooseLanAddress(machine(), undefined)).toThrow(UsageError);
  expect(() => chooseLanAddress(machine(['eth0', '169.254.1.1'], ['tun0', '10.8.0.2']), '10.8.0.2')).toThrow(
    /left aside: .*10\.8\.0\.2 \(tun0\)/,
  );
});

test('the name of an interface is made harmless', () => {
  expect(() => chooseLanAddress(machine(['a\u001b[2J', '10.1.1.1'], ['b', '10.1.1.2']), undefined)).toThrow(
    '10.1.1.1 (a·[2J)',
  );
});

test('the default route of this machine, if it has one, leaves by an address that it has', async () => {
  const own = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));
  const address = await defaultRouteAddress();
  expect([undefined, ...own]).toContain(address);
});
