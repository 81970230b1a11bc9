/** A server of this machine as our child: started, waited for until it is ready, and ended with us, however we end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { OutsideError } from '../protocol/errors.ts';

const START_MS = 60_000;
const POLL_MS = 20;
const MOST_TEXT = 8_000;
const KEEPER = fileURLToPath(new URL(`./keeper.main${extname(import.meta.url)}`, import.meta.url));

export interface ServerOptions {
  /** What people call it. */
  readonly name: string;
  readonly command: readonly [program: string, ...words: string[]];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Asked again and again with what the server has said: whether it is ready. */
  readonly isReady: (said: string) => Promise<boolean>;
  readonly signal?: AbortSignal;
}

export interface Server {
  /** The last of what it wrote to its outputs. */
  said(): string;
  /** Resolves when its process has ended, wanted or not. */
  readonly ended: Promise<void>;
  /** Ends it in good order; again: nothing. */
  close(): Promise<void>;
}

/** OutsideError SERVER: it ended, or was not ready in time, with what it said. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { command, cwd, environment } = options;
  // In a session of its own, so that Ctrl-C does not end it before those who write to it.
  const keeper = spawn(process.execPath, [KEEPER, ...command], {
    cwd,
    env: { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let text = '';
  for (const stream of [keeper.stdout, keeper.stderr]) {
    stream.setEncoding('utf8').on('data', (more: string) => {
      text = `${text}${more}`.slice(-MOST_TEXT);
    });
  }
  keeper.stdin.on('error', () => undefined);
  const ended = once(keeper, 'close').then(
    () => undefined,
    () => undefined,
  );
  const server = { said: () => text, ended, close: () => end(keeper, ended) };
  try {
    await ready(options, server);
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function ready({ name, isReady, signal }: ServerOptions, { said, ended }: Server): Promise<void> {
  let gone = false;
  const watch = ended.then(() => {
    gone = true;
  });
  const until = Date.now() + START_MS;
  while (Date.now() < until && !gone) {
    signal?.throwIfAborted();
    // A server that ended is not ready, whoever answers in its place.
    if ((await isReady(said())) && !gone) return;
    await Promise.race([sleep(POLL_MS), watch]);
  }
  const why = said().trim().split('\n').slice(-5).join('\n') || 'it said nothing';
  throw new OutsideError(
    'SERVER',
    gone ? `${name} ended: ${why}` : `${name} was not ready within ${START_MS / 1000} s: ${why}`,
    `See that ${name} runs on this machine by itself, and that the folder for its data can be written.`,
  );
}

async function end(keeper: ChildProcess, ended: Promise<void>): Promise<void> {
  keeper.stdin?.end();
  await ended;
}
