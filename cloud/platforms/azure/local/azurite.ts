/** Azurite, Microsoft's emulator of Azure Storage, on free ports of loopback, with an account of its own. */
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { OutsideError } from '../../../protocol/errors.ts';
import { ownFolder } from '../../folders.ts';
import { freePorts, onFreePorts } from '../../free-ports.ts';
import { startServer } from '../../server-process.ts';

export interface AzuriteOptions {
  /** For what is stored, and made if it is missing; left out: all is kept in memory. */
  readonly folder?: string;
  readonly signal?: AbortSignal;
}

export interface Azurite {
  /** A secret, of this run alone. */
  readonly connectionString: string;
  /** Like `http://127.0.0.1:10002/mts`. */
  readonly endpoints: { readonly blob: string; readonly queue: string; readonly table: string };
  /** Ends it in good order; again: nothing. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const ACCOUNT = 'mts';
const MAIN = 'azurite/dist/src/azurite.js';

/** OutsideError TOOL: the package is not here; FILE: the folder; SERVER: it did not start. */
export function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  return onFreePorts(() => start(options));
}

async function start({ signal, ...options }: AzuriteOptions): Promise<Azurite> {
  // It runs in it.
  const folder = options.folder === undefined ? undefined : resolve(options.folder);
  const main = findAzurite();
  const [blob, queue, table] = await freePorts([0, 0, 0]);
  if (folder !== undefined) ownFolder(folder);
  const key = randomBytes(64).toString('base64');
  const ports = Object.entries({ blob, queue, table }).flatMap(([name, port]) => [
    ...[`--${name}Host`, HOST, `--${name}Port`, String(port)],
  ]);
  const where = folder === undefined ? ['--inMemoryPersistence'] : ['--location', folder];
  const server = await startServer({
    name: 'Azurite',
    command: [process.execPath, main, '--silent', '--skipApiVersionCheck', '--disableTelemetry', ...ports, ...where],
    cwd: folder ?? process.cwd(),
    environment: { AZURITE_ACCOUNTS: `${ACCOUNT}:${key}` },
    isReady: async () => (await Promise.all([blob, queue, table].map(answers))).every(Boolean),
    ...(signal === undefined ? {} : { signal }),
  });
  const at = (port: number): string => `http://${HOST}:${port}/${ACCOUNT}`;
  const endpoints = { blob: at(blob), queue: at(queue), table: at(table) };
  const connectionString = [
    ...['DefaultEndpointsProtocol=http', `AccountName=${ACCOUNT}`, `AccountKey=${key}`],
    `BlobEndpoint=${endpoints.blob};QueueEndpoint=${endpoints.queue};TableEndpoint=${endpoints.table}`,
  ].join(';');
  return { connectionString, endpoints, close: () => server.close() };
}

/** Its program. OutsideError TOOL if the package is not here. */
export function findAzurite(): string {
  try {
    return createRequire(import.meta.url).resolve(MAIN);
  } catch (cause) {
    const fix = 'Install again with its optional packages: `npm ci --include=optional`.';
    throw new OutsideError('TOOL', 'Azurite cannot be found', fix, { cause });
  }
}

/** Any HTTP answer will do: what is not signed is refused, but only when it is up. */
async function answers(port: number): Promise<boolean> {
  const answer = await fetch(`http://${HOST}:${port}/`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer !== undefined;
}
