/** Ten thousand boards over UDP and a thousand over TLS in one process: how soon, in how much memory; beside bare sockets. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initCredentials } from '../../../firmware-template/credentials/init.ts';
import { startConnector, subscribeAll } from '../../e2e/connector-process.ts';
import type { Measured } from '../measured.ts';
import { start } from './processes.ts';

interface Ready {
  readonly readyMs: number;
  readonly bytes: number;
}

interface Goal {
  readonly transport: 'udp' | 'tls';
  readonly boards: number;
  readonly withinMs: number;
  readonly kib: number;
}

const GOALS: readonly Goal[] = [
  { transport: 'udp', boards: 10_000, withinMs: 20_000, kib: 25 },
  { transport: 'tls', boards: 1_000, withinMs: 10_000, kib: 120 },
];

export async function benchFleets(): Promise<Measured[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mts-bench-'));
  try {
    const credentials = join(folder, 'credentials');
    await initCredentials(credentials, { domain: undefined, force: false, now: new Date() });
    const measured: Measured[] = [];
    for (const goal of GOALS) measured.push(...(await benchFleet(goal, folder, credentials)));
    return measured;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function benchFleet(
  { transport, boards, withinMs, kib }: Goal,
  folder: string,
  credentials: string,
): Promise<Measured[]> {
  const bare = await withHelper(
    transport === 'tls' ? 'tls-echo.main.ts' : 'echo.main.ts',
    credentials,
    async (port) => {
      return await ready('sockets', transport, `x://127.0.0.1:${port}`, String(boards));
    },
  );
  const data = join(folder, transport);
  const { readyMs, bytes } = await withHelper('sink.main.ts', '', async (port) => {
    const connector = await startConnector(data, {}, '--credentials', credentials);
    try {
      await subscribeAll(connector, data, `http://127.0.0.1:${port}/`);
      const url = transport === 'tls' ? connector.at.tls : connector.at.coap;
      return await ready('fleet', transport, url, String(boards), credentials);
    } finally {
      await connector.stop();
    }
  });
  const what = `${boards.toLocaleString('en')} boards over ${transport.toUpperCase()}`;
  return [
    {
      ...{ name: `${what} registered and observed (baseline: bare sockets)`, value: readyMs, unit: 'ms' },
      ...{
        baseline: bare.readyMs,
        ratio: readyMs / bare.readyMs,
        target: `within ${withinMs / 1_000} s`,
        met: readyMs <= withinMs,
      },
    },
    {
      ...{ name: `memory of each of ${what}`, value: bytes / 1_024, unit: 'KiB' },
      ...{
        baseline: bare.bytes / 1_024,
        ratio: bytes / bare.bytes,
        target: `at most ${kib} KiB`,
        met: bytes / 1_024 <= kib,
      },
    },
  ];
}

async function ready(...words: string[]): Promise<Ready> {
  const helper = start('fleet.main.ts', ...words);
  try {
    return JSON.parse(await helper.line()) as Ready;
  } finally {
    await helper.stop();
  }
}

async function withHelper<T>(script: string, word: string, work: (port: string) => Promise<T>): Promise<T> {
  const helper = start(script, word);
  try {
    return await work(await helper.line());
  } finally {
    await helper.stop();
  }
}
