/**
 * The deployed store as this machine reaches it: the table by its name, and the bucket of what is set aside by the deployed
 * stack's word, asked for only when it is needed. `AWS_ENDPOINT_URL_*` lead to a stand-in, as with any SDK client.
 */
import { setTimeout } from 'node:timers/promises';
import { bucketShelf, DEFAULT_MAX_ASIDE } from '../../cloud/ingest/aside/bucket-shelf.ts';
import type { AsideKind } from '../../cloud/ingest/aside/failure-queue.ts';
import type { Shelf } from '../../cloud/ingest/aside/shelf.ts';
import type { Store } from '../../cloud/ingest/store.ts';
import { openBucket } from '../../cloud/platforms/aws/aside/bucket.ts';
import { namesWith } from '../../cloud/platforms/aws/names.ts';
import type { OutputName } from '../../cloud/platforms/aws/stack/outputs.ts';
import { newDynamoClient } from '../../cloud/platforms/aws/store/client.ts';
import { openDynamoStore } from '../../cloud/platforms/aws/store/store.ts';
import { OutsideError } from '../../cloud/protocol/errors.ts';
import { lazyShelf } from '../lazy-shelf.ts';
import { accountFrom, prefixFrom } from './account-words.ts';

export interface AwsWords {
  readonly prefix: string;
  readonly region: string | undefined;
  readonly profile: string | undefined;
  readonly bucket: string | undefined;
}

/** Milliseconds for one call, unless told; people wait longer than senders do. */
const PATIENCE_MS = 60_000;

export function awsFrom({
  prefix = '',
  region,
  profile,
  bucket,
}: { [Key in keyof AwsWords]?: AwsWords[Key] | undefined }): AwsWords {
  return { ...accountFrom({ profile, region }), prefix: prefixFrom(prefix), bucket };
}

/** What every SDK client is made with; what is left out is looked for where the AWS CLI looks. */
export function clientConfig({ region, profile }: Pick<AwsWords, 'region' | 'profile'>) {
  return { ...(region === undefined ? {} : { region }), ...(profile === undefined ? {} : { profile }) };
}

/** The store of a deployment. Nothing is asked of AWS before it is used. */
export async function openAwsStore(
  words: AwsWords,
  { maxAside, patienceMs = PATIENCE_MS }: { readonly maxAside?: number; readonly patienceMs?: number } = {},
): Promise<Store> {
  const client = newDynamoClient(clientConfig(words));
  await checkRegion(client);
  return openDynamoStore({
    client,
    table: namesWith(words.prefix).table,
    shelf: deployedShelf(words, 'notification', maxAside),
    now: Date.now,
    deadline: () => Date.now() + patienceMs,
  });
}

/** OutsideError SERVER if nothing says in which region a client is. */
export async function checkRegion(client: { readonly config: { region: () => Promise<string> } }): Promise<void> {
  try {
    await client.config.region();
  } catch (error) {
    throw new OutsideError(
      'SERVER',
      'nothing says in which region of AWS',
      'Give --region, like --region eu-west-1, set AWS_REGION, or give the profile a region.',
      { cause: error },
    );
  }
}

/** The shelf of a deployment: its bucket is found when it is first used. */
export function deployedShelf(words: AwsWords, kind: AsideKind, maxBytes: number = DEFAULT_MAX_ASIDE): Shelf {
  return lazyShelf(() => findShelf(words, kind, maxBytes));
}

async function findShelf(words: AwsWords, kind: AsideKind, maxBytes: number): Promise<Shelf> {
  const name = words.bucket ?? (await deployedBucket(words));
  const { region, credentials } = newDynamoClient(clientConfig(words)).config;
  const endpoint = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  const bucket = openBucket({
    ...{ name, region, credentials, now: Date.now, deadline: () => Date.now() + PATIENCE_MS },
    ...{ random: Math.random, pause: (ms: number) => setTimeout(ms) },
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  return bucketShelf({ bucket, kind, maxBytes, now: Date.now, usageHeldMs: 0 });
}

async function deployedBucket(words: AwsWords): Promise<string> {
  try {
    return await deployedOutput(words, 'AsideBucket');
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    const fix = `${error.fix} Or say which with --bucket.`;
    throw new OutsideError('SERVER', `the bucket of what is set aside is not known: ${error.message}`, fix, {
      cause: error,
    });
  }
}

/** What the deployed stack says of itself. */
export async function deployedOutput(words: AwsWords, name: OutputName): Promise<string> {
  const { openAccount } = await import('./account.ts');
  const { deployedOutputs } = await import('./deployed.ts');
  const { [name]: value } = await deployedOutputs(await openAccount(words), namesWith(words.prefix).stack);
  if (value !== undefined) return value;
  throw new OutsideError('SERVER', `the deployment does not tell its ${name}`, 'Deploy it once more.');
}
