/**
 * What the functions may do: exact ARNs; a star only where an action knows no ARN.
 *
 * The guide's two functions share one role under its name, with the guide's two policies, which are ours. The iot function has a
 * role of its own: it came after the guide, and has no business with the stream or with CloudWatch.
 */
import { Aws, Stack } from 'aws-cdk-lib';
import { Effect, type IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Names } from '../names.ts';
import { acknowledge } from './acknowledge.ts';
import type { Data } from './data.ts';

export interface Roles {
  readonly guide: IRole;
  readonly iot: IRole;
}

/** Where `aside/<key>` objects lie in the bucket. */
const ASIDE_OBJECTS = 'aside/*';

export function addRoles(scope: Construct, names: Names, data: Data): Roles {
  const counting = countingStatements(data);
  const guides = [names.webhookFunction, names.streamFunction];
  const guide = functionRole(scope, 'Role', names.role, {
    [names.basicPolicy]: basicPolicy(guides),
    [names.microservicePolicy]: policyOf(...counting, ...streamStatements(names, data)),
  });
  const iot = functionRole(scope, 'IotRole', names.iotRole, {
    [names.basicPolicy]: basicPolicy([names.iotFunction]),
    [names.microservicePolicy]: policyOf(...counting),
  });
  acknowledgeStars(guide, data, guides);
  acknowledgeStars(iot, data, [names.iotFunction]);
  // Constructs would add what they think a role needs: all that it may is above.
  return { guide: guide.withoutPolicyUpdates(), iot: iot.withoutPolicyUpdates() };
}

function functionRole(
  scope: Construct,
  id: string,
  roleName: string,
  inlinePolicies: Record<string, PolicyDocument>,
): Role {
  return new Role(scope, id, {
    roleName,
    inlinePolicies,
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
  });
}

function acknowledgeStars(role: Role, { bucket }: Data, functions: readonly string[]): void {
  const star = (resource: string, reason: string): void => {
    acknowledge(role, `AwsSolutions-IAM5[Resource::${resource}]`, reason);
  };
  star('*', 'Only for actions that know no ARN: X-Ray, ListStreams, and PutMetricData, which has its condition.');
  const bucketId = Stack.of(role).getLogicalId(bucket.node.defaultChild as CfnBucket);
  star(`<${bucketId}.Arn>/${ASIDE_OBJECTS}`, 'Objects that are set aside are named by the digest of what they hold.');
  for (const name of functions) {
    star(
      `arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:${logGroupOf(name)}:*`,
      'Lambda names the log streams of the group as it starts the function.',
    );
  }
}

/** To count and to set aside: webhook and iot. The stream function sets aside, too. */
function countingStatements({ table, bucket, queue }: Data): PolicyStatement[] {
  return [
    // Those of a transaction are the same.
    allow(['dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], [table.tableArn]),
    allow(['s3:PutObject'], [bucket.arnForObjects(ASIDE_OBJECTS)]),
    // How much lies there already: there is a limit.
    allow(['s3:ListBucket'], [bucket.bucketArn], { StringLike: { 's3:prefix': ASIDE_OBJECTS } }),
    allow(['sqs:SendMessage'], [queue.queueArn]),
  ];
}

function streamStatements(names: Names, { table }: Data): PolicyStatement[] {
  return [
    allow(['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'], [table.tableStreamArn!]),
    // Knows no ARN: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
    allow(['dynamodb:ListStreams'], ['*']),
    // Knows no ARN either; the condition takes its place.
    allow(['cloudwatch:PutMetricData'], ['*'], { StringEquals: { 'cloudwatch:namespace': names.namespace } }),
  ];
}

/** Logs and traces, as AWS's policy of the same name has them, but of these functions only. */
function basicPolicy(functions: readonly string[]): PolicyDocument {
  const groups = functions.map((name) => {
    return `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:${logGroupOf(name)}:*`;
  });
  return policyOf(
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], groups),
    // Know no ARN: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
    allow(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], ['*']),
  );
}

/** Where Lambda logs by itself; the group is ours, for its retention. */
export function logGroupOf(functionName: string): string {
  return `/aws/lambda/${functionName}`;
}

function policyOf(...statements: PolicyStatement[]): PolicyDocument {
  return new PolicyDocument({ statements, minimize: false });
}

function allow(actions: string[], resources: string[], conditions: Record<string, unknown> = {}): PolicyStatement {
  return new PolicyStatement({ effect: Effect.ALLOW, actions, resources, conditions });
}
