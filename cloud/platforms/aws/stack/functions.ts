/** The three functions: what they run on, what they are told, where they log. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Names } from '../names.ts';
import type { Bundles } from './bundle.ts';
import type { Data } from './data.ts';
import { logGroupOf, type Roles } from './roles.ts';
import { FUNCTION_TIMEOUT_SECONDS, type StackSettings } from './settings.ts';

export interface Functions {
  readonly webhook: LambdaFunction;
  readonly stream: LambdaFunction;
  readonly iot: LambdaFunction;
}

/** Namespace of the functions' own metrics, which Powertools writes through their logs. */
const OWN_METRICS = 'MbedTimeSeries';

/**
 * MB. Lambda gives processors by memory: 1,769 MB is one whole (docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html).
 * A message of 10,000 events must be read, written and answered within the sender's 20 s, which takes one; no code here can
 * use a second. An MQTT message has 128 KB at most, and a thousand stream records fold into few data.
 */
const MEMORY = { webhook: 1_769, stream: 512, iot: 512 } as const;

interface Made {
  readonly functionName: string;
  readonly memorySize: number;
  readonly code: string;
  readonly role: IRole;
  readonly environment: Record<string, string>;
}

export function addFunctions(
  scope: Construct,
  names: Names,
  settings: StackSettings,
  { data, roles, bundles }: { readonly data: Data; readonly roles: Roles; readonly bundles: Bundles },
): Functions {
  const aside = { ASIDE_BUCKET: data.bucket.bucketName, FAILURE_QUEUE_URL: data.queue.queueUrl };
  const counting = { TABLE: data.table.tableName, ...aside };
  return {
    webhook: addFunction(scope, 'Webhook', settings, {
      functionName: names.webhookFunction,
      memorySize: MEMORY.webhook,
      code: bundles.webhook,
      role: roles.guide,
      environment: {
        ...counting,
        ...(settings.demandedHeader === undefined ? {} : { DEMANDED_HEADER: settings.demandedHeader }),
      },
    }),
    stream: addFunction(scope, 'Stream', settings, {
      functionName: names.streamFunction,
      memorySize: MEMORY.stream,
      code: bundles.stream,
      role: roles.guide,
      environment: { NAMESPACE: names.namespace, GUIDE_METRIC: settings.guideMetric ? 'on' : 'off', ...aside },
    }),
    iot: addFunction(scope, 'Iot', settings, {
      functionName: names.iotFunction,
      memorySize: MEMORY.iot,
      code: bundles.iot,
      role: roles.iot,
      environment: counting,
    }),
  };
}

function addFunction(scope: Construct, id: string, settings: StackSettings, made: Made): LambdaFunction {
  const { functionName, memorySize, role, environment } = made;
  return new LambdaFunction(scope, id, {
    functionName,
    memorySize,
    role,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    handler: 'index.handler',
    code: Code.fromAsset(made.code),
    timeout: Duration.seconds(FUNCTION_TIMEOUT_SECONDS),
    tracing: Tracing.ACTIVE,
    logGroup: new LogGroup(scope, `${id}Logs`, {
      logGroupName: logGroupOf(functionName),
      retention: settings.retentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    }),
    environment: {
      ...environment,
      POWERTOOLS_SERVICE_NAME: functionName,
      POWERTOOLS_METRICS_NAMESPACE: OWN_METRICS,
      POWERTOOLS_LOG_LEVEL: settings.logLevel.toUpperCase(),
    },
  });
}
