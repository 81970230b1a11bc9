/**
 * Runs DynamoDB Local and waits until it answers. Its process ends with ours, however that ends (cloud/platforms/keeper.main.ts).
 *
 * DynamoDB Local listens on every address of the machine and takes any credentials; it has no option against that.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { extname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { OutsideError } from '../../../../protocol/errors.ts';
import { JAR } from './fetch.ts';
import { javaVersion } from './java.ts';

const START_MS = 60_000;
const POLL_MS = 50;
/** Another program may take a port between our look and Java's. */
const ATTEMPTS = 5;
const MOST_ERROR_TEXT = 4_000;
const KEEPER = fileURLToPath(new URL(`../../../keeper.main${extname(import.meta.url)}`, import.meta.url));

export interface DynamoDbLocalOptions {
  /** The folder with the jar: fetch.ts. */
  readonly home: string;
  /** The Java command. */
  readonly java: string;
  /** Folder that exists, for tables that outlive the process; without it they are kept in memory. */
  readonly dir?: string;
  /** 0 or left out: any free one. */
  readonly port?: number;
  /** Largest heap, in MiB. */
  readonly heapMiB?: number;
  readonly signal?: AbortSignal;
}

export interface DynamoDbLocal {
  /** Like `http://127.0.0.1:8000`. */
  readonly endpoint: string;
  readonly port: number;
  /** Resolves when its process has ended, wanted or not. */
  readonly ended: Promise<void>;
  /** Ends the process; again: nothing. */
  close(): Promise<void>;
}

/** OutsideError TOOL: no Java; PORT: the port is taken; SERVER: it did not start, with what it said. */
export async function startDynamoDbLocal(options: DynamoDbLocalOptions): Promise<DynamoDbLocal> {
  await javaVersion(options.java);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(options.port ?? 0);
    const server = run(options, port);
    try {
      await answers(server, port, options.signal);
      return {
        endpoint: `http://127.0.0.1:${port}`,
        port,
        ended: server.exited.then(() => undefined),
        close: () => end(server),
      };
    } catch (error) {
      await end(server);
      const taken = /BindException|Address already in use/i.test(server.said());
      if (!taken || options.port || attempt === ATTEMPTS) throw error;
    }
  }
}

interface Running {
  readonly keeper: ChildProcess;
  readonly exited: Promise<unknown>;
  readonly said: () => string;
}

function run({ home, java, dir, heapMiB = 1024 }: DynamoDbLocalOptions, port: number): Running {
  const words = [
    java,
    `-Xmx${heapMiB}m`,
    `-Djava.library.path=${join(home, 'DynamoDBLocal_lib')}`,
    '-jar',
    join(home, JAR),
    '-disableTelemetry',
    '-sharedDb',
    // By default any page in any browser may read the tables.
    '-cors',
    'http://127.0.0.1',
    ...(dir === undefined ? ['-inMemory'] : ['-dbPath', resolve(dir)]),
    '-port',
    String(port),
  ];
  // In a session of its own, so that Ctrl-C does not end the tables before those who write to them.
  const keeper = spawn(process.execPath, [KEEPER, ...words], {
    cwd: home,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    windowsHide: true,
  });
  let text = '';
  for (const stream of [keeper.stdout, keeper.stderr]) {
    stream?.setEncoding('utf8').on('data', (more: string) => {
      text = `${text}${more}`.slice(-MOST_ERROR_TEXT);
    });
  }
  keeper.stdin?.on('error', () => undefined);
  const exited = once(keeper, 'close');
  exited.catch(() => undefined);
  return { keeper, exited, said: () => text };
}

/** Any HTTP answer will do: the server refuses a GET, but only when it is up. */
async function answers({ exited, said }: Running, port: number, signal?: AbortSignal): Promise<void> {
  let gone = false;
  const watch = exited.then(
    () => {
      gone = true;
    },
    () => {
      gone = true;
    },
  );
  const until = Date.now() + START_MS;
  while (Date.now() < until && !gone) {
    signal?.throwIfAborted();
    const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(5_000) }).catch(
      () => undefined,
    );
    await answer?.arrayBuffer();
    if (answer?.headers.has('x-amzn-requestid') && !gone) return;
    await Promise.race([sleep(POLL_MS), watch]);
  }
  const why = said().trim().split('\n').slice(-5).join('\n') || 'it said nothing';
  throw new OutsideError(
    'SERVER',
    gone ? `DynamoDB Local ended: ${why}` : `DynamoDB Local did not answer within ${START_MS / 1000} s: ${why}`,
    'Remove the folder it was fetched into if it is damaged, give it memory, or give another folder for its data.',
  );
}

async function end({ keeper, exited }: Running): Promise<void> {
  keeper.stdin?.end();
  await exited.catch(() => undefined);
}

/** A port that nothing listens on, on any address: DynamoDB Local takes them all. */
function freePort(wanted: number): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program has it' : (error.code ?? error.message);
      reject(
        new OutsideError('PORT', `DynamoDB Local cannot listen on port ${wanted}: ${why}`, 'Give another port, or 0.', {
          cause: error,
        }),
      );
    });
    server.listen(wanted, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : wanted));
    });
  });
}
