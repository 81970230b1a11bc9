/**
 * Whether the server that a board is given answers at this moment, asked from this machine: a warning at most, because the
 * server may be started later, and the board may be in another network.
 */
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { readServerAddress, type ServerAddress } from '../../firmware-template/generate/server-address.ts';
import type { Transport } from '../../firmware-template/generate/settings.ts';

export interface ReachOptions {
  /** How long to wait for the name's address, and then for an answer. */
  readonly timeoutMs: number;
  /** IPv4 addresses of a name; rejects if it has none. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/** What speaks against the server, in a sentence; undefined if it answers. */
export async function reachProblem(
  server: ServerAddress,
  transport: Transport,
  { timeoutMs, resolve = addressesOf }: ReachOptions,
): Promise<string | undefined> {
  const { host, port } = server;
  if (/[a-z]/.test(host)) {
    const addresses = await within(
      resolve(host).catch(() => []),
      timeoutMs,
      [],
    );
    const unusable = addresses.map(problemOf).find((problem) => problem !== undefined);
    if (addresses.length === 0)
      return `the name ${host} does not resolve here now; the board asks the DNS of its own network`;
    if (unusable !== undefined) return `here ${host} is ${addresses.join(', ')}: ${unusable}`;
  }
  const answers = transport === 'tls' ? await answersTcp(server, timeoutMs) : await answersCoap(server, timeoutMs);
  if (answers) return undefined;
  const what = transport === 'tls' ? 'TCP' : 'CoAP over UDP';
  return `nothing answers now at ${host}, port ${port} (${what}): have the server run, and its firewall open, when the board starts`;
}

async function addressesOf(host: string): Promise<readonly string[]> {
  return (await lookup(host, { family: 4, all: true })).map(({ address }) => address);
}

function problemOf(address: string): string | undefined {
  try {
    readServerAddress(address, 'tls');
    return undefined;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

function answersTcp({ host, port }: ServerAddress, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, family: 4, timeout: timeoutMs });
    const end = (answers: boolean) => () => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('connect', end(true)).once('timeout', end(false)).once('error', end(false));
  });
}

/** RFC 7252 §4.3: an empty Confirmable message, "CoAP ping", is answered with a Reset of the same message ID. */
function answersCoap({ host, port }: ServerAddress, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    let ended = false;
    const end = (answers: boolean): void => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      socket.close();
      resolve(answers);
    };
    const timer = setTimeout(end, timeoutMs, false);
    socket.on('error', () => end(false));
    socket.on('message', (answer) => {
      if (answer.equals(RESET)) end(true);
    });
    socket.once('connect', () => socket.send(PING));
    socket.connect(port, host);
  });
}

/** Version 1, type, no token, code 0.00, message ID (§3). */
const PING = Buffer.of(0x40, 0x00, 0x6d, 0x74);
const RESET = Buffer.of(0x70, 0x00, 0x6d, 0x74);

async function within<T>(work: Promise<T>, ms: number, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(resolve, ms, otherwise);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
