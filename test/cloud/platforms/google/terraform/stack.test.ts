/** What is deployed: every reference leads somewhere, nobody may do more than he must, and nothing secret is in it. */
import { describe, expect, test } from '@jest/globals';
import { dashboard } from '../../../../../cloud/platforms/google/dashboard/dashboard.ts';
import { namesWith, PREFIX_PATTERN } from '../../../../../cloud/platforms/google/names.ts';
import { INDEXES } from '../../../../../cloud/platforms/google/store/documents.ts';
import { merged } from '../../../../../cloud/platforms/google/terraform/part.ts';
import { DEFAULTS } from '../../../../../cloud/platforms/google/terraform/settings.ts';
import { stack } from '../../../../../cloud/platforms/google/terraform/stack.ts';

type Block = Record<string, Record<string, Record<string, unknown>>>;
interface Config {
  readonly resource: Block;
  readonly data: Block;
  readonly ephemeral: Block;
  readonly variable: Record<string, { type: string; default?: unknown }>;
  readonly output: Record<string, { value: string }>;
}

const config = stack(DEFAULTS) as Config;
const { resource } = config;
const one = (type: string, name: string): Record<string, unknown> => resource[type]![name]!;

function* texts(value: unknown): Iterable<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) yield* texts(inner);
}

/** Expressions inside `${…}`; `$${` is a text. */
function expressions(text: string): string[] {
  return [...text.replaceAll('$${', '').matchAll(/\$\{([^}]*)\}/g)].map(([, inner]) => inner!);
}

function isDeclared(reference: string): boolean {
  const [first, second, third] = reference.split('.');
  if (first === 'var') return config.variable[second!] !== undefined;
  if (first === 'path') return true;
  if (first === 'data') return config.data[second!]?.[third!] !== undefined;
  if (first === 'ephemeral') return config.ephemeral[second!]?.[third!] !== undefined;
  return resource[first!]?.[second!] !== undefined;
}

test('every reference is to something that is declared', () => {
  const references = [...texts(config)]
    .flatMap(expressions)
    .flatMap((text) => text.match(/[a-z_0-9]+\.[a-z_0-9.]+/g) ?? []);
  expect(references.length).toBeGreaterThan(50);
  expect(references.filter((reference) => !isDeclared(reference))).toEqual([]);
});

test('what is waited for is declared, too', () => {
  const waited = Object.values(resource)
    .flatMap((named) => Object.values(named))
    .flatMap(({ depends_on = [] }) => depends_on as string[]);
  expect(waited.length).toBeGreaterThan(10);
  expect(waited.filter((reference) => !isDeclared(reference))).toEqual([]);
});

test('every variable is used, and all but the project have a default', () => {
  const used = new Set(
    [...texts({ ...config, variable: {} })].flatMap((text) =>
      [...text.matchAll(/var\.(\w+)/g)].map(([, name]) => name),
    ),
  );
  expect([...used].sort()).toEqual(Object.keys(config.variable).sort());
  const without = Object.entries(config.variable).filter(([, variable]) => variable.default === undefined);
  expect(without.map(([name]) => name)).toEqual(['project']);
});

test('all of Google’s services that are used are switched on', () => {
  const on = Object.values(resource.google_project_service!).map(({ service }) =>
    String(service).replace('.googleapis.com', ''),
  );
  expect(on).toEqual(
    expect.arrayContaining([
      'cloudfunctions',
      'run',
      'cloudbuild',
      'firestore',
      'storage',
      'pubsub',
      'secretmanager',
      'cloudscheduler',
      'monitoring',
      'cloudresourcemanager',
    ]),
  );
});

test('roles on the project wait for the service that grants them', () => {
  for (const { depends_on } of Object.values(resource.google_project_iam_member!)) {
    expect(depends_on).toContain('google_project_service.cloudresourcemanager');
  }
});

describe('secrets', () => {
  test('the header is made while it is applied, and written where nothing keeps it', () => {
    const version = one('google_secret_manager_secret_version', 'header');
    expect(version.secret_data).toBeUndefined();
    expect(version.secret_data_wo).toMatch(/^x-mts-key: \$\{ephemeral\.random_password\.header\.result\}$/);
    expect(config.ephemeral.random_password!.header).toEqual({ length: 43, special: false });
    expect(resource.random_password).toBeUndefined();
  });

  test('the function has it from Secret Manager, and no other has it', () => {
    const service = one('google_cloudfunctions2_function', 'webhook').service_config as Record<string, unknown>;
    expect(service.secret_environment_variables).toMatchObject([{ key: 'DEMANDED_HEADER' }]);
    expect(Object.keys(service.environment_variables as object)).not.toContain('DEMANDED_HEADER');
    expect(JSON.stringify(one('google_cloudfunctions2_function', 'sweep'))).not.toContain('secret');
  });

  test('no output gives it', () => {
    expect(JSON.stringify(config.output)).not.toMatch(/random_password|secret_data|version\.header/);
  });
});

