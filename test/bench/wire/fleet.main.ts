/**
 * A fleet of its own process, so that its memory is its own. Prints one JSON line: milliseconds until all boards were ready,
 * bytes that each took.
 *
 *   fleet.main.ts udp|tls URL BOARDS [CREDENTIALS]     sockets udp|tls URL BOARDS     bare sockets, a connection each
 */
import { createSocket } from 'node:dgram';
import { connect as connectTls } from 'node:tls';
import { boardCertificates } from '../../../scripts/board-certificates.ts';
import { endpointName } from '../../../simulator/fleet/names.ts';
import { runFleet } from '../../../simulator/run.ts';

/** Connections that are on their way at once. */
const AT_ONCE = 64;
const [mode = '', transport = '', url = '', boardsText = '', credentials = ''] = process.argv.slice(2);
const boards = Number(boardsText);
const result = mode === 'sockets' ? await sockets() : await fleet();
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit();

async function fleet(): Promise<{ readyMs: number; bytes: number }> {
  const endpoints = Array.from({ length: boards }, (_, index) => endpointName(index, boards));
  const certificates =
    transport === 'tls'
      ? await boardCertificates({ folder: credentials, endpoints, issue: true, now: new Date() })
      : undefined;
  const { lwm2m } = await runFleet(
    {
      ...{
        boards,
        url,
        seed: 1,
        dialect: 'connector',
        faults: {},
        schedule: { kind: 'steady', rate: 1_000 },
        presses: 1,
      },
      via: transport === 'tls' ? 'lwm2m+tls' : 'lwm2m+udp',
      lwm2m: {
        starting: 1_000,
        ...(certificates === undefined ? {} : { credentialsOf: (endpoint) => certificates.get(endpoint)! }),
      },
    },
    { now: Date.now, sleep: () => Promise.resolve() },
  );
  return { readyMs: lwm2m!.readyMs, bytes: lwm2m!.residentBytes };
}

/** The least that as many connections cost: open, one message there, one back. */
async function sockets(): Promise<{ readyMs: number; bytes: number }> {
  const { hostname, port } = new URL(url);
  const before = process.memoryUsage().rss;
  const began = performance.now();
  const open: unknown[] = [];
  for (let from = 0; from < boards; from += AT_ONCE) {
    open.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(AT_ONCE, boards - from) }, () => one(hostname, Number(port))),
      )),
    );
  }
  const readyMs = performance.now() - began;
  return { readyMs, bytes: (process.memoryUsage().rss - before) / open.length };
}

function one(host: string, port: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (transport === 'tls') {
      const socket = connectTls(
        { host, port, rejectUnauthorized: false, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' },
        () => socket.write('x'),
      );
      socket.once('data', () => resolve(socket));
      socket.once('error', reject);
    } else {
      const socket = createSocket('udp4');
      socket.once('message', () => resolve(socket));
      socket.connect(port, host, () => socket.send('x'));
    }
  });
}
