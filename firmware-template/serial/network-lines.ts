/**
 * How the board gets into its network, as easy-connect prints it. Source: easy-connect, easy-connect.cpp; the numbers
 * of errors: Mbed OS, features/netsocket/nsapi_types.h.
 */
import { info, type KnownLine, type Meaning, trouble } from './meaning.ts';

export const networkLines: readonly KnownLine[] = [
  {
    words: /\[EasyConnect\] Connection to Network Failed (-?\d{1,6})/,
    means: ([, number = '']) => trouble('network-failed', `no network: ${reasonOf(number)}`, fixOf(number)),
  },
  {
    words: /Connection to Network Failed - exiting/,
    means: trouble(
      'network-given-up',
      'without a network the program has ended, and does not try again',
      'Mend the network (the line above says what it lacks), and press RESET.',
    ),
  },
  {
    words: /\[EasyConnect\] ERROR - No IP address/,
    means: trouble('no-address', 'the board was given no address', 'See that a DHCP server answers, and press RESET.'),
  },
  {
    words: /\[EasyConnect\] ERROR - No MAC address/,
    means: trouble(
      'no-mac',
      'its network interface does not work',
      'Press RESET; see that the image was built for K64F.',
    ),
  },
  {
    words: /ERROR - (?:MBED_CONF_APP_WIFI_|WiFi )(SSID|PASSWORD|Password) is too long/,
    means: ([, what = '']) =>
      trouble(
        'wifi-words',
        `the ${what === 'SSID' ? 'SSID' : 'password'} of the Wi-Fi is too long`,
        'Generate the firmware again: an SSID has at most 32 bytes, a password 64.',
      ),
  },
  { words: /\[EasyConnect\] IP address (\S{1,64})/, means: ([, address = '']) => addressed(address) },
  { words: /\[EasyConnect\] Connected to Network successfully/, means: info('network', 'it is in its network') },
  {
    words: /\[EasyConnect\] IPv6 mode/,
    means: trouble(
      'ipv6',
      'this firmware was built for IPv6, and cannot reach an IPv4 address',
      'Build it again with the mbed_app.json that was generated.',
    ),
  },
];

function addressed(address: string): Meaning {
  if (!/^(0\.|169\.254\.)/.test(address)) return info('address', `its address is ${address}`);
  return trouble(
    'no-address',
    `${address} is no address that reaches anything: no DHCP server has answered`,
    'See that the network has a DHCP server, and press RESET.',
  );
}

const CABLE = 'Plug the network cable in at both ends, see that its lights are on, and press RESET.';
const WIFI = 'See that SSID and password are right and the access point is near (2.4 GHz), and press RESET.';

const REASONS: ReadonlyMap<string, readonly [reason: string, fix: string]> = new Map([
  ['-3001', ['it is still connecting', 'Press RESET.']],
  ['-3003', ['something of its configuration is wrong', 'Build with the mbed_app.json that was generated.']],
  ['-3004', ['the cable is not plugged in, or what it is plugged into is off', CABLE]],
  ['-3006', ['it was given no address', 'See that a DHCP server answers, and press RESET.']],
  ['-3007', ['the board has no memory left', 'Press RESET.']],
  ['-3008', ['there is no Wi-Fi of this name', WIFI]],
  ['-3009', ['names are not resolved', 'See that the network has a DNS server, and press RESET.']],
  ['-3010', ['no DHCP server gave it an address', 'See that the network has a DHCP server, and press RESET.']],
  ['-3011', ['the Wi-Fi did not take the password', WIFI]],
  ['-3012', ['its network chip does not answer', 'Pull the plug, see how shields sit, and plug it in again.']],
  ['-3017', ['connecting took too long', CABLE]],
]);

function reasonOf(number: string): string {
  return `${REASONS.get(number)?.[0] ?? 'an error of Mbed OS'} (${number})`;
}

function fixOf(number: string): string {
  return REASONS.get(number)?.[1] ?? CABLE;
}
