/** The words of `mts firmware generate` that do not name credentials: where the board connects to, and how. */
import { networkInterfaces } from 'node:os';
import type { InferredOptionTypes, Options } from 'yargs';
import { UsageError } from '../../cloud/protocol/errors.ts';
import type { Finding } from '../../firmware-template/credentials/credentials.ts';
import { readServerAddress, type ServerAddress } from '../../firmware-template/generate/server-address.ts';
import {
  NETWORKS,
  type Network,
  TRANSPORTS,
  type Transport,
  transportOf,
  wifiNetwork,
} from '../../firmware-template/generate/settings.ts';
import { printable } from '../printable.ts';
import { chooseLanAddress, defaultRouteAddress } from './lan.ts';
import { readSecretFile } from './secret-file.ts';

export const boardOptions = {
  server: {
    type: 'string',
    demandOption: true,
    describe: 'What the board connects to: HOST[:PORT], or auto for the address of this machine in its network',
  },
  target: { type: 'string', choices: ['K64F'], default: 'K64F', describe: 'The board, as Mbed CLI calls it' },
  transport: {
    type: 'string',
    choices: TRANSPORTS,
    default: 'tls',
    describe: 'tls: CoAP in TLS over TCP. plain: CoAP over UDP without any security',
  },
  network: { type: 'string', choices: NETWORKS, default: 'ethernet', describe: 'How the board reaches its network' },
  'wifi-ssid': { type: 'string', describe: 'With --network wifi-esp8266: the name of the Wi-Fi network' },
  'wifi-password-file': {
    type: 'string',
    describe: 'With --network wifi-esp8266: file with its password on one line, empty for a network without one',
  },
} as const satisfies Readonly<Record<string, Options>>;

export type BoardArgs = InferredOptionTypes<typeof boardOptions>;

export interface BoardWords {
  readonly server: ServerAddress;
  /** The network interface that `auto` took. */
  readonly taken: string | undefined;
  readonly transport: Transport;
  readonly network: Network;
  readonly findings: readonly Finding[];
}

/** UsageError for words that fit no board; OutsideError if the password file cannot be read. */
export async function boardWords(args: BoardArgs): Promise<BoardWords> {
  const transport = transportOf(args.transport);
  const { network, findings } = await networkOf(args);
  return { ...(await serverOf(args.server, transport)), transport, network, findings };
}

async function serverOf(text: string, transport: Transport): Promise<Pick<BoardWords, 'server' | 'taken'>> {
  const [auto, port = ''] = /^auto(:.*)?$/s.exec(text) ?? [];
  if (auto === undefined) return { server: readServerAddress(text, transport), taken: undefined };
  const { address, name } = chooseLanAddress(networkInterfaces(), await defaultRouteAddress());
  return { server: readServerAddress(`${address}${port}`, transport), taken: name };
}

async function networkOf(args: BoardArgs): Promise<Pick<BoardWords, 'network' | 'findings'>> {
  const { 'wifi-ssid': ssid, 'wifi-password-file': path } = args;
  const given = Object.entries({ 'wifi-ssid': ssid, 'wifi-password-file': path });
  if (args.network === 'ethernet') {
    const without = given.find(([, value]) => value !== undefined)?.[0];
    if (without === undefined) return { network: { kind: 'ethernet' }, findings: [] };
    throw new UsageError(`--${without} is given with --network ethernet`, 'Give --network wifi-esp8266.');
  }
  if (ssid === undefined || path === undefined) {
    const missing = given.flatMap(([name, value]) => (value === undefined ? [`--${name}`] : [])).join(' and ');
    throw new UsageError(`--network wifi-esp8266 is given without ${missing}`, `Give ${missing} too.`);
  }
  const { text, open } = await readSecretFile('--wifi-password-file', path);
  const network = wifiNetwork(ssid, text.replace(/\r?\n$/, ''));
  return { network, findings: open ? [openFile(path)] : [] };
}

function openFile(path: string): Finding {
  return {
    code: 'PASSWORD_READABLE',
    level: 'warning',
    message: `others on this machine may read ${printable(path)}, and a Wi-Fi password is in it`,
    fix: `Close it to them: \`chmod 600 ${printable(path)}\`.`,
  };
}
