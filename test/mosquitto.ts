/**
 * The broker that MQTT tests use beside aedes: Debian's Mosquitto, or none.
 *
 * Without it its tests are named and not run; under CI=true they run all the same, and fail.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PATH = '/usr/sbin/mosquitto';

/** Whether tests that need it are to be run. */
export const mosquittoWanted = existsSync(PATH) || process.env.CI === 'true';

export interface Mosquitto extends AsyncDisposable {
  readonly port: number;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Ends it in good order: what it is to keep (persistence) is on the disk. */
  end(): Promise<void>;
}

export interface MosquittoOptions {
  /** A port that it had before: any free one if it is left out. */
  readonly port?: number;
  /** Further lines of its configuration; without them everybody may do everything. */
  readonly settings?: readonly string[];
}

/** Starts one on this machine; resolves when it listens. It can be told no port 0, so one is looked for. */
export async function startMosquitto({
  port,
  settings = ['allow_anonymous true'],
}: MosquittoOptions = {}): Promise<Mosquitto> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start(port ?? (await freePort()), settings);
    } catch (error) {
      // Somebody else took the port that was free.
      if (port !== undefined || tries === 3 || !/already in use/i.test(String(error))) throw error;
    }
  }
}

async function start(port: number, settings: readonly string[]): Promise<Mosquitto> {
  const dir = await mkdtemp(join(tmpdir(), 'mosquitto-'));
  const file = join(dir, 'mosquitto.conf');
  // Started by root it would become another user, who may not read the certificates of a test.
  const always = ['user root', 'persistence false', 'max_queued_messages 0', 'max_inflight_messages 0'];
  await writeFile(file, [...always, `listener ${port} 127.0.0.1`, ...settings].map((line) => `${line}\n`).join(''));
  const child = spawn(PATH, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => reject(new Error(`mosquitto ended with ${status}: ${said}`)));
    child.stderr.on('data', (data: Buffer) => {
      said += data;
      if (/ running$/m.test(said)) resolve();
    });
  });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const end = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  return {
    port,
    kill,
    end,
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(dir, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
