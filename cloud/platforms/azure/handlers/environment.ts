/**
 * What the functions are told by their environment, read and checked once, when they are loaded. All names of ours begin with MTS_.
 *
 * A demanded header comes as its name and the SHA-256 digest of its value: the value itself is in no template.
 */
import { DEFAULT_MAX_ASIDE } from '../../../ingest/aside/bucket-shelf.ts';
import type { DemandedHeader } from '../../../ingest/demanded-header.ts';
import { UsageError } from '../../../protocol/errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Settings {
  /** Endpoints of the storage account's services, and what is used in them. */
  readonly tableUrl: string;
  readonly table: string;
  readonly blobUrl: string;
  readonly container: string;
  readonly queueUrl: string;
  readonly queue: string;
  readonly maxAsideBytes: number;
  readonly header: DemandedHeader | undefined;
  /** Where the metric is told. */
  readonly monitorUrl: string;
  /** Whose metric it is. */
  readonly resourceId: string;
}

/** Settings by name; the template sets all but the last two, which it may leave empty. */
export const SETTINGS = [
  'MTS_TABLE_URL',
  'MTS_TABLE',
  'MTS_BLOB_URL',
  'MTS_ASIDE_CONTAINER',
  'MTS_QUEUE_URL',
  'MTS_FAILURE_QUEUE',
  'MTS_MONITOR_REGION',
  'MTS_RESOURCE_ID',
  'MTS_MAX_ASIDE_BYTES',
  'MTS_DEMANDED_HEADER',
] as const;
export type SettingName = (typeof SETTINGS)[number];

/** UsageError if one is missing, makes no sense, or is of ours by its beginning and none of these. */
export function settingsOf(env: Environment): Settings {
  const unknown = Object.keys(env).find((name) => /^MTS_/i.test(name) && !SETTINGS.some((known) => known === name));
  if (unknown !== undefined)
    throw new UsageError(`there is no setting ${unknown}`, `Remove it, or set ${SETTINGS[0]} or another.`);
  const bytes = optional(env, 'MTS_MAX_ASIDE_BYTES') ?? String(DEFAULT_MAX_ASIDE);
  if (!/^\d{1,15}$/.test(bytes)) throw wrong('MTS_MAX_ASIDE_BYTES', 'Set it to a whole number of bytes.');
  const header = optional(env, 'MTS_DEMANDED_HEADER');
  const region = demanded(env, 'MTS_MONITOR_REGION');
  if (!/^[a-z0-9]{3,40}$/.test(region)) throw wrong('MTS_MONITOR_REGION', 'Set it to a region, like westeurope.');
  const resourceId = demanded(env, 'MTS_RESOURCE_ID');
  if (!RESOURCE.test(resourceId)) {
    throw wrong(
      'MTS_RESOURCE_ID',
      "Set it to the function app's id: /subscriptions/…/providers/Microsoft.Web/sites/….",
    );
  }
  return {
    tableUrl: url(env, 'MTS_TABLE_URL'),
    table: demanded(env, 'MTS_TABLE'),
    blobUrl: url(env, 'MTS_BLOB_URL'),
    container: demanded(env, 'MTS_ASIDE_CONTAINER'),
    queueUrl: url(env, 'MTS_QUEUE_URL'),
    queue: demanded(env, 'MTS_FAILURE_QUEUE'),
    maxAsideBytes: Number(bytes),
    header: header === undefined ? undefined : demandedHeader(header),
    monitorUrl: `https://${region}.monitoring.azure.com`,
    resourceId,
  };
}

const RESOURCE = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/[^/]+\/[^/]+\/[^/]+$/i;

/** Tokens are sent there: so by TLS. Without a slash at its end. */
function url(env: Environment, name: SettingName): string {
  const text = demanded(env, name);
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed?.protocol === 'https:' && parsed.pathname === '/' && parsed.search === '') return parsed.origin;
  throw wrong(name, 'Set it to an endpoint of the storage account, like https://ACCOUNT.table.core.windows.net/.');
}

function demandedHeader(text: string): DemandedHeader {
  const [, name, digest] = /^([!#$%&'*+.^_`|~0-9a-z-]+):([0-9a-f]{64})$/.exec(text) ?? [];
  if (name === undefined || digest === undefined) {
    const fix = "Set it to the header's lower-case name, a colon and its value's SHA-256 in hex.";
    throw wrong('MTS_DEMANDED_HEADER', fix);
  }
  return { name, digest: Buffer.from(digest, 'hex') };
}

function optional(env: Environment, name: SettingName): string | undefined {
  return env[name] === '' ? undefined : env[name];
}

function demanded(env: Environment, name: SettingName): string {
  const value = optional(env, name);
  if (value !== undefined) return value;
  throw new UsageError(`the setting ${name} is missing`, 'Deploy the template that `mts azure synth` prints.');
}

/** Never with the value: it might be a secret in the wrong place. */
function wrong(name: SettingName, fix: string): UsageError {
  return new UsageError(`the setting ${name} makes no sense`, fix);
}
