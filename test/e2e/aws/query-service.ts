/**
 * STS and CloudFormation, in the query protocol: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 * A change that takes CloudFormation minutes is made at once.
 */
import { ACCOUNT_ID, type Account, BUCKET, REGION, type StackState } from './account.ts';

export type XmlAnswer = readonly [status: number, xml: string];

/** What `mts aws` reads of the deployed stack. */
const OUTPUTS: Readonly<Record<string, string>> = {
  WebhookUrl: 'https://abc.execute-api.eu-west-1.amazonaws.com/prod/webhook',
  ApiKeyId: 'abc',
  TableName: 'mbed_connector_button_presses',
  AsideBucket: BUCKET,
  FailureQueueUrl: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT_ID}/mbed_time_series_failures`,
};
/** What the deployment tool reads of the one that prepared the account. */
const TOOLKIT_OUTPUTS = { BucketName: 'cdk-bucket', BucketDomainName: 'cdk-bucket.s3', BootstrapVersion: '30' };

export function answerQuery(account: Account, action: string, asked: URLSearchParams): XmlAnswer {
  const name = asked.get('StackName')?.replace(/^arn:.*:stack\/([^/]+)\/.*$/, '$1') ?? '';
  const stack = account.stacks.get(name);
  switch (action) {
    case 'GetCallerIdentity':
      if (!account.known) return refused('InvalidClientTokenId', 'The security token in the request is invalid.');
      return result(action, { Account: ACCOUNT_ID, Arn: `arn:aws:iam::${ACCOUNT_ID}:user/u`, UserId: 'u' });
    case 'AssumeRole':
      if (!account.bootstrapped) return refused('AccessDenied', 'not authorized to perform: sts:AssumeRole');
      return result(action, {
        Credentials: { AccessKeyId: 'A', SecretAccessKey: 's', SessionToken: 't', Expiration: '2100-01-01T00:00:00Z' },
      });
    case 'DescribeStacks':
      // One that was deleted is known by its ARN, for a while.
      if (stack === undefined && account.deleted.has(name) && asked.get('StackName') !== name) {
        return result(action, {
          Stacks: { member: described({ ...account.deleted.get(name)!, status: 'DELETE_COMPLETE' }) },
        });
      }
      if (stack === undefined) return unknownStack(name);
      return result(action, { Stacks: { member: described(stack) } });
    case 'GetTemplate':
      if (stack === undefined) return unknownStack(name);
      return result(action, { TemplateBody: stack.template });
    case 'CreateChangeSet':
      return created(account, name, asked);
    case 'DescribeChangeSet':
      if (stack?.prepared === undefined) return refused('ChangeSetNotFound', 'there is no such change set');
      return result(action, { ...ids(name), Status: 'CREATE_COMPLETE', ExecutionStatus: 'AVAILABLE', Changes: '' });
    case 'ExecuteChangeSet':
      return executed(account, stack);
    case 'DeleteChangeSet':
      if (stack !== undefined) stack.prepared = undefined;
      return result(action, {});
    case 'UpdateTerminationProtection':
      return result(action, {});
    case 'DescribeStackEvents':
    case 'DescribeEvents':
      return result(action, action === 'DescribeEvents' ? { OperationEvents: '' } : { StackEvents: '' });
    case 'DescribeStackResources':
    case 'ListStackResources':
      return result(action, {});
    case 'DeleteStack':
      if (stack !== undefined) account.deleted.set(name, stack);
      account.stacks.delete(name);
      return result(action, {});
    default:
      return refused('InvalidAction', action);
  }
}

function created(account: Account, name: string, asked: URLSearchParams): XmlAnswer {
  account.changeSets.push(asked);
  const stack = account.stacks.get(name) ?? { name, template: '{}', status: 'REVIEW_IN_PROGRESS', prepared: undefined };
  stack.prepared = { name: asked.get('ChangeSetName') ?? '', template: templateIn(account, asked) };
  account.stacks.set(name, stack);
  return result('CreateChangeSet', { Id: ids(name).ChangeSetId ?? '', ...ids(name) });
}

/** In the request, or where the request says that it was put. */
function templateIn(account: Account, asked: URLSearchParams): string {
  const body = asked.get('TemplateBody');
  if (body !== null) return body;
  const key = new URL(asked.get('TemplateURL') ?? '').pathname.slice(1);
  const found = [...account.objects].find(([path]) => path.endsWith(key));
  return found?.[1].toString('utf8') ?? '{}';
}

function executed(account: Account, stack: StackState | undefined): XmlAnswer {
  if (stack?.prepared === undefined) return refused('ChangeSetNotFound', 'there is no such change set');
  const isNew = stack.status === 'REVIEW_IN_PROGRESS';
  if (account.slow) stack.status = isNew ? 'CREATE_IN_PROGRESS' : 'UPDATE_IN_PROGRESS';
  else if (account.failure !== undefined) stack.status = isNew ? 'ROLLBACK_COMPLETE' : 'UPDATE_ROLLBACK_COMPLETE';
  else {
    stack.status = isNew ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE';
    stack.template = stack.prepared.template;
    if (stack.name === 'CDKToolkit') account.bootstrapped = true;
  }
  stack.prepared = undefined;
  return result('ExecuteChangeSet', {});
}

function described({ name, status }: StackState): Xml {
  const outputs = name === 'CDKToolkit' ? TOOLKIT_OUTPUTS : OUTPUTS;
  const members = Object.entries(status.endsWith('_COMPLETE') && !status.includes('ROLLBACK') ? outputs : {});
  return {
    StackName: name,
    StackId: ids(name).StackId!,
    StackStatus: status,
    CreationTime: '2026-01-01T00:00:00Z',
    Outputs: { member: members.map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })) },
  };
}

function ids(name: string): Record<string, string> {
  const stack = `arn:aws:cloudformation:${REGION}:${ACCOUNT_ID}:stack/${name}/1`;
  return {
    StackId: stack,
    StackName: name,
    ChangeSetId: `${stack.replace(':stack/', ':changeSet/')}`,
    ChangeSetName: 'c',
  };
}

function unknownStack(name: string): XmlAnswer {
  return refused('ValidationError', `Stack with id ${name} does not exist`);
}

type Xml = string | readonly Xml[] | { readonly [name: string]: Xml };

function result(action: string, content: Xml): XmlAnswer {
  return [200, xmlOf({ [`${action}Response`]: { [`${action}Result`]: content } })];
}

function refused(Code: string, Message: string): XmlAnswer {
  return [400, xmlOf({ ErrorResponse: { Error: { Type: 'Sender', Code, Message } } })];
}

function xmlOf(content: Xml): string {
  if (typeof content === 'string') return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return Object.entries(content)
    .flatMap(([name, inner]) =>
      (Array.isArray(inner) ? inner : [inner]).map((one) => `<${name}>${xmlOf(one)}</${name}>`),
    )
    .join('');
}
