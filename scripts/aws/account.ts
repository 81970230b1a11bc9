/**
 * The account as AWS's SDK clients want it: credentials and region, found as the deployment tool finds them, so that what one
 * deploys the other finds.
 */
import type { IActionAwareIoHost } from '@aws-cdk/toolkit-lib';
import { OutsideError } from '../../cloud/protocol/errors.ts';
import type { AccountWords } from './account-words.ts';
import { explained } from './explain.ts';
import { optional } from './optional.ts';

type Config = Awaited<ReturnType<typeof baseConfig>>;

export interface Account {
  readonly region: string;
  readonly credentials: Config['credentialProvider'];
}

export interface KnownAccount extends Account {
  /** Twelve digits. */
  readonly id: string;
}

/** Rejects with OutsideError where nothing says which region. Credentials are asked for when a client needs them. */
export async function openAccount({ profile, region }: AccountWords): Promise<Account> {
  const unsaid = { region: false };
  const config = await baseConfig(profile, (message) => {
    if (/^Unable to determine AWS region/.test(message)) unsaid.region = true;
  });
  // The tool would take us-east-1, where nobody asked it to look.
  const chosen = region ?? (unsaid.region ? undefined : config.defaultRegion);
  if (chosen === undefined) {
    throw new OutsideError(
      'SERVER',
      'nothing says in which region of AWS',
      'Give --region, like --region eu-west-1, set AWS_REGION, or give the profile a region.',
    );
  }
  return { region: chosen, credentials: config.credentialProvider };
}

/** The same, after AWS said that it knows the credentials: the deployment tool would not say why it does not. */
export async function openKnownAccount(words: AccountWords): Promise<KnownAccount> {
  const account = await openAccount(words);
  const { GetCallerIdentityCommand, STSClient } = await optional(() => import('@aws-sdk/client-sts'));
  const client = new STSClient(account);
  try {
    const { Account: id = '' } = await client.send(new GetCallerIdentityCommand({}));
    return { ...account, id };
  } catch (error) {
    throw explained(error);
  } finally {
    client.destroy();
  }
}

async function baseConfig(profile: string | undefined, heard: (message: string) => void) {
  const { BaseCredentials } = await optional(() => import('@aws-cdk/toolkit-lib'));
  const host: IActionAwareIoHost = {
    notify: async ({ message }) => heard(message),
    requestResponse: async ({ defaultResponse }) => defaultResponse,
  };
  try {
    return await BaseCredentials.awsCliCompatible(profile === undefined ? {} : { profile }).sdkBaseConfig(host, {});
  } catch (error) {
    throw explained(error);
  }
}
