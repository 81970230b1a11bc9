/** Processes of the bench, and their lines. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Helper {
  /** The next line that it prints. */
  line(): Promise<string>;
  stop(): Promise<void>;
}

export function start(script: string, ...words: string[]): Helper {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', path, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: Interface = createInterface({ input: child.stdout! });
  const iterator = lines[Symbol.asyncIterator]();
  return {
    async line() {
      const { value, done } = await iterator.next();
      if (done === true) throw new Error(`${script} ended without a word`);
      return value;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill();
      await once(child, 'exit');
    },
  };
}