describe('who may do what', () => {
  const roles = (type: string) =>
    Object.values(resource[type]!).map(({ role, member }) =>
      `${member} ${role}`.replace(/.*google_service_account\.(\w+)\.member\}/, '$1'),
    );

  test('roles on the project', () => {
    expect(roles('google_project_iam_member').sort()).toEqual([
      'build roles/cloudbuild.builds.builder',
      'sweep roles/datastore.user',
      'sweep roles/monitoring.metricWriter',
      'webhook roles/datastore.user',
    ]);
  });

  test('those on Firestore are bound to the one database', () => {
    for (const name of ['webhook_counts', 'sweep_counts']) {
      expect(one('google_project_iam_member', name).condition).toMatchObject({
        expression: expect.stringContaining('google_firestore_database.counts.id'),
      });
    }
  });

  test('roles on what it has', () => {
    expect(roles('google_storage_bucket_iam_member').sort()).toEqual([
      'webhook roles/storage.objectCreator',
      'webhook roles/storage.objectViewer',
    ]);
    expect(roles('google_pubsub_topic_iam_member')).toEqual(['webhook roles/pubsub.publisher']);
    expect(roles('google_secret_manager_secret_iam_member')).toEqual(['webhook roles/secretmanager.secretAccessor']);
  });

  test('anybody may call the webhook, the schedule alone the sweep', () => {
    expect(roles('google_cloud_run_service_iam_member').sort()).toEqual([
      'allUsers roles/run.invoker',
      'caller roles/run.invoker',
    ]);
    expect(one('google_cloud_run_service_iam_member', 'sweep_is_called').service).toContain('.sweep.name');
    const { http_target } = one('google_cloud_scheduler_job', 'sweep') as {
      http_target: { oidc_token: Record<string, string>; uri: string };
    };
    expect(http_target.oidc_token.service_account_email).toContain('google_service_account.caller.email');
    expect(http_target.oidc_token.audience).toBe(http_target.uri);
  });

  test('nobody from outside sees a bucket', () => {
    for (const bucket of Object.values(resource.google_storage_bucket!)) {
      expect(bucket).toMatchObject({ uniform_bucket_level_access: true, public_access_prevention: 'enforced' });
    }
  });
});

test('one instance sweeps, one request at a time, within the minute of its schedule', () => {
  const service = one('google_cloudfunctions2_function', 'sweep').service_config;
  expect(service).toMatchObject({ max_instance_count: 1, max_instance_request_concurrency: 1, timeout_seconds: 60 });
  expect(one('google_cloud_scheduler_job', 'sweep')).toMatchObject({
    schedule: '* * * * *',
    retry_config: { retry_count: 0 },
  });
});

test('counts stay when it is destroyed', () => {
  expect(one('google_firestore_database', 'counts')).toMatchObject({
    deletion_policy: 'ABANDON',
    delete_protection_state: 'DELETE_PROTECTION_ENABLED',
  });
  expect(one('google_storage_bucket', 'aside').force_destroy).toBe(false);
});

test('every index that the store asks for is made, and none of a field that it does not ask by', () => {
  const fields = Object.values(resource.google_firestore_field!) as unknown as {
    readonly collection: string;
    readonly field: string;
    readonly index_config: { readonly indexes?: readonly { readonly query_scope: string; readonly order: string }[] };
  }[];
  const made = fields.map(({ collection, field, index_config: { indexes = [] } }) => {
    expect(indexes.map(({ order }) => order)).toEqual(indexes.map(() => 'ASCENDING'));
    return { collectionGroup: collection, field, scopes: indexes.map(({ query_scope }) => query_scope) };
  });
  expect(made).toEqual(INDEXES.fields);
  // Only an index_config that is there, and empty, leaves a field without any.
  expect(one('google_firestore_field', 'told_at').index_config).toEqual({});
  const composite = Object.values(resource.google_firestore_index!) as unknown as {
    readonly query_scope: string;
    readonly fields: readonly { readonly field_path: string }[];
  }[];
  expect(composite.map(({ fields }) => fields.map(({ field_path }) => field_path))).toEqual(
    INDEXES.composite.map(({ fields }) => fields),
  );
  expect(composite.map(({ query_scope }) => query_scope)).toEqual(['COLLECTION_GROUP']);
});

