/**
 * The webhook's address: a REST API with one resource. GET answers that it is there; PUT takes notifications from whoever has the
 * API key, at a bounded rate.
 */
import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  type ApiKey,
  CfnAccount,
  EndpointType,
  type IRestApi,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type Names, WEBHOOK_RESOURCE } from '../names.ts';
import { acknowledge } from './acknowledge.ts';
import type { StackSettings } from './settings.ts';

export interface Api {
  readonly api: RestApi;
  readonly key: ApiKey;
  readonly url: string;
}

const STAGE = 'prod';
const API_LOG_POLICY = 'service-role/AmazonAPIGatewayPushToCloudWatchLogs';

export function addApi(scope: Construct, names: Names, settings: StackSettings, webhook: LambdaFunction): Api {
  const api = makeApi(scope, names, settings);
  // CDK's own output of the stage's address, which says less than ours.
  api.node.tryRemoveChild('Endpoint');
  acknowledgeOpenness(api);
  const integration = new LambdaIntegration(webhook, { allowTestInvoke: false });
  const resource = api.root.addResource(WEBHOOK_RESOURCE);
  resource.addMethod('GET', integration);
  resource.addMethod('PUT', integration, { apiKeyRequired: true });
  // CDK's type is of imported keys, too; this one is made here.
  const key = api.addApiKey('ApiKey', { apiKeyName: names.apiKey }) as ApiKey;
  const throttle = { rateLimit: settings.rate, burstLimit: settings.burst };
  const plan = api.addUsagePlan('UsagePlan', {
    name: names.usagePlan,
    throttle,
    // CDK's types were written without exactOptionalPropertyTypes.
    apiStages: [{ api: api as IRestApi, stage: api.deploymentStage }],
  });
  plan.addApiKey(key);
  return { api, key, url: api.urlForPath(`/${WEBHOOK_RESOURCE}`) };
}

function makeApi(scope: Construct, names: Names, settings: StackSettings): RestApi {
  const kept = { retention: settings.retentionDays as RetentionDays, removalPolicy: RemovalPolicy.DESTROY };
  const api = new RestApi(scope, 'Api', {
    restApiName: names.api,
    endpointTypes: [EndpointType.REGIONAL],
    // Every body reaches the function in base64: bytes that are no UTF-8 would be changed otherwise.
    binaryMediaTypes: ['*/*'],
    cloudWatchRole: false,
    deployOptions: {
      stageName: STAGE,
      tracingEnabled: true,
      // Requests that failed, without what they held.
      loggingLevel: MethodLoggingLevel.ERROR,
      dataTraceEnabled: false,
      // Of the whole stage, so that GET, which asks for no key, is bounded, too.
      throttlingRateLimit: settings.rate,
      throttlingBurstLimit: settings.burst,
      accessLogDestination: new LogGroupLogDestination(new LogGroup(scope, 'ApiAccessLogs', kept)),
      accessLogFormat: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
    },
  });
  // API Gateway would make this group by itself, and keep it for ever.
  const executionLogs = new LogGroup(scope, 'ApiExecutionLogs', {
    logGroupName: `API-Gateway-Execution-Logs_${api.restApiId}/${STAGE}`,
    ...kept,
  });
  api.deploymentStage.node.addDependency(executionLogs);
  if (settings.apiLogRole) api.deploymentStage.node.addDependency(addLogRole(scope));
  return api;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html */
const ACCESS_LOG = {
  time: '$context.requestTimeEpoch',
  request: '$context.requestId',
  trace: '$context.xrayTraceId',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  bytes: '$context.responseLength',
  milliseconds: '$context.responseLatency',
  address: '$context.identity.sourceIp',
  agent: '$context.identity.userAgent',
  key: '$context.identity.apiKeyId',
  error: '$context.error.responseType',
} as const;

/** Without it API Gateway refuses a stage that logs. It is the account's, for all APIs of the region: it stays when we go. */
function addLogRole(scope: Construct): CfnAccount {
  const role = new Role(scope, 'ApiLogRole', {
    assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
    managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName(API_LOG_POLICY)],
  });
  role.applyRemovalPolicy(RemovalPolicy.RETAIN);
  acknowledge(
    role,
    `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${API_LOG_POLICY}]`,
    "The account's one role for all its APIs in the region: it must be what AWS documents for it, not what ours alone needs.",
  );
  const account = new CfnAccount(scope, 'ApiLogAccount', { cloudWatchRoleArn: role.roleArn });
  account.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return account;
}

function acknowledgeOpenness(api: RestApi): void {
  acknowledge(
    api,
    'AwsSolutions-APIG2',
    'What is malformed must reach the function, which sets it aside with its reason; API Gateway would drop it.',
  );
  acknowledge(
    api,
    'AwsSolutions-APIG3',
    'A web ACL costs more a month than all the rest; key, throttle and an optional header stand in its place. Add one where there is need.',
  );
  acknowledge(
    api,
    'AwsSolutions-APIG4',
    'The sending service can set static headers and nothing else: PUT demands the API key; GET tells nothing.',
  );
  acknowledge(api, 'AwsSolutions-COG4', 'The sender is a service, not a person: it has no user pool to sign in to.');
}
