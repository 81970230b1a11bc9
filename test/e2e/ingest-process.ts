/** `mts ingest` as a process of its own: started on a free port, stopped in good order, or killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const MTS = fileURLToPath(new URL('../../scripts/mts.ts', import.meta.url));

/** Processes of this command that have not ended: a test that fails leaves some (run-mts.ts ends them). */
export const running = new Set<ChildProcess>();

export interface IngestProcess {
  readonly url: string;
  readonly port: number;
  /** SIGTERM; resolves to the exit status. Again: nothing. */
  stop(): Promise<number | null>;
  /** SIGKILL, in the middle of whatever it does. */
  kill(): Promise<void>;
}

/** Starts a receiver into `dir`; `port` 0 takes a free one. Rejects with what it said if it does not start. */
export async function startIngest(dir: string, port = 0, ...more: string[]): Promise<IngestProcess> {
  const words = ['ingest', '--data', dir, '--port', String(port), '--json', ...more];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MTS, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  exited.then(() => running.delete(child));
  const { webhook } = JSON.parse(await firstLine(child, exited, 'mts ingest')) as { webhook: string };
  return {
    url: webhook,
    port: Number(new URL(webhook).port),
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

/** What it prints first; rejects with what it said if it ends without that. */
export async function firstLine(child: ChildProcess, exited: Promise<[number | null]>, what: string): Promise<string> {
  let [out, err] = ['', ''];
  child.stderr?.on('data', (data: Buffer) => {
    err += data;
  });
  const line = new Promise<string>((resolve) => {
    child.stdout?.on('data', (data: Buffer) => {
      out += data;
      if (out.includes('\n')) resolve(out);
    });
  });
  const ended = exited.then(([status]) => {
    throw new Error(`${what} ended with ${status}: ${err}`);
  });
  return Promise.race([line, ended]);
}
