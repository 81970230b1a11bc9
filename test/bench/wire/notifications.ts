/** Notifications a second, all the way: received, on disk, acknowledged, delivered; beside what a bare UDP echo answers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startConnector, subscribeAll } from '../../e2e/connector-process.ts';
import type { Measured } from '../measured.ts';
import { start } from './processes.ts';

const SECONDS = 5;
const TARGET = 0.25;

export async function benchNotifications(): Promise<Measured[]> {
  const echo = await echoRate();
  const data = await mkdtemp(join(tmpdir(), 'mts-bench-'));
  const connector = await startConnector(data);
  const webhookPort = await freePort();
  const load = start('load.main.ts', 'notify', new URL(connector.at.coap).port, String(SECONDS), String(webhookPort));
  try {
    await load.line();
    await subscribeAll(connector, data, `http://127.0.0.1:${webhookPort}/`);
    const { many, seconds, delivered } = JSON.parse(await load.line()) as {
      many: number;
      seconds: number;
      delivered: number;
    };
    if (delivered !== many) throw new Error(`${many} acknowledged, ${delivered} delivered`);
    const rate = many / seconds;
    return [
      {
        ...{ name: 'notifications over UDP, stored, acknowledged and delivered', value: rate, unit: 'a second' },
        ...{
          baseline: echo,
          ratio: rate / echo,
          target: `at least ${TARGET} of a bare UDP echo`,
          met: rate / echo >= TARGET,
        },
      },
    ];
  } finally {
    await load.stop();
    await connector.stop();
    await rm(data, { recursive: true });
  }
}

async function echoRate(): Promise<number> {
  const server = start('echo.main.ts');
  try {
    const load = start('load.main.ts', 'echo', await server.line(), String(SECONDS));
    const { many, seconds } = JSON.parse(await load.line()) as { many: number; seconds: number };
    await load.stop();
    return many / seconds;
  } finally {
    await server.stop();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
