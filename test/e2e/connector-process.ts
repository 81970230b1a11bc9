/** `mts connector` as a process of its own: started on free ports, or on those that it had; stopped, or killed. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { firstLine, MTS, running } from './ingest-process.ts';

export interface ConnectorProcess {
  /** Addresses by name, as it printed them. */
  readonly at: Readonly<Record<'coap' | 'tls' | 'http', string>>;
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

/** Rejects with what it said if it does not start. */
export async function startConnector(
  data: string,
  ports: Partial<ConnectorProcess['at']> = {},
  ...more: string[]
): Promise<ConnectorProcess> {
  const portOf = (name: keyof ConnectorProcess['at']): string =>
    ports[name] === undefined ? '0' : new URL(ports[name]).port;
  const words = ['connector', '--data', data, '--coap', portOf('coap'), '--http', portOf('http'), '--json', ...more];
  if (more.includes('--credentials')) words.push('--tls', portOf('tls'));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MTS, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  void exited.then(() => running.delete(child));
  const at = JSON.parse(await firstLine(child, exited, 'mts connector')) as ConnectorProcess['at'];
  return {
    at,
    stop: async () => {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Makes a key, and has the connector send every press to a webhook. */
export async function subscribeAll({ at }: ConnectorProcess, data: string, url: string): Promise<string> {
  const { text } = JSON.parse(await run('connector', 'key', 'add', 'test', '--data', data, '--json')) as {
    text: string;
  };
  const keyFile = join(data, 'key.txt');
  await writeFile(keyFile, text, { mode: 0o600 });
  await run('webhook', 'register', '--host', at.http, '--key-file', keyFile, '--url', url, '--subscribe');
  return text;
}

/** What it printed; rejects if it failed. */
async function run(...words: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    MTS,
    ...words,
  ]);
  return stdout;
}
