/** Platforms by name, and the options that choose one. A platform's code is loaded when a verb runs that needs it. */
import type { ChangeFeed, Store } from '../cloud/ingest/store.ts';
import { UsageError } from '../cloud/protocol/errors.ts';
import { choice } from './words.ts';

export const PLATFORMS = ['local', 'aws'] as const;
export type Platform = (typeof PLATFORMS)[number];

export const platformOptions = {
  platform: { type: 'string', default: 'local', describe: `Where counts are kept: ${PLATFORMS.join(', ')}` },
  data: { type: 'string', describe: 'Folder of the local platform' },
  'aws-prefix': { type: 'string', describe: 'Of the aws platform: the --prefix that it was deployed with' },
  region: { type: 'string', describe: 'Of the aws platform; else as AWS_REGION or the profile says' },
  profile: { type: 'string', describe: 'Of the aws platform: profile of ~/.aws' },
  bucket: { type: 'string', describe: 'Of the aws platform: the bucket of what is set aside; else as it was deployed' },
} as const;

export interface PlatformWords {
  readonly platform: string;
  readonly data?: string | undefined;
  readonly awsPrefix?: string | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly bucket?: string | undefined;
}

export interface OpenOptions {
  /** Make the folder if it is not there. */
  readonly create: boolean;
  /** Bytes that may be set aside. */
  readonly maxAside?: number;
}

/** Words that only the aws platform has. */
const AWS_WORDS = ['awsPrefix', 'region', 'profile', 'bucket'] as const;

/** Opens the store that the words name. */
export async function openStore(words: PlatformWords, options: OpenOptions): Promise<Store & Partial<ChangeFeed>> {
  const platform = choice('--platform', words.platform, PLATFORMS);
  if (platform === 'aws') return openAws(words, options);
  const foreign = AWS_WORDS.find((word) => words[word] !== undefined);
  if (foreign !== undefined) {
    const word = foreign === 'awsPrefix' ? 'aws-prefix' : foreign;
    throw new UsageError(`--${word} is of the aws platform`, 'Give --platform aws too.');
  }
  const { data } = words;
  if (data === undefined || data === '') {
    throw new UsageError('--data is missing', 'Give the folder of the local platform, like --data ./presses.');
  }
  const { DEFAULT_MAX_ASIDE, openLocalStore } = await import('../cloud/platforms/local/store.ts');
  return openLocalStore({ dir: data, create: options.create, maxAside: options.maxAside ?? DEFAULT_MAX_ASIDE });
}

async function openAws(words: PlatformWords, { maxAside }: OpenOptions): Promise<Store> {
  if (words.data !== undefined) {
    throw new UsageError('--data is of the local platform', 'Leave it out, or leave --platform aws out.');
  }
  const { awsFrom, openAwsStore } = await import('./aws/store.ts');
  return openAwsStore(awsFrom({ ...words, prefix: words.awsPrefix }), maxAside);
}
