/**
 * What a function is told by its environment, read and checked once, when it is loaded.
 *
 * A demanded header comes as its name and the SHA-256 digest of its value: the value itself is in no template.
 */

import { DEFAULT_MAX_ASIDE } from '../../../ingest/aside/bucket-shelf.ts';
import type { DemandedHeader } from '../../../ingest/demanded-header.ts';
import { UsageError } from '../../../protocol/errors.ts';
import { NAMESPACE } from '../names.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What every function needs to set something aside. */
export interface AsideSettings {
  readonly bucket: string;
  readonly queueUrl: string;
  readonly maxAsideBytes: number;
  /** In place of S3's own. */
  readonly s3Endpoint?: string;
}

export interface CountingSettings extends AsideSettings {
  readonly table: string;
}

export interface WebhookSettings extends CountingSettings {
  readonly header?: DemandedHeader;
}

export interface StreamSettings extends AsideSettings {
  readonly namespace: string;
  /** Write the guide's metric too. */
  readonly guideMetric: boolean;
}

/** UsageError if a variable is missing or makes no sense; so do the others below. */
export function webhookSettings(env: Environment): WebhookSettings {
  const header = optional(env, 'DEMANDED_HEADER');
  return { ...countingSettings(env), ...(header === undefined ? {} : { header: demandedHeader(header) }) };
}

export function countingSettings(env: Environment): CountingSettings {
  return { ...asideSettings(env), table: demanded(env, 'TABLE') };
}

export function streamSettings(env: Environment): StreamSettings {
  const guide = optional(env, 'GUIDE_METRIC') ?? 'on';
  if (guide !== 'on' && guide !== 'off') throw wrong('GUIDE_METRIC', 'Set it to on or off.');
  return {
    ...asideSettings(env),
    namespace: optional(env, 'NAMESPACE') ?? NAMESPACE,
    guideMetric: guide === 'on',
  };
}

function asideSettings(env: Environment): AsideSettings {
  const bytes = optional(env, 'MAX_ASIDE_BYTES') ?? String(DEFAULT_MAX_ASIDE);
  if (!/^\d{1,15}$/.test(bytes)) throw wrong('MAX_ASIDE_BYTES', 'Set it to a whole number of bytes.');
  const queueUrl = demanded(env, 'FAILURE_QUEUE_URL');
  if (!URL.canParse(queueUrl)) throw wrong('FAILURE_QUEUE_URL', "Set it to the queue's URL.");
  const s3Endpoint = optional(env, 'AWS_ENDPOINT_URL_S3') ?? optional(env, 'AWS_ENDPOINT_URL');
  if (s3Endpoint !== undefined && !URL.canParse(s3Endpoint)) {
    throw wrong('AWS_ENDPOINT_URL_S3', 'Set it to a URL, or leave it out for S3 itself.');
  }
  return {
    bucket: demanded(env, 'ASIDE_BUCKET'),
    queueUrl,
    maxAsideBytes: Number(bytes),
    ...(s3Endpoint === undefined ? {} : { s3Endpoint }),
  };
}

function demandedHeader(text: string): DemandedHeader {
  const [, name, digest] = /^([!#$%&'*+.^_`|~0-9a-z-]+):([0-9a-f]{64})$/.exec(text) ?? [];
  if (name === undefined || digest === undefined) {
    throw wrong('DEMANDED_HEADER', "Set it to the header's lower-case name, a colon and its value's SHA-256 in hex.");
  }
  return { name, digest: Buffer.from(digest, 'hex') };
}

/** An empty one is one that was not set: templates cannot leave a variable out. */
function optional(env: Environment, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name];
}

function demanded(env: Environment, name: string): string {
  const value = optional(env, name);
  if (value === undefined) {
    throw new UsageError(`the environment variable ${name} is not set`, 'Deploy the function with `mts aws deploy`.');
  }
  return value;
}

/** Never with the value: it might be a secret in the wrong place. */
function wrong(name: string, fix: string): UsageError {
  return new UsageError(`the environment variable ${name} makes no sense`, fix);
}
