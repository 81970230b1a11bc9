/**
 * Platforms by name: each a store, where counts are kept, and a sink, where people look at them. Any store can feed any sink.
 *
 * Here are the options that choose them, and the stores; sinks are in sinks.ts. A platform's code is loaded when a verb runs
 * that needs it.
 */
import type { ChangeFeed, Store } from '../cloud/ingest/store.ts';
import { UsageError } from '../cloud/protocol/errors.ts';
import { type AzureWords, azureOptions } from './azure/words.ts';
import { type GoogleWords, googleOptions } from './google/words.ts';
import { type GraphiteWords, graphiteOptions } from './graphite/words.ts';
import { type InfluxWords, influxOptions } from './influxdb/words.ts';
import { camelCase, choice } from './words.ts';

export const PLATFORMS = ['local', 'aws', 'influxdb', 'graphite', 'azure', 'google'] as const;
export type Platform = (typeof PLATFORMS)[number];

export const STORES = ['local', 'dynamodb', 'table', 'firestore'] as const;
export type StoreName = (typeof STORES)[number];

export const SINKS = ['none', 'cloudwatch', 'influxdb', 'graphite', 'azure-monitor', 'cloud-monitoring'] as const;
export type SinkName = (typeof SINKS)[number];

interface Preset {
  readonly store: StoreName;
  /** What this machine feeds; the functions of a cloud feed its own sink themselves. */
  readonly sink: SinkName;
  /** Where people look at the platform's counts. */
  readonly shows: SinkName;
}

const PRESETS: Readonly<Record<Platform, Preset>> = {
  local: { store: 'local', sink: 'none', shows: 'none' },
  aws: { store: 'dynamodb', sink: 'none', shows: 'cloudwatch' },
  influxdb: { store: 'local', sink: 'influxdb', shows: 'influxdb' },
  graphite: { store: 'local', sink: 'graphite', shows: 'graphite' },
  azure: { store: 'table', sink: 'none', shows: 'azure-monitor' },
  google: { store: 'firestore', sink: 'none', shows: 'cloud-monitoring' },
};

const awsOptions = {
  'aws-prefix': { type: 'string', describe: 'Of the aws platform: the --prefix that it was deployed with' },
  region: { type: 'string', describe: 'Of the aws platform; else as AWS_REGION or the profile says' },
  profile: { type: 'string', describe: 'Of the aws platform: profile of ~/.aws' },
  bucket: { type: 'string', describe: 'Of the aws platform: the bucket of what is set aside; else as it was deployed' },
} as const;

export const platformOptions = {
  platform: {
    type: 'string',
    default: 'local',
    // Before the headings of the platforms.
    group: 'Options:',
    describe: `A store and a sink that go together: ${PLATFORMS.join(', ')}`,
  },
  store: { type: 'string', describe: `Where counts are kept: ${STORES.join(', ')} [default: as the platform says]` },
  data: { type: 'string', describe: 'Folder of the local store, and of what a sink was told' },
  ...grouped('AWS:', awsOptions),
  ...grouped('Azure:', azureOptions),
  ...grouped('Google Cloud:', googleOptions),
} as const;

/** Help has them under a heading of their own. */
export function grouped<Options extends object>(group: string, options: Options): Options {
  const entries = Object.entries(options).map(([name, option]) => [name, { ...option, group }]);
  return Object.fromEntries(entries) as Options;
}

export interface PlatformWords
  extends Partial<AwsOptionWords>,
    Partial<AzureWords>,
    Partial<GoogleWords>,
    Partial<InfluxWords>,
    Partial<GraphiteWords> {
  readonly platform: string;
  readonly store?: string | undefined;
  readonly sink?: string | undefined;
  readonly data?: string | undefined;
}

interface AwsOptionWords {
  readonly awsPrefix: string | undefined;
  readonly region: string | undefined;
  readonly profile: string | undefined;
  readonly bucket: string | undefined;
}

