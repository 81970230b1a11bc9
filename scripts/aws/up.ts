/**
 * `mts up --platform aws`: boards, the stack on this machine, and the page; at the end, whether every press was counted once,
 * and whether CloudWatch shows it.
 */
import { setTimeout } from 'node:timers/promises';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { dashboard } from '../../cloud/dashboard/dashboard.ts';
import { bucketShelf, DEFAULT_MAX_ASIDE } from '../../cloud/ingest/aside/bucket-shelf.ts';
import { newServer } from '../../cloud/ingest/server.ts';
import type { Store } from '../../cloud/ingest/store.ts';
import { openBucket } from '../../cloud/platforms/aws/aside/bucket.ts';
import { readBack } from '../../cloud/platforms/aws/cloudwatch/read-back.ts';
import type { LocalStack } from '../../cloud/platforms/aws/local/stack.ts';
import { newDynamoClient } from '../../cloud/platforms/aws/store/client.ts';
import { openDynamoStore } from '../../cloud/platforms/aws/store/store.ts';
import { HOUR_MS } from '../../cloud/protocol/hour.ts';
import type { Io, Status } from '../cli.ts';
import { boardNames } from '../comparison.ts';
import type { FleetPlan } from '../fleet-words.ts';
import { newLog } from '../log.ts';
import { runAndCompare, temporaryFolder } from '../run-and-compare.ts';
import { given, serve } from '../serve.ts';
import { isElsewhere, OPEN_DOOR, openLocalStack } from './local-stack.ts';

export interface AwsUp {
  readonly plan: FleetPlan;
  /** Of the page. */
  readonly port: number;
  /** Undefined: a new temporary one. */
  readonly data: string | undefined;
  readonly ledger: string | undefined;
  readonly json: boolean;
}

const HOST = '127.0.0.1';
/** A usage plan is there to keep strangers out: these boards are our own. */
const THROTTLE = { rate: 10_000, burst: 10_000 };
/** Milliseconds that the stream waits for more: people are watching. */
const WINDOW_MS = 200;
/** Milliseconds for one call of the store. */
const PATIENCE_MS = 60_000;

export async function upOnAws({ plan, port, data, ledger, json }: AwsUp, io: Io, end: (status: Status) => void) {
  const say = (text: string) => (json ? Promise.resolve(io.err(text)) : io.out(text));
  const dataDir = data ?? (await temporaryFolder());
  const words = { dataDir, throttle: THROTTLE, windowMs: WINDOW_MS, logLevel: 'warn' } as const;
  let stack: LocalStack;
  try {
    stack = await openLocalStack(words, io);
  } catch (error) {
    // Ctrl-C while it was starting.
    if (io.stop.aborted) return;
    throw error;
  }
  const store = storeOf(stack, io);
  const cloudWatch = new CloudWatchClient({ ...accountOf(stack), endpoint: endpointOf(stack, 'CLOUDWATCH') });
  try {
    const app = newServer(newLog('warn', io.err));
    try {
      await dashboard(app, { hours: store, now: io.now, receiver: stack.webhookUrl });
      const { origin } = await serve(app, { host: HOST, port });
      const { webhookUrl, mqttUrl, apiKeyFile } = stack;
      await say(`Page     ${origin}/\nWebhook  ${webhookUrl}, its key in ${apiKeyFile}\nMQTT     ${mqttUrl}\n`);
      await say(`Data     ${dataDir}\n`);
      if (!isElsewhere('DYNAMODB')) await say(OPEN_DOOR);
      if (plan.durationMs === undefined) await say('Ctrl-C ends.\n');
      const byMqtt = plan.via === 'mqtt';
      // The same beginning both times, or an old hour would be in one and not in the other.
      const from = new Date(io.now() - MOST_DAYS * 24 * HOUR_MS);
      const seen = (): Promise<Seen> => graphs(cloudWatch, stack, plan, { from, to: new Date(io.now() + HOUR_MS) });
      const before = await seen();
      const { summary, text } = await runAndCompare(
        {
          ...{ store, plan, ledger, url: byMqtt ? mqttUrl : webhookUrl },
          ...(byMqtt ? {} : { headers: { 'x-api-key': stack.apiKey } }),
          settled: () => Promise.race([stack.drained(), given(io.abandon)]),
        },
        io,
      );
      const after = await seen();
      const cloudwatch = { sum: after.sum - before.sum, exact: after.exact - before.exact };
      const shown = `CloudWatch shows ${cloudwatch.exact} (exact metric), ${cloudwatch.sum} (the guide's)\n`;
      await io.out(json ? `${JSON.stringify({ ...summary, cloudwatch })}\n` : `${text}${shown}`);
      if (summary.lost + summary.doubled > 0 || cloudwatch.exact !== summary.counted) end(1);
    } finally {
      await app.close();
    }
  } finally {
    await store.close();
    cloudWatch.destroy();
    await Promise.race([stack.close(), given(io.abandon)]);
  }
}

function accountOf({ region, backends }: LocalStack) {
  return { region, credentials: backends.dynamoDb.config.credentials };
}

function endpointOf({ backends }: LocalStack, service: 'CLOUDWATCH' | 'S3'): string {
  return backends.endpoints[`AWS_ENDPOINT_URL_${service}`] ?? '';
}

function storeOf(stack: LocalStack, io: Io): Store {
  const bucket = openBucket({
    ...{ ...accountOf(stack), name: stack.bucket, endpoint: endpointOf(stack, 'S3') },
    ...{ now: io.now, deadline: () => io.now() + PATIENCE_MS, random: Math.random, pause: (ms) => setTimeout(ms) },
  });
  return openDynamoStore({
    client: newDynamoClient({ ...accountOf(stack), endpoint: stack.dynamoDbEndpoint }),
    table: stack.table,
    shelf: bucketShelf({ bucket, maxBytes: DEFAULT_MAX_ASIDE, now: io.now, usageHeldMs: 0 }),
    now: io.now,
    deadline: () => io.now() + PATIENCE_MS,
  });
}

interface Span {
  readonly from: Date;
  readonly to: Date;
}

interface Seen {
  readonly sum: number;
  readonly exact: number;
}

/** What CloudWatch's graphs of all boards add up to. */
async function graphs(client: CloudWatchClient, stack: LocalStack, plan: FleetPlan, span: Span): Promise<Seen> {
  const query = { endpoints: [...boardNames(plan.boards)], ...span };
  let [sum, exact] = [0, 0];
  for await (const hour of readBack(client, stack.namespace, query)) {
    sum += hour.sum ?? 0;
    exact += hour.exact ?? 0;
  }
  return { sum, exact };
}

/** CloudWatch takes nothing older. */
const MOST_DAYS = 15;
