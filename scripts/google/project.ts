/** Which project: where no word says it, that of the credentials. */
import { OutsideError } from '../../cloud/protocol/errors.ts';

/** OutsideError SERVER if they do not say, or there are none. */
export async function projectOfCredentials(): Promise<string> {
  const { GoogleAuth } = await import('google-auth-library');
  try {
    return await new GoogleAuth().getProjectId();
  } catch (cause) {
    throw new OutsideError(
      'SERVER',
      'nothing says which project of Google Cloud',
      'Give --google-project, set GOOGLE_CLOUD_PROJECT, or sign in: `gcloud auth application-default login`.',
      { cause },
    );
  }
}
