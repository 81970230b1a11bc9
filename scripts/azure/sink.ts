/** Opens Azure Monitor as a sink of this machine, after a look whether anybody vouches for us at all. */
import type { TokenCredential } from '@azure/identity';
import type { ReadableSink } from '../../cloud/ingest/sink.ts';
import type { ToldMemory } from '../../cloud/ingest/told.ts';
import { type GetToken, TELL_SCOPE } from '../../cloud/platforms/azure/monitor/names.ts';
import { azureMonitorSink } from '../../cloud/platforms/azure/monitor/sink.ts';
import { OutsideError, UsageError } from '../../cloud/protocol/errors.ts';
import type { AzurePlan } from './words.ts';

export interface AzureDeps {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Not needed: what fails is told again by whoever tells. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** One sink at a time may write to it. */
  readonly told: ToldMemory;
  /** Who we are; as the environment, the machine or `az login` say unless told. */
  readonly credential?: TokenCredential;
}

const READ_URL = 'https://management.azure.com';

/** UsageError if nothing says of which resource; OutsideError SERVER if there are no credentials, or Azure refuses them; not if it is down. */
export async function openAzureSink({ monitor }: Pick<AzurePlan, 'monitor'>, deps: AzureDeps): Promise<ReadableSink> {
  const { resource, region } = monitor;
  if (resource === undefined || region === undefined) {
    throw new UsageError(
      'nothing says of which resource Azure Monitor is told',
      'Give --azure-resource and --azure-region, or AZURE_METRICS_RESOURCE and AZURE_METRICS_REGION.',
    );
  }
  const getToken = tokensOf(deps.credential ?? (await defaultCredential()));
  await getToken(TELL_SCOPE).catch(refusesUs);
  const { now, told } = deps;
  const tellUrl = `https://${region}.monitoring.azure.com`;
  return azureMonitorSink({ tellUrl, readUrl: READ_URL, resourceId: resource, getToken, told, now });
}

async function defaultCredential(): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new DefaultAzureCredential();
}

function tokensOf(credential: TokenCredential): GetToken {
  return async (scope) => {
    const token = await credential.getToken(scope);
    if (token === null) throw Object.assign(new Error('there is no token'), { name: 'CredentialUnavailableError' });
    return token.token;
  };
}

/** What the SDK calls it when there is nobody, or somebody who is not let in; whatever else it says may pass. */
const REFUSING = ['CredentialUnavailableError', 'AuthenticationError', 'AuthenticationRequiredError'];

function refusesUs(error: unknown): void {
  // All ways were tried, and each says what it lacks: refused, unless one of them may come to work.
  const { errors = [error] } = error as { errors?: readonly unknown[] };
  if (!errors.every((one) => REFUSING.includes((one as Error).name))) return;
  const why = (errors.at(-1) as Error).message.split('\n')[0];
  const fix = 'Sign in (`az login`), or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.';
  throw new OutsideError('SERVER', `Azure does not know us: ${why}`, fix, { cause: error });
}
