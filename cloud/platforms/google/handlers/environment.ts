/** What a function is told by its environment, read and checked once, when it is loaded. Values are never in an error. */
import { DEFAULT_MAX_ASIDE } from '../../../ingest/aside/bucket-shelf.ts';
import { type DemandedHeader, demandHeader } from '../../../ingest/demanded-header.ts';
import { UsageError } from '../../../protocol/errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What both functions need. */
export interface StoreSettings {
  readonly project: string;
  /** Of Firestore. */
  readonly database: string;
}

export interface WebhookSettings extends StoreSettings {
  readonly bucket: string;
  readonly topic: string;
  readonly maxAsideBytes: number;
  readonly header: DemandedHeader;
}

export interface SweepSettings extends StoreSettings {
  /** Of Cloud Monitoring. */
  readonly metricType: string;
  /** In place of Cloud Monitoring's own. */
  readonly monitoringEndpoint?: string;
}

/** UsageError if a variable is missing or makes no sense; so does the other. */
export function webhookSettings(env: Environment): WebhookSettings {
  const bytes = optional(env, 'MAX_ASIDE_BYTES') ?? String(DEFAULT_MAX_ASIDE);
  if (!/^\d{1,15}$/.test(bytes)) throw wrong('MAX_ASIDE_BYTES', 'Set it to a whole number of bytes.');
  return {
    ...storeSettings(env),
    bucket: demanded(env, 'ASIDE_BUCKET'),
    topic: demanded(env, 'FAILURE_TOPIC'),
    maxAsideBytes: Number(bytes),
    header: header(demanded(env, 'DEMANDED_HEADER')),
  };
}

export function sweepSettings(env: Environment): SweepSettings {
  const monitoringEndpoint = address(env, 'MONITORING_ENDPOINT');
  const metricType = demanded(env, 'METRIC_TYPE');
  if (!/^custom\.googleapis\.com\/[\w/]{1,170}$/.test(metricType)) {
    throw wrong('METRIC_TYPE', 'Set it like custom.googleapis.com/mbed/button_presses.');
  }
  return { ...storeSettings(env), metricType, ...(monitoringEndpoint === undefined ? {} : { monitoringEndpoint }) };
}

function storeSettings(env: Environment): StoreSettings {
  return { project: demanded(env, 'PROJECT'), database: demanded(env, 'DATABASE') };
}

/** One line `Name: value`, as Secret Manager has it. RFC 9110 §5.1 and §5.5. */
function header(line: string): DemandedHeader {
  const [, name, value] =
    /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?)\s*$/.exec(line) ?? [];
  if (name === undefined || value === undefined) throw wrong('DEMANDED_HEADER', 'Set it to one line `Name: value`.');
  return demandHeader(name, value);
}

function address(env: Environment, name: string): string | undefined {
  const text = optional(env, name);
  if (text === undefined) return undefined;
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw wrong(name, "Set it to an address that begins with http:, or leave it out for Google's own.");
  }
  return text.replace(/\/$/, '');
}

/** An empty one is one that was not set. */
function optional(env: Environment, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name];
}

function demanded(env: Environment, name: string): string {
  const value = optional(env, name);
  if (value !== undefined) return value;
  const fix = 'Deploy the function by what `mts google synth` prints.';
  throw new UsageError(`the environment variable ${name} is not set`, fix);
}

/** Never with the value: it might be a secret in the wrong place. */
function wrong(name: string, fix: string): UsageError {
  return new UsageError(`the environment variable ${name} makes no sense`, fix);
}
