/**
 * DynamoDB Local, AWS's own server for development: fetched once from npm, where Amplify's simulator package carries it.
 *
 *   npm pack ──► tarball ──► its digest is the one below ──► archive.ts unpacks emulator/ ──► renamed into the cache
 *
 * The package's dependencies are not taken. Several processes may do this at once: the first that renames wins.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { OutsideError } from '../../../../protocol/errors.ts';
import { unpack } from './archive.ts';
import { run } from './command.ts';

const PACKAGE = 'amplify-dynamodb-simulator';
/** Of the package; the server in it is DynamoDB Local 1.25.1. */
export const PACKAGE_VERSION = '2.9.30';
/** SHA-512 of the tarball as the registry serves it. */
const INTEGRITY = 'sha512-xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ==';
const MEGABYTES = 57;

export const JAR = 'DynamoDBLocal.jar';

export interface FetchOptions {
  /** Folder for what can be fetched again: DynamoDB Local gets `dynamodb-local/<version>/` in it. */
  readonly cache: string;
  /** The npm command and words that precede its own: `['npm']`, or Node and npm's script where npm is no program. */
  readonly npm: readonly [command: string, ...words: string[]];
  readonly tar?: string;
  /** Of the tarball, like `sha512-…`: another one only in tests. */
  readonly integrity?: string;
  readonly onFetch?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Where the server is, or would be once fetched. */
export function dynamoDbLocalHome(cache: string): string {
  return join(cache, 'dynamodb-local', PACKAGE_VERSION);
}

/**
 * The folder with the jar and its libraries, fetched if it is not there. OutsideError TOOL: npm or tar is missing, or npm
 * could not get it; FILE: the cache cannot be written, or what came is not what was asked for.
 */
export async function fetchDynamoDbLocal(options: FetchOptions): Promise<string> {
  const home = dynamoDbLocalHome(options.cache);
  if (existsSync(join(home, JAR))) return home;
  options.onFetch?.(`Fetching DynamoDB Local (${PACKAGE} ${PACKAGE_VERSION}, ${MEGABYTES} MB) into ${home}\n`);
  const work = await workFolder(home);
  try {
    const tarball = await pack(options, work);
    await checkDigest(tarball, options.integrity ?? INTEGRITY);
    const unpacked = await unpack({ tarball, into: join(work, 'unpacked'), tar: options.tar ?? 'tar' });
    await moveInto(home, unpacked);
    return home;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Beside the final place: a rename stays within one file system. */
async function workFolder(home: string): Promise<string> {
  try {
    await mkdir(dirname(home), { recursive: true });
    return await mkdtemp(`${home}.fetching-`);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new OutsideError(
      'FILE',
      `${dirname(home)} cannot be written: ${why}`,
      'Set XDG_CACHE_HOME to a folder of yours.',
      {
        cause: error,
      },
    );
  }
}

async function pack({ npm: [command, ...words], signal }: FetchOptions, into: string): Promise<string> {
  const { status, err } = await run(
    command,
    [...words, 'pack', `${PACKAGE}@${PACKAGE_VERSION}`, '--pack-destination', '.', '--silent', '--no-update-notifier'],
    { cwd: into, ...(signal === undefined ? {} : { signal }) },
  );
  const tarball = (await readdir(into)).find((name) => name.endsWith('.tgz'));
  if (status !== 0 || tarball === undefined) {
    const why = err.trim().split('\n').slice(-3).join(' ') || `it ended with status ${status}`;
    throw new OutsideError(
      'TOOL',
      `npm could not get ${PACKAGE}@${PACKAGE_VERSION}: ${why}`,
      `See what \`npm pack ${PACKAGE}@${PACKAGE_VERSION}\` says, and set npm's registry or proxy.`,
    );
  }
  return join(into, tarball);
}

async function checkDigest(tarball: string, integrity: string): Promise<void> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(tarball), hash);
  if (`sha512-${hash.digest('base64')}` !== integrity) {
    throw new OutsideError(
      'FILE',
      `what npm fetched is not the ${PACKAGE}@${PACKAGE_VERSION} that was checked for this version: its SHA-512 differs`,
      "Ask who runs npm's registry for you why it serves other bytes; nothing of it was unpacked.",
    );
  }
}

async function moveInto(home: string, unpacked: string): Promise<void> {
  try {
    await rename(unpacked, home);
  } catch (error) {
    // Another process was quicker: its copy had the same digest.
    if (!existsSync(join(home, JAR))) throw error;
  }
}
