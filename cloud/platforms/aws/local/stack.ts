/**
 * The deployed stack on this machine: the same handlers, with stand-ins for what AWS has around them.
 *
 *   PUT /webhook ─► gateway ─► webhook function ─┐
 *   MQTT ─► broker ─► rule ─► iot function ──────┴─► table ─► stream ─► mapping ─► stream function ─► CloudWatch
 *
 * Without a data folder everything is kept in memory, and goes with it.
 */
import { join } from 'node:path';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { ownFolder } from '../../folders.ts';
import { namesWith, WEBHOOK_RESOURCE } from '../names.ts';
import { STREAM_FILTER, STREAM_MAPPING } from '../stream-mapping.ts';
import { keptApiKey, newApiKey } from './api-key.ts';
import { type Backends, type BackendsOptions, startBackends } from './backends.ts';
import { regionOf } from './elsewhere.ts';
import { Ending } from './ending.ts';
import { startMapping } from './event-source/mapping.ts';
import { lockFolder } from './folder-lock.ts';
import { AsyncQueue } from './functions/async-queue.ts';
import { startGateway } from './gateway/gateway.ts';
import type { Throttle } from './gateway/throttle.ts';
import { startBroker } from './iot/broker.ts';
import type { AwsServices } from './services/services.ts';
import { type FunctionsOptions, MAX_PROCESSES, type StackFunctions, startFunctions } from './stack-functions.ts';

export interface LocalStackOptions
  extends FunctionsOptions,
    Pick<BackendsOptions, 'dynamoDb' | 'now' | 'sleep' | 'newId' | 'signal'> {
  /** Made if it is missing; undefined: memory. */
  readonly dataDir?: string;
  /** 0 or left out: any free one. */
  readonly ports?: {
    readonly gateway?: number;
    readonly mqtt?: number;
    readonly dynamoDb?: number;
    readonly services?: number;
  };
  readonly prefix?: string;
  readonly throttle: Throttle;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Milliseconds that the stream waits for more; as deployed without it. */
  readonly windowMs?: number;
  /** Milliseconds before a message by MQTT is tried again. */
  readonly retryDelaysMs?: readonly number[];
}

export interface LocalStack {
  readonly webhookUrl: string;
  readonly apiKey: string;
  /** Where the key is kept as `--header-file` takes it; undefined: nowhere. */
  readonly apiKeyFile: string | undefined;
  readonly mqttUrl: string;
  readonly dynamoDbEndpoint: string;
  /** Of CloudWatch, S3 and SQS; undefined if all are elsewhere. */
  readonly servicesEndpoint: string | undefined;
  readonly region: string;
  readonly table: string;
  readonly bucket: string;
  readonly queueUrl: string;
  readonly namespace: string;
  readonly backends: Backends;
  readonly services: AwsServices | undefined;
  readonly functions: StackFunctions;
  /** Resolves when all that was taken before the call is counted, and told to CloudWatch. */
  drained(): Promise<void>;
  /** Ends all of it, from the doors inwards; what was taken is counted first, as far as it can be. Again: nothing. */
  close(): Promise<void>;
}

const ASYNC_MAX_AGE_MS = 6 * 3_600_000;
/** Lambda waits a minute, then two: too long for whoever watches. */
const RETRY_DELAYS_MS = [1_000, 2_000];
const ASYNC_ROOM = 2_000;
/** Time for what was taken by MQTT, when all is to end. */
const LAST_MS = 20_000;

/** OutsideError: TOOL, PORT, FILE or SERVER, for what is missing or in the way; nothing is left running then. */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const ending = new Ending();
  try {
    return await start(options, ending);
  } catch (error) {
    await ending.end().catch(() => undefined);
    throw error;
  }
}

async function start(options: LocalStackOptions, ending: Ending): Promise<LocalStack> {
  const { dataDir, environment, prefix = '', ports = {}, now, sleep, newId, random } = options;
  const log = (line: string): void => options.log('stack', line);
  if (dataDir !== undefined) {
    ownFolder(dataDir);
    ending.first(lockFolder(dataDir));
  }
  const names = namesWith(prefix);
  const { key, file } = dataDir === undefined ? { key: newApiKey(), file: undefined } : keptApiKey(dataDir);
  const bucket = `${names.bucket}-local`;
  const backends = await startBackends(
    { ...options, dataDir, ports, log, table: names.table, bucket, queue: names.failureQueue },
    ending,
  );
  const functions = startFunctions(options, names, { bucket, ...backends });
  ending.first(() => Promise.all(Object.values(functions).map((one) => one.close())));
  const onFailure = async (MessageBody: string): Promise<void> => {
    await backends.sqs.send(new SendMessageCommand({ QueueUrl: backends.queueUrl, MessageBody }));
  };
  const { filter, ...settings } = mappingSettings(options);
  const mapping = startMapping({
    ...{ client: backends.streams, streamArn: backends.streamArn, target: functions.stream, filter, ...settings },
    ...{ onFailure, log, now, sleep, newId },
    ...(dataDir === undefined ? {} : { checkpointFile: join(dataDir, 'stream.json') }),
  });
  ending.first(() => mapping.close());
  const queue = new AsyncQueue({
    ...{ target: functions.iot, concurrency: options.maxProcesses ?? MAX_PROCESSES, room: ASYNC_ROOM },
    ...{ retryDelaysMs: options.retryDelaysMs ?? RETRY_DELAYS_MS, maxAgeMs: ASYNC_MAX_AGE_MS },
    ...{ onFailure, random, log, now, sleep },
  });
  ending.first(async () => {
    const late = new AbortController();
    await Promise.race([queue.drained(), sleep(LAST_MS, late.signal).catch(() => undefined)]);
    late.abort();
    queue.close();
  });
  const broker = await startBroker({ port: ports.mqtt ?? 0, offer: (event) => queue.offer(event), log });
  ending.first(() => broker.close());
  const gateway = await startGateway({
    ...{ apiKey: key, resource: WEBHOOK_RESOURCE, throttle: options.throttle, port: ports.gateway ?? 0, now, log },
    invoke: (event) => functions.webhook.invoke(event),
  });
  ending.first(() => gateway.close());
  return {
    ...{ webhookUrl: gateway.url, apiKey: key, apiKeyFile: file, mqttUrl: broker.url, functions, backends, bucket },
    ...{ table: names.table, namespace: names.namespace, region: regionOf(environment), queueUrl: backends.queueUrl },
    dynamoDbEndpoint: backends.dynamoDbEndpoint,
    servicesEndpoint: backends.servicesEndpoint,
    services: backends.services,
    drained: async () => {
      await queue.drained();
      await mapping.drained();
    },
    close: () => ending.end(),
  };
}

function mappingSettings({ windowMs }: LocalStackOptions) {
  const { batchSize, maxBatchingWindow, retryAttempts, maxRecordAge } = STREAM_MAPPING;
  return {
    ...{ filter: STREAM_FILTER, batchSize, retryAttempts, bisect: true, maxRecordAgeMs: maxRecordAge * 1000 },
    windowMs: windowMs ?? maxBatchingWindow * 1000,
  };
}
