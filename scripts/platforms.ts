/** Platforms by name, and the options that choose one. A platform's code is loaded when a verb runs that needs it. */
import type { LocalStore } from '../cloud/platforms/local/store.ts';
import { UsageError } from '../cloud/protocol/errors.ts';
import { choice } from './words.ts';

export const PLATFORMS = ['local'] as const;

export const platformOptions = {
  platform: { type: 'string', default: 'local', describe: `Where counts are kept: ${PLATFORMS.join(', ')}` },
  data: { type: 'string', describe: 'Folder of the local platform' },
} as const;

export interface PlatformWords {
  readonly platform: string;
  readonly data?: string | undefined;
}

export interface OpenOptions {
  /** Make the folder if it is not there. */
  readonly create: boolean;
  /** Bytes that may be set aside. */
  readonly maxAside?: number;
}

/** Opens the store that the words name. */
export async function openStore({ platform, data }: PlatformWords, options: OpenOptions): Promise<LocalStore> {
  choice('--platform', platform, PLATFORMS);
  if (data === undefined || data === '') {
    throw new UsageError('--data is missing', 'Give the folder of the local platform, like --data ./presses.');
  }
  const { DEFAULT_MAX_ASIDE, openLocalStore } = await import('../cloud/platforms/local/store.ts');
  return openLocalStore({ dir: data, create: options.create, maxAside: options.maxAside ?? DEFAULT_MAX_ASIDE });
}
