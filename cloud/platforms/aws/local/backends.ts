/** What the functions write to: DynamoDB Local and the stand-ins for CloudWatch, S3 and SQS, or the user's own instead. */
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { MtsError, OutsideError } from '../../../protocol/errors.ts';
import { ownFolder } from '../../folders.ts';
import { type DynamoDbLocalOptions, startDynamoDbLocal } from './dynamodb/start.ts';
import { createTable } from './dynamodb/table.ts';
import { type Environment, elsewhere, isAwsItself, regionOf, usesAccount } from './elsewhere.ts';
import type { Ending } from './ending.ts';
import { serveServices } from './services/server.ts';
import { type AwsServices, awsServices, type ServicesOptions } from './services/services.ts';

export interface BackendsOptions {
  readonly dataDir: string | undefined;
  readonly environment: Environment;
  /** Folder of the jar, asked for only when it is needed, and the Java command. */
  readonly dynamoDb: { readonly home: () => Promise<string>; readonly java: string };
  readonly ports: { readonly dynamoDb?: number; readonly services?: number };
  readonly table: string;
  readonly bucket: string;
  readonly queue: string;
  readonly now: () => number;
  readonly sleep: ServicesOptions['sleep'];
  readonly newId: () => string;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface Backends {
  readonly dynamoDb: DynamoDBClient;
  readonly streams: DynamoDBStreamsClient;
  readonly sqs: SQSClient;
  readonly streamArn: string;
  readonly queueUrl: string;
  /** The one that is started here, or the user's. */
  readonly dynamoDbEndpoint: string;
  /** Of the stand-ins; undefined if the user has all of them elsewhere. */
  readonly servicesEndpoint: string | undefined;
  /** To fail on demand, in tests. */
  readonly services: AwsServices | undefined;
  /** The SDK's variables, for the functions. */
  readonly endpoints: Readonly<Record<string, string>>;
}

export async function startBackends(options: BackendsOptions, ending: Ending): Promise<Backends> {
  const { environment, table, queue } = options;
  const standIns = await startServices(options, ending);
  const dynamoDbEndpoint = elsewhere(environment, 'DYNAMODB') ?? (await startDynamoDb(options, ending));
  const of = (service: 'CLOUDWATCH' | 'SQS' | 'S3'): string => elsewhere(environment, service) ?? standIns!.endpoint;
  const endpoints = {
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDbEndpoint,
    AWS_ENDPOINT_URL_CLOUDWATCH: of('CLOUDWATCH'),
    AWS_ENDPOINT_URL_SQS: of('SQS'),
    AWS_ENDPOINT_URL_S3: of('S3'),
  };
  const config = {
    region: regionOf(environment),
    ...(usesAccount(environment) ? {} : { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
  };
  const streamsEndpoint = elsewhere(environment, 'DYNAMODB_STREAMS') ?? dynamoDbEndpoint;
  const dynamoDb = new DynamoDBClient({ ...config, endpoint: dynamoDbEndpoint });
  const streams = new DynamoDBStreamsClient({
    ...config,
    ...(isAwsItself(streamsEndpoint) ? {} : { endpoint: streamsEndpoint }),
  });
  const sqs = new SQSClient({ ...config, endpoint: endpoints.AWS_ENDPOINT_URL_SQS });
  ending.first(() => {
    for (const client of [dynamoDb, streams, sqs]) client.destroy();
  });
  const { LatestStreamArn = '' } = await createTable(dynamoDb, table).catch(unusable('DynamoDB', dynamoDbEndpoint));
  const { QueueUrl = '' } = await sqs
    .send(new CreateQueueCommand({ QueueName: queue }))
    .catch(unusable('SQS', endpoints.AWS_ENDPOINT_URL_SQS));
  return {
    ...{ dynamoDb, streams, sqs, endpoints, dynamoDbEndpoint, streamArn: LatestStreamArn, queueUrl: QueueUrl },
    servicesEndpoint: standIns?.endpoint,
    services: standIns?.services,
  };
}

/** For what the user points elsewhere: what is started here has answered before. */
function unusable(service: string, endpoint: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof MtsError) throw error;
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const fix = `Unset AWS_ENDPOINT_URL_${service.toUpperCase()}, or check what it leads to.`;
    throw new OutsideError('SERVER', `${service} at ${endpoint} cannot be used: ${why}`, fix, { cause: error });
  };
}

async function startDynamoDb(options: BackendsOptions, ending: Ending): Promise<string> {
  const { dynamoDb, dataDir, ports, log, signal } = options;
  const started: DynamoDbLocalOptions = {
    home: await dynamoDb.home(),
    java: dynamoDb.java,
    port: ports.dynamoDb ?? 0,
    ...(dataDir === undefined ? {} : { dir: madeFolder(dataDir, 'dynamodb') }),
    ...(signal === undefined ? {} : { signal }),
  };
  const local = await startDynamoDbLocal(started);
  let wanted = false;
  ending.first(() => {
    wanted = true;
    return local.close();
  });
  void local.ended.then(() => {
    if (!wanted) log('DynamoDB Local has ended: nothing can be counted any more');
  });
  return local.endpoint;
}

async function startServices(
  { environment, dataDir, ports, bucket, queue, now, sleep, newId, log }: BackendsOptions,
  ending: Ending,
): Promise<{ readonly services: AwsServices; readonly endpoint: string } | undefined> {
  const all = (['CLOUDWATCH', 'SQS', 'S3'] as const).every((service) => elsewhere(environment, service) !== undefined);
  if (all) return undefined;
  const services = await awsServices({
    ...{ buckets: [bucket], queues: [queue], now, sleep, newId },
    ...(dataDir === undefined ? {} : { dir: madeFolder(dataDir, 'services') }),
  });
  ending.first(() => services.close());
  const server = await serveServices(services, {
    port: ports.services ?? 0,
    onError: (error) => log(`a stand-in failed: ${error}`),
  });
  ending.first(() => server.close());
  return { services, endpoint: server.url };
}

function madeFolder(dataDir: string, name: string): string {
  const dir = join(dataDir, name);
  ownFolder(dir);
  return dir;
}
