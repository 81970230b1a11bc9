/** The two functions, their source, and who may call them. */
import { type Names, SWEEP_TARGET, WEBHOOK_TARGET } from '../names.ts';
import { member } from './accounts.ts';
import { privateBucket } from './data.ts';
import { type Part, ref } from './part.ts';
import { needs } from './services.ts';
import { RUNTIME, type Settings } from './settings.ts';

export function functions(names: Names, { maxAsideBytes }: Settings): Part {
  return {
    variable: {
      bundle: {
        type: 'string',
        description: 'Folder that `mts google bundle` filled.',
        default: './bundle',
      },
    },
    data: { archive_file: each(archive) },
    resource: {
      google_storage_bucket: {
        source: {
          name: `${ref('var.project')}-${names.sourceBucket}`,
          ...privateBucket(),
          force_destroy: true,
          depends_on: needs('storage'),
        },
      },
      google_storage_bucket_object: each(source),
      google_cloudfunctions2_function: {
        webhook: {
          name: names.webhookFunction,
          location: ref('var.region'),
          description: 'Takes notifications of boards and counts their presses',
          build_config: build('webhook', WEBHOOK_TARGET),
          service_config: {
            ...{ max_instance_count: 20, max_instance_request_concurrency: 4, available_cpu: '1' },
            // Four bodies of 32 MiB, each as bytes, as text and as what it says.
            ...{ available_memory: '1Gi', timeout_seconds: 30, ingress_settings: 'ALLOW_ALL' },
            service_account_email: ref('google_service_account.webhook.email'),
            environment_variables: {
              ...store(),
              ASIDE_BUCKET: ref('google_storage_bucket.aside.name'),
              FAILURE_TOPIC: ref('google_pubsub_topic.failures.name'),
              MAX_ASIDE_BYTES: String(maxAsideBytes),
            },
            secret_environment_variables: [
              {
                key: 'DEMANDED_HEADER',
                project_id: ref('var.project'),
                secret: ref('google_secret_manager_secret.header.secret_id'),
                version: ref('google_secret_manager_secret_version.header.version'),
              },
            ],
          },
          depends_on: [...deployed(), 'google_secret_manager_secret_iam_member.webhook_knows_header'],
        },
        sweep: {
          name: names.sweepFunction,
          location: ref('var.region'),
          description: 'Tells Cloud Monitoring what changed, each minute',
          build_config: build('sweep', SWEEP_TARGET),
          service_config: {
            // One at a time: what was told must not be remembered by two.
            ...{ max_instance_count: 1, max_instance_request_concurrency: 1, available_cpu: '1' },
            // The address is on the internet; who may call it is for IAM to say.
            ...{ available_memory: '512Mi', timeout_seconds: 60, ingress_settings: 'ALLOW_ALL' },
            service_account_email: ref('google_service_account.sweep.email'),
            environment_variables: { ...store(), METRIC_TYPE: names.metricType },
          },
          depends_on: deployed(),
        },
      },
      google_cloud_run_service_iam_member: {
        // Senders have no Google account: the header keeps strangers out.
        webhook_is_public: mayCall('webhook', 'allUsers'),
        sweep_is_called: mayCall('sweep', member('caller')),
      },
    },
  };
}

const FUNCTIONS = ['webhook', 'sweep'] as const;
type FunctionName = (typeof FUNCTIONS)[number];

function each(make: (name: FunctionName) => object): Readonly<Record<string, object>> {
  return Object.fromEntries(FUNCTIONS.map((name) => [name, make(name)]));
}

function archive(name: FunctionName): object {
  return {
    type: 'zip',
    source_dir: `${ref('var.bundle')}/${name}`,
    output_path: `${ref('path.module')}/${name}.zip`,
  };
}

function source(name: FunctionName): object {
  return {
    // A new name for a new content: else nothing would be deployed.
    name: `${name}-${ref(`data.archive_file.${name}.output_md5`)}.zip`,
    bucket: ref('google_storage_bucket.source.name'),
    source: ref(`data.archive_file.${name}.output_path`),
  };
}

function build(name: FunctionName, entry_point: string): object {
  return {
    runtime: RUNTIME,
    entry_point,
    service_account: ref('google_service_account.build.id'),
    source: {
      storage_source: {
        bucket: ref('google_storage_bucket.source.name'),
        object: ref(`google_storage_bucket_object.${name}.name`),
      },
    },
  };
}

function store(): Readonly<Record<string, string>> {
  return { PROJECT: ref('var.project'), DATABASE: ref('google_firestore_database.counts.name') };
}

function deployed(): string[] {
  return [
    ...needs('artifactregistry', 'cloudbuild', 'cloudfunctions', 'run'),
    'google_project_iam_member.build_builds',
  ];
}

function mayCall(name: FunctionName, who: string): object {
  return {
    location: ref('var.region'),
    service: ref(`google_cloudfunctions2_function.${name}.name`),
    role: 'roles/run.invoker',
    member: who,
  };
}
