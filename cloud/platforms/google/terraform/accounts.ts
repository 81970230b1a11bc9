/**
 * Who may do what: a service account for each function, one for whoever calls the sweep, one for building. Roles are on the one
 * resource where Google lets them be.
 */
import type { Names } from '../names.ts';
import { type Part, ref } from './part.ts';
import { needs } from './services.ts';

type Account = 'webhook' | 'sweep' | 'caller' | 'build';

/** `serviceAccount:…`, for IAM members. */
export function member(account: Account): string {
  return ref(`google_service_account.${account}.member`);
}

export function accounts(names: Names): Part {
  const account = (account_id: string, display_name: string): object => ({
    ...{ account_id, display_name },
    depends_on: needs('iam'),
  });
  return {
    resource: {
      google_service_account: {
        webhook: account(names.webhookAccount, 'mbed time series: webhook'),
        sweep: account(names.sweepAccount, 'mbed time series: sweep'),
        caller: account(names.callerAccount, 'mbed time series: calls the sweep'),
        build: account(names.buildAccount, 'mbed time series: builds the functions'),
      },
      google_project_iam_member: {
        webhook_counts: onDatabase('webhook'),
        sweep_counts: onDatabase('sweep'),
        // Of Cloud Monitoring no role can be on less than a project.
        sweep_writes_metrics: onProject('sweep', 'roles/monitoring.metricWriter'),
        build_builds: onProject('build', 'roles/cloudbuild.builds.builder'),
      },
      google_storage_bucket_iam_member: {
        webhook_sets_aside: onBucket('roles/storage.objectCreator'),
        webhook_looks_at_aside: onBucket('roles/storage.objectViewer'),
      },
      google_pubsub_topic_iam_member: {
        webhook_tells_failures: {
          topic: ref('google_pubsub_topic.failures.id'),
          role: 'roles/pubsub.publisher',
          member: member('webhook'),
        },
      },
      google_secret_manager_secret_iam_member: {
        webhook_knows_header: {
          secret_id: ref('google_secret_manager_secret.header.id'),
          role: 'roles/secretmanager.secretAccessor',
          member: member('webhook'),
        },
      },
    },
  };
}

/** The project's policy is Resource Manager's. */
function onProject(account: Account, role: string): object {
  return {
    ...{ project: ref('var.project'), role, member: member(account) },
    depends_on: needs('cloudresourcemanager'),
  };
}

/** https://cloud.google.com/firestore/docs/manage-databases#iam_conditions */
function onDatabase(account: 'webhook' | 'sweep'): object {
  return {
    ...onProject(account, 'roles/datastore.user'),
    condition: {
      title: 'one database',
      expression: `resource.name == "${ref('google_firestore_database.counts.id')}"`,
    },
  };
}

function onBucket(role: string): object {
  return { bucket: ref('google_storage_bucket.aside.name'), role, member: member('webhook') };
}
