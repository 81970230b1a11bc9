/** What calls the sweep each minute, by a token of its own account. */
import type { Names } from '../names.ts';
import { type Part, ref } from './part.ts';
import { needs } from './services.ts';

export function schedule(names: Names): Part {
  const uri = ref('google_cloudfunctions2_function.sweep.service_config[0].uri');
  return {
    resource: {
      google_cloud_scheduler_job: {
        sweep: {
          name: names.sweepJob,
          region: ref('var.region'),
          description: 'Has Cloud Monitoring told what changed',
          schedule: '* * * * *',
          time_zone: 'Etc/UTC',
          attempt_deadline: '60s',
          // The next minute comes by itself.
          retry_config: { retry_count: 0 },
          http_target: {
            ...{ uri, http_method: 'POST' },
            oidc_token: { service_account_email: ref('google_service_account.caller.email'), audience: uri },
          },
          depends_on: [...needs('cloudscheduler'), 'google_cloud_run_service_iam_member.sweep_is_called'],
        },
      },
    },
  };
}
