/**
 * Google's own emulators of Firestore and Pub/Sub on this machine, on free ports of loopback. They keep everything in memory.
 *
 * They come with Google's command-line tools; their programs are looked for there.
 */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { OutsideError } from '../../../protocol/errors.ts';
import { ownFolder } from '../../folders.ts';
import { freePorts } from '../../free-ports.ts';
import { startServer } from '../../server-process.ts';

export interface EmulatorOptions {
  /** To run in; made if it is missing. */
  readonly folder: string;
  /** The Java command; `java` unless told. */
  readonly java?: string;
  readonly signal?: AbortSignal;
}

export interface Emulator {
  /** Like `127.0.0.1:8080`. */
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const JAVA_MS = 20_000;
/** Of Debian's and Google's packages, archives and snaps. */
const SDKS = [
  '/usr/lib/google-cloud-sdk',
  '/usr/share/google-cloud-sdk',
  '/opt/google-cloud-sdk',
  '/snap/google-cloud-cli/current',
];

const PROGRAMS = {
  firestore: {
    folder: 'platform/cloud-firestore-emulator',
    jar: /^cloud-firestore-emulator\.jar$/,
    main: 'com.google.cloud.datastore.emulator.firestore.CloudFirestore',
    package: 'google-cloud-cli-firestore-emulator',
  },
  pubsub: {
    folder: 'platform/pubsub-emulator/lib',
    jar: /^cloud-pubsub-emulator.*\.jar$/,
    main: undefined,
    package: 'google-cloud-cli-pubsub-emulator',
  },
} as const;

type Name = keyof typeof PROGRAMS;

/** OutsideError TOOL: it, or Java, is not here; SERVER: it did not start. */
export function startFirestore(options: EmulatorOptions): Promise<Emulator> {
  return start('firestore', options);
}

export function startPubSub(options: EmulatorOptions): Promise<Emulator> {
  return start('pubsub', options);
}

/** Its jar. OutsideError TOOL with what to install. */
export async function findEmulator(name: Name, env: NodeJS.ProcessEnv): Promise<string> {
  const { folder, jar, package: packaged } = PROGRAMS[name];
  for (const sdk of [env.GOOGLE_CLOUD_SDK, env.CLOUDSDK_ROOT_DIR, ...SDKS]) {
    if (sdk === undefined || !existsSync(join(sdk, folder))) continue;
    const found = (await readdir(join(sdk, folder))).find((file) => jar.test(file));
    if (found !== undefined) return join(sdk, folder, found);
  }
  throw new OutsideError(
    'TOOL',
    `Google's emulator of ${name === 'firestore' ? 'Firestore' : 'Pub/Sub'} cannot be found`,
    `Install it: \`apt-get install ${packaged}\` from Google's packages (https://cloud.google.com/sdk/docs/install#deb), or \`gcloud components install ${name === 'firestore' ? 'cloud-firestore-emulator' : 'pubsub-emulator'}\`; set GOOGLE_CLOUD_SDK if it is elsewhere.`,
  );
}

async function start(name: Name, { java = 'java', signal, ...options }: EmulatorOptions): Promise<Emulator> {
  // It runs in it.
  const folder = resolve(options.folder);
  const jar = await findEmulator(name, process.env);
  await promisify(execFile)(java, ['-version'], { timeout: JAVA_MS }).catch((cause: Error) => {
    const fix = 'Install Java: `apt-get install default-jre-headless` on Debian and Ubuntu.';
    throw new OutsideError('TOOL', `Java cannot be run, which Google's emulators need: ${cause.message}`, fix, {
      cause,
    });
  });
  const [port] = await freePorts([0]);
  ownFolder(folder);
  const { main } = PROGRAMS[name];
  const program = main === undefined ? ['-jar', jar] : ['-cp', jar, main];
  const server = await startServer({
    name: `Google's ${name} emulator`,
    command: [java, '-Duser.language=en', ...program, `--host=${HOST}`, `--port=${port}`],
    cwd: folder,
    environment: { HOME: folder },
    isReady: () => listens(port),
    ...(signal === undefined ? {} : { signal }),
  });
  return { host: `${HOST}:${port}`, port, close: () => server.close() };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