export interface OpenOptions {
  /** Make the folder or table if it is not there. */
  readonly create: boolean;
  /** Bytes that may be set aside. */
  readonly maxAside?: number;
  /** Milliseconds that a store in a cloud may take for one call; a minute unless told: people wait longer than senders do. */
  readonly patienceMs?: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly env?: NodeJS.ProcessEnv;
}

/** What the words name; UsageError for a name that is none. */
export function presetOf(words: Pick<PlatformWords, 'platform' | 'store'>): Preset {
  const preset = PRESETS[choice('--platform', words.platform, PLATFORMS)];
  if (words.store === undefined) return preset;
  return { ...preset, store: choice('--store', words.store, STORES) };
}

/** What of the options belongs to which stores and sinks: of others it is refused. */
const OWNERS: readonly {
  readonly of: readonly (StoreName | SinkName)[];
  readonly options: object;
  readonly platform: string;
}[] = [
  { of: ['dynamodb', 'cloudwatch'], options: awsOptions, platform: 'aws' },
  { of: ['table', 'azure-monitor'], options: azureOptions, platform: 'azure' },
  { of: ['firestore', 'cloud-monitoring'], options: googleOptions, platform: 'google' },
  { of: ['influxdb'], options: influxOptions, platform: 'influxdb' },
  { of: ['graphite'], options: graphiteOptions, platform: 'graphite' },
];

/** UsageError for a word that is of none of these stores and sinks. */
export function refuseForeign(words: PlatformWords, used: readonly (StoreName | SinkName)[]): void {
  for (const { of, options, platform } of OWNERS) {
    if (of.some((name) => used.includes(name))) continue;
    const foreign = Object.keys(options).find(
      (option) => (words as unknown as Readonly<Record<string, unknown>>)[camelCase(option)] !== undefined,
    );
    if (foreign === undefined) continue;
    throw new UsageError(`--${foreign} is of the ${platform} platform`, `Give --platform ${platform} too.`);
  }
}

/** Opens the store that the words name. */
export async function openStore(words: PlatformWords, options: OpenOptions): Promise<Store & Partial<ChangeFeed>> {
  const { store, sink } = presetOf(words);
  refuseForeign(words, [store, words.sink === undefined || words.sink === '' ? sink : (words.sink as SinkName)]);
  if (store === 'local') return await openLocal(words.data, options);
  const isFed = words.sink !== undefined && words.sink !== 'none';
  if (words.data !== undefined && !isFed) {
    throw new UsageError(
      '--data is of the local store',
      `Leave it out, or take --store local: ${store} keeps the counts.`,
    );
  }
  const { maxAside, create, now, patienceMs, env = process.env } = options;
  const rest = {
    ...{ now, create },
    ...(maxAside === undefined ? {} : { maxAside }),
    ...(patienceMs === undefined ? {} : { patienceMs }),
  };
  if (store === 'dynamodb') {
    const { awsFrom, openAwsStore } = await import('./aws/store.ts');
    return await openAwsStore(awsFrom({ ...words, prefix: words.awsPrefix }), rest);
  }
  if (store === 'table') {
    const { azureFrom } = await import('./azure/words.ts');
    const { openAzureStore } = await import('./azure/store.ts');
    return await openAzureStore(await azureFrom(words, env), rest);
  }
  const { googleFrom } = await import('./google/words.ts');
  const { openGoogleStore } = await import('./google/store.ts');
  return await openGoogleStore(googleFrom(words, env), rest);
}

async function openLocal(data: string | undefined, { create, maxAside }: OpenOptions) {
  if (data === undefined || data === '') {
    throw new UsageError('--data is missing', 'Give the folder of the local store, like --data ./presses.');
  }
  const { DEFAULT_MAX_ASIDE, openLocalStore } = await import('../cloud/platforms/local/store.ts');
  return openLocalStore({ dir: data, create, maxAside: maxAside ?? DEFAULT_MAX_ASIDE });
}
