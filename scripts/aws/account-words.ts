/** Words that say which deployment, in which account and region. */
import { PREFIX_PATTERN } from '../../cloud/platforms/aws/names.ts';
import { UsageError } from '../../cloud/protocol/errors.ts';

export const prefixOption = {
  prefix: { type: 'string', default: '', describe: 'In front of every name, so that two can stand side by side' },
} as const;

export const accountOptions = {
  profile: { type: 'string', describe: 'Profile of ~/.aws; else as AWS_PROFILE and the other AWS_ variables say' },
  region: { type: 'string', describe: 'Region, like eu-west-1; else as AWS_REGION or the profile says' },
} as const;

/** Which account and region: what is undefined is looked for where the AWS CLI looks. */
export interface AccountWords {
  readonly profile: string | undefined;
  readonly region: string | undefined;
}

export function accountFrom({ profile, region }: Partial<AccountWords>): AccountWords {
  if (profile !== undefined && !/^[^\s[\]]{1,128}$/.test(profile)) {
    throw new UsageError('--profile is no name of a profile', 'Give one of those that ~/.aws/config has.');
  }
  if (region !== undefined && !/^[a-z]{2}(-[a-z]+){1,3}-\d{1,2}$/.test(region)) {
    throw new UsageError(`--region is ${region}`, 'Write it like eu-west-1.');
  }
  return { profile, region };
}

export function prefixFrom(prefix: string): string {
  if (!PREFIX_PATTERN.test(prefix)) {
    throw new UsageError(
      `--prefix is ${prefix}`,
      'Give up to 16 lower-case letters, digits and _, beginning with a letter, like test_.',
    );
  }
  return prefix;
}
