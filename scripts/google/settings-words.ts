/** The options of what is deployed to Google Cloud, and what they say. */
import { namesWith, PREFIX_PATTERN } from '../../cloud/platforms/google/names.ts';
import { DEFAULTS, type Settings } from '../../cloud/platforms/google/terraform/settings.ts';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { wholeNumber } from '../words.ts';

export const prefixOption = {
  prefix: {
    type: 'string',
    default: '',
    describe: 'In front of every name, like test-: a second one beside the first',
  },
} as const;

export const settingsOptions = {
  ...prefixOption,
  region: { type: 'string', default: DEFAULTS.region, describe: 'Region, unless -var region=… says another' },
  'max-aside': {
    type: 'string',
    default: String(DEFAULTS.maxAsideBytes),
    describe: 'Bytes that may be set aside in all',
  },
} as const;

export interface SettingsWords {
  readonly prefix: string;
  readonly region: string;
  readonly maxAside: string;
}

/** UsageError for words that make no sense. */
export function settingsFrom({ prefix, region, maxAside }: SettingsWords): Settings {
  if (!/^[a-z]+-[a-z]+\d{1,2}$/.test(region)) {
    throw new UsageError(
      `--region is ${JSON.stringify(region)}, which is no region of Google's`,
      'Write it like europe-west1.',
    );
  }
  const maxAsideBytes = wholeNumber('--max-aside', maxAside, 0, Number.MAX_SAFE_INTEGER);
  return { prefix: prefixFrom(prefix), region, maxAsideBytes };
}

export function namesFrom({ prefix }: Pick<SettingsWords, 'prefix'>) {
  return namesWith(prefixFrom(prefix));
}

/** UsageError if it is none. */
export function prefixFrom(prefix: string): string {
  if (PREFIX_PATTERN.test(prefix)) return prefix;
  const fix = 'Write it like test-: a small letter, up to 9 more with digits, and a hyphen.';
  throw new UsageError(`--prefix is ${JSON.stringify(prefix)}`, fix);
}
