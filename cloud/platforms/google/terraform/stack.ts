/**
 * The whole deployment as Terraform's JSON syntax: `terraform init` and `apply` in a folder with it and the bundle. Pure.
 *
 * Nothing secret is in it. https://github.com/hashicorp/terraform-provider-google
 */
import { namesWith } from '../names.ts';
import { accounts } from './accounts.ts';
import { data } from './data.ts';
import { functions } from './functions.ts';
import { graph } from './graph.ts';
import { merged, type Part, ref } from './part.ts';
import { schedule } from './schedule.ts';
import { services } from './services.ts';
import type { Settings } from './settings.ts';

/** Terraform's name for such a file ends so. */
export const FILE_NAME = 'mbed-time-series.tf.json';

export function stack(settings: Settings): object {
  const names = namesWith(settings.prefix);
  const parts: Part[] = [
    { variable: variables(settings) },
    ...[services(), data(names), accounts(names), functions(names, settings), schedule(names), graph(names)],
    { output: outputs() },
  ];
  return {
    terraform: {
      // Write-only arguments came with 1.11.
      required_version: '>= 1.11',
      required_providers: {
        google: { source: 'hashicorp/google', version: '>= 6.25, < 9.0' },
        archive: { source: 'hashicorp/archive', version: '>= 2.4, < 3.0' },
        random: { source: 'hashicorp/random', version: '>= 3.7, < 4.0' },
      },
    },
    provider: { google: { project: ref('var.project'), region: ref('var.region') } },
    ...merged(parts),
  };
}

function variables({ region }: Settings): Readonly<Record<string, object>> {
  return {
    project: { type: 'string', description: "The Google Cloud project's id." },
    region: { type: 'string', description: 'Where functions, buckets and schedule are.', default: region },
  };
}

function outputs(): Readonly<Record<string, object>> {
  return {
    webhook_url: {
      description: 'For `mts webhook register --url` and `mts simulate --to`.',
      value: ref('google_cloudfunctions2_function.webhook.service_config[0].uri'),
    },
    header_command: {
      description: 'Prints the header that senders must have set: put it into a file that only you can read.',
      value: `gcloud secrets versions access latest --project ${ref('var.project')} --secret ${ref('google_secret_manager_secret.header.secret_id')}`,
    },
    database: { description: 'For --google-database.', value: ref('google_firestore_database.counts.name') },
    aside_bucket: { description: 'For --google-bucket.', value: ref('google_storage_bucket.aside.name') },
    failure_topic: { description: 'For --google-topic.', value: ref('google_pubsub_topic.failures.name') },
    dashboard: { description: "The dashboard's name.", value: ref('google_monitoring_dashboard.presses.id') },
  };
}
