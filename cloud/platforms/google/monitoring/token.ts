/**
 * Access tokens for Cloud Monitoring: those of whoever runs it, as Google's libraries find them (a service account's file, `gcloud auth
 * application-default login`, or the account of the function that it runs in). A stand-in is asked without one.
 * https://cloud.google.com/docs/authentication/application-default-credentials
 */
import { OutsideError } from '../../../protocol/errors.ts';
import { MONITORING_SCOPES } from './client.ts';

/** The library is loaded when the first token is wanted, and keeps one until shortly before it ends. */
export function defaultToken(): () => Promise<string> {
  let auth: Promise<{ getAccessToken(): Promise<string | null | undefined> }> | undefined;
  return async () => {
    auth ??= import('google-auth-library').then(({ GoogleAuth }) => new GoogleAuth({ scopes: [...MONITORING_SCOPES] }));
    const token = await (await auth).getAccessToken().catch(missing);
    return token || missing();
  };
}

function missing(cause?: unknown): never {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  const fix = 'Run `gcloud auth application-default login`, or name a key file in GOOGLE_APPLICATION_CREDENTIALS.';
  throw new OutsideError('SERVER', `there are no credentials for Google Cloud${why}`, fix, { cause });
}
