/** What CloudFormation knows of the stack that is deployed. */
import type { Stack } from '@aws-sdk/client-cloudformation';
import { OutsideError } from '../../cloud/protocol/errors.ts';
import type { Account } from './account.ts';
import { explained } from './explain.ts';
import { optional } from './optional.ts';

/** The stack's outputs by name. Rejects with OutsideError where it is not deployed, or was not whole yet. */
export async function deployedOutputs(account: Account, name: string): Promise<Outputs> {
  const stack = await deployedStack(account, name);
  const outputs = stack === undefined ? {} : outputsOf(stack);
  if (Object.keys(outputs).length === 0) throw notDeployed(account, name, stack?.StackStatus);
  return outputs;
}

export type Outputs = Readonly<Record<string, string>>;

/** Of one that did not come whole there are none. */
export function outputsOf({ Outputs = [] }: Stack): Outputs {
  return Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue ?? '']));
}

export function notDeployed({ region }: Account, name: string, status?: string): OutsideError {
  return new OutsideError(
    'SERVER',
    `nothing is deployed as ${name} in ${region}${status === undefined ? '' : ` (${status})`}`,
    'Deploy it with `mts aws deploy`, or give the --prefix, --region and --profile that it was deployed with.',
  );
}

/** Undefined where there is none of this name. */
export async function deployedStack({ region, credentials }: Account, name: string): Promise<Stack | undefined> {
  const { CloudFormationClient, DescribeStacksCommand } = await optional(
    () => import('@aws-sdk/client-cloudformation'),
  );
  const client = new CloudFormationClient({ region, credentials });
  try {
    return (await client.send(new DescribeStacksCommand({ StackName: name }))).Stacks?.[0];
  } catch (error) {
    // CloudFormation has no name for it: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
    if (error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message)) {
      return undefined;
    }
    throw explained(error);
  } finally {
    client.destroy();
  }
}
