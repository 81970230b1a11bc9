/**
 * Makes the bucket of InfluxDB 2.x that a database name stands for, and maps the name to it: `/write` and `/query` find no
 * bucket by its own name on every 2.x.
 *
 *   the token's one organization ─► a bucket of that name, or a new one ─► mapping of database and retention policy
 *
 * https://docs.influxdata.com/influxdb/v2/api-guide/influxdb-1x/dbrp/ · https://docs.influxdata.com/influxdb/v2/api/
 */
import type { Answer } from './server.ts';

/** One request: what it answered, parsed, or why it did not do it. */
export type Call = (
  method: 'GET' | 'POST',
  path: string,
  body?: object,
) => Promise<{ readonly json: unknown } | Answer>;

export interface Mapping {
  readonly database: string;
  readonly retentionPolicy?: string | undefined;
}

/** What 2.x calls a retention policy that nobody named. */
const DEFAULT_POLICY = 'autogen';

/** `taken` when it is there and mapped. */
export async function createBucket(call: Call, { database, retentionPolicy }: Mapping): Promise<Answer> {
  const organizations = await call('GET', 'api/v2/orgs');
  if (!('json' in organizations)) return organizations;
  const [orgID, ...others] = idsIn(organizations.json, 'orgs');
  if (orgID === undefined) return notAllowed('the token may not see its organization');
  if (others.length > 0) return notAllowed('the token sees several organizations: make the bucket in one of them');
  const name = retentionPolicy === undefined ? database : `${database}/${retentionPolicy}`;
  const bucketID = await bucketOf(call, orgID, name);
  if (typeof bucketID !== 'string') return bucketID;
  const mapping = { orgID, bucketID, database, retention_policy: retentionPolicy ?? DEFAULT_POLICY, default: true };
  const mapped = await call('POST', 'api/v2/dbrps', mapping);
  return 'json' in mapped ? { kind: 'taken' } : mapped;
}

async function bucketOf(call: Call, orgID: string, name: string): Promise<string | Answer> {
  const found = await call('GET', `api/v2/buckets?${new URLSearchParams({ orgID, name })}`);
  const [known] = 'json' in found ? idsIn(found.json, 'buckets') : [];
  if (known !== undefined) return known;
  const made = await call('POST', 'api/v2/buckets', { orgID, name, retentionRules: [] });
  if (!('json' in made)) return made;
  const [id] = idsIn({ buckets: [made.json] }, 'buckets');
  return id ?? notAllowed('what was answered to a new bucket has no id');
}

function idsIn(json: unknown, list: string): string[] {
  const found = typeof json === 'object' && json !== null ? (json as Record<string, unknown>)[list] : undefined;
  if (!Array.isArray(found)) return [];
  return found.map((one: unknown) => (one as { id?: unknown } | null)?.id).filter((id) => typeof id === 'string');
}

function notAllowed(why: string): Answer {
  return { kind: 'not allowed', why };
}
