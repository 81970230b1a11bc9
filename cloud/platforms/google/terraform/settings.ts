/** What a deployment may choose. */
import { DEFAULT_MAX_ASIDE } from '../../../ingest/aside/bucket-shelf.ts';

export interface Settings {
  /** In front of every name: PREFIX_PATTERN of names.ts. */
  readonly prefix: string;
  /** Default of the variable: where functions, bucket and schedule are. */
  readonly region: string;
  /** Bytes that may be set aside in all. */
  readonly maxAsideBytes: number;
}

export const DEFAULTS: Settings = { prefix: '', region: 'europe-west1', maxAsideBytes: DEFAULT_MAX_ASIDE };

/**
 * What both functions run on: https://cloud.google.com/run/docs/runtimes/function-runtimes, where Google says that it is
 * supported until April 2028.
 */
export const RUNTIME = 'nodejs24';
