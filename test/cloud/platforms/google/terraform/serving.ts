/** A bundle served by the Functions Framework in a process of its own, as Google starts it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';

export const FRAMEWORK = '@google-cloud/functions-framework';
export const FRAMEWORK_FOLDER = join(dirname(createRequire(import.meta.url).resolve(FRAMEWORK)), '../..');

/** For all bundles below the folder: what `npm install` would make of their package.json. */
export async function installFramework(folder: string): Promise<void> {
  await mkdir(join(folder, 'node_modules/@google-cloud'), { recursive: true });
  await symlink(FRAMEWORK_FOLDER, join(folder, 'node_modules', FRAMEWORK));
}

/** Starts it, does the work with its address, and ends it. Rejects with what it said if it does not start. */
export async function serving(
  target: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const port = await freePort();
  const env = { ...environment, PATH: process.env.PATH ?? '', FUNCTION_TARGET: target, PORT: String(port) };
  const main = join(FRAMEWORK_FOLDER, 'build/src/main.js');
  const child = spawn(process.execPath, [main], { cwd: folder, env, stdio: 'pipe' });
  let said = '';
  const ready = new Promise<void>((resolve, reject) => {
    const hear = (chunk: unknown): void => {
      said += String(chunk);
      if (said.includes('URL: ')) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', () => reject(new Error(said)));
  });
  const exited = once(child, 'exit');
  try {
    await ready;
    await work(`http://127.0.0.1:${port}/`);
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