test.each(['', 'test-'])(
  'with the prefix %j the metric is the one that the function writes and the dashboard shows',
  (prefix) => {
    const { resource } = stack({ ...DEFAULTS, prefix }) as Config;
    const { presses } = resource.google_monitoring_metric_descriptor!;
    const { sweep } = resource.google_cloudfunctions2_function!;
    expect(sweep!.service_config).toMatchObject({ environment_variables: { METRIC_TYPE: presses!.type } });
    const shown = String(resource.google_monitoring_dashboard!.presses!.dashboard_json);
    expect(shown.match(/custom\.googleapis\.com[\w/]+/g)).toEqual(Array(3).fill(presses!.type));
    expect(presses!.type).toBe(namesWith(prefix).metricType);
  },
);

test('the metric is a rising sum of an endpoint', () => {
  const { type, metric_kind, value_type, labels } = one('google_monitoring_metric_descriptor', 'presses');
  expect([type, metric_kind, value_type]).toEqual([namesWith('').metricType, 'CUMULATIVE', 'INT64']);
  expect(labels).toMatchObject([{ key: 'endpoint' }]);
});

test('the dashboard is what is printed, its own references left to it', () => {
  const text = String(one('google_monitoring_dashboard', 'presses').dashboard_json);
  expect(text).toContain('$${metric.labels.endpoint}');
  expect(JSON.parse(text.replaceAll('$${', () => '${'))).toEqual(dashboard(namesWith('')));
});

describe('the dashboard', () => {
  const { mosaicLayout } = dashboard(namesWith('x-')) as {
    mosaicLayout: { columns: number; tiles: Record<string, number>[] };
  };

  test('tiles fit beside each other', () => {
    const cells = new Set<string>();
    for (const { xPos, yPos, width, height } of mosaicLayout.tiles) {
      expect(xPos! + width!).toBeLessThanOrEqual(mosaicLayout.columns);
      for (let x = xPos!; x < xPos! + width!; x += 1) {
        for (let y = yPos!; y < yPos! + height!; y += 1) {
          expect(cells.has(`${x} ${y}`)).toBe(false);
          cells.add(`${x} ${y}`);
        }
      }
    }
  });

  test('presses are the difference of sums over an hour, of each endpoint', () => {
    expect(JSON.stringify(mosaicLayout.tiles[0])).toContain(
      '"alignmentPeriod":"3600s","perSeriesAligner":"ALIGN_DELTA"',
    );
    expect(JSON.stringify(mosaicLayout.tiles[0])).toContain('metric.label.\\"endpoint\\"');
  });
});

describe('names', () => {
  test.each(['', 'test-', 'abcdefghij-'])('with the prefix %j fit where Google wants them', (prefix) => {
    expect(prefix).toMatch(PREFIX_PATTERN);
    const names = namesWith(prefix);
    for (const account of [names.webhookAccount, names.sweepAccount, names.callerAccount, names.buildAccount]) {
      expect(account).toMatch(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/);
    }
    for (const name of [names.webhookFunction, names.sweepFunction])
      expect(name).toMatch(/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/);
    // Behind a project's id of up to 30 characters.
    for (const bucket of [names.asideBucket, names.sourceBucket]) expect(bucket.length + 31).toBeLessThanOrEqual(63);
    expect(names.database).toMatch(/^[a-z][a-z0-9-]{2,61}[a-z0-9]$/);
  });

  test.each(['Test-', 'test', '-', 'abcdefghijk-', 'a_b-'])('%j is no prefix', (prefix) => {
    expect(prefix).not.toMatch(PREFIX_PATTERN);
  });

  test('two prefixes share nothing', () => {
    const [a, b] = [namesWith('a-'), namesWith('b-')].map((names) => new Set(Object.values(names)));
    expect([...a!].filter((name) => b!.has(name))).toEqual([]);
  });
});

test('two parts may not declare the same', () => {
  const part = { resource: { google_pubsub_topic: { failures: {} } } };
  expect(() => merged([part, part])).toThrow('failures is declared twice');
});
