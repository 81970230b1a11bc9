/**
 * The whole path in one process: gateway or broker, the real handlers, DynamoDB Local and its stream, CloudWatch at the HTTP level.
 * What stands between the parts can be made to fail, as a seed says.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { setupServer } from 'msw/node';
import type { HourlyCount, Store } from '../../../cloud/ingest/store.ts';
import { Deadline } from '../../../cloud/platforms/aws/handlers/deadline.ts';
import { iotHandler } from '../../../cloud/platforms/aws/handlers/iot.ts';
import { streamHandler } from '../../../cloud/platforms/aws/handlers/stream.ts';
import { webhookHandler } from '../../../cloud/platforms/aws/handlers/webhook.ts';
import { createTable } from '../../../cloud/platforms/aws/local/dynamodb/table.ts';
import { startMapping } from '../../../cloud/platforms/aws/local/event-source/mapping.ts';
import { AsyncQueue } from '../../../cloud/platforms/aws/local/functions/async-queue.ts';
import type { Invoked } from '../../../cloud/platforms/aws/local/functions/invocation.ts';
import { startGateway } from '../../../cloud/platforms/aws/local/gateway/gateway.ts';
import { startBroker } from '../../../cloud/platforms/aws/local/iot/broker.ts';
import { awsServices } from '../../../cloud/platforms/aws/local/services/services.ts';
import { NAMESPACE, WEBHOOK_RESOURCE } from '../../../cloud/platforms/aws/names.ts';
import { newDynamoClient } from '../../../cloud/platforms/aws/store/client.ts';
import { openDynamoStore } from '../../../cloud/platforms/aws/store/store.ts';
import { STREAM_FILTER } from '../../../cloud/platforms/aws/stream-mapping.ts';
import { hourOf } from '../../../cloud/protocol/hour.ts';
import type { Random } from '../../../cloud/protocol/random.ts';
import { dynamoDbLocal, LOCAL_CLIENT } from '../../cloud/platforms/aws/dynamodb-local.ts';
import { type DynamoDbProxy, dynamoDbProxy } from '../../cloud/platforms/aws/dynamodb-proxy.ts';
import { EIGHTEEN_SECONDS, recordingLog, recordingTally } from '../../cloud/platforms/aws/handlers/invoking.ts';
import { memoryShelf } from '../../cloud/platforms/aws/memory-shelf.ts';
import { answeredBy } from '../../cloud/platforms/aws/services-by-msw.ts';
import { createTableWithoutStream } from '../../cloud/platforms/aws/table-without-stream.ts';

/** How likely each is, of one invocation or request. */
export interface Mishaps {
  /** A function that counts is killed when it has written, before it answers. */
  readonly killed?: number;
  /** The stream function is killed when it has told CloudWatch: Lambda hands the records over again. */
  readonly deliveredTwice?: number;
  /** Of DynamoDB: throttled, or an answer lost. */
  readonly throttled?: number;
  readonly lostWrites?: number;
  /** Of CloudWatch: throttled, a 500, or an answer lost. */
  readonly cloudWatch?: number;
}

export interface Path {
  readonly webhook: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  readonly mqttUrl: string;
  readonly store: Store;
  /** Everything that was acknowledged is counted, and told to CloudWatch. */
  drained(): Promise<void>;
  /** What CloudWatch has, the highest running total of each endpoint and hour, and the guide's sums. */
  exact(): HourlyCount[];
  sums(): HourlyCount[];
  /** What the guide's own function would have counted of the same messages. */
  guide(): Promise<HourlyCount[]>;
  /** How often; `givenUp`: a message by MQTT that Lambda gave up, and that was handed over again. */
  readonly happened: Record<keyof Mishaps | 'givenUp', number>;
  close(): Promise<void>;
}

const CLOUDWATCH = 'https://monitoring.us-east-1.amazonaws.com';
const API_KEY = 'a-key-of-the-test-0123456789';

export async function openPath(name: string, random: Random, mishaps: Mishaps): Promise<Path> {
  const { endpoint } = await dynamoDbLocal();
  const proxy = await dynamoDbProxy(endpoint);
  const happened = { killed: 0, deliveredTwice: 0, throttled: 0, lostWrites: 0, cloudWatch: 0, givenUp: 0 };
  const chances = new Map<keyof Mishaps, { readonly random: Random; times: number }>();
  const happens = (what: keyof Mishaps): boolean => {
    const chance = chances.get(what) ?? { random: random.fork(what), times: 0 };
    chances.set(what, chance);
    chance.times += 1;
    const { [what]: probability = 0 } = mishaps;
    // Once for certain, and then as it comes: a mishap that never happened proves nothing.
    const does = chance.random.chance(probability) || (probability > 0 && chance.times === SURELY);
    if (does) happened[what] += 1;
    return does;
  };
  proxy.decide = (operation) => {
    if (happens('throttled')) return 'throttle';
    return WRITES.has(operation) && happens('lostWrites') ? 'lost' : 'pass';
  };
  const world = {
    now: Date.now,
    sleep: (ms: number, signal?: AbortSignal) => sleep(ms, undefined, { signal }),
    newId: randomUUID,
  };
  const services = await awsServices(world);
  const network = setupServer(...answeredBy(services, CLOUDWATCH));
  network.listen({ onUnhandledRequest: 'bypass' });
  const direct = new DynamoDBClient({ ...LOCAL_CLIENT, endpoint });
  const table = await createTable(direct, name);
  await createTableWithoutStream(direct, `${name}_guide`);

  const counting = countingFunctions(name, proxy, happens);
  const guide = (body: string): Promise<void> => countAsTheGuide(direct, `${name}_guide`, body);
  const gateway = await startGateway({
    ...{ apiKey: API_KEY, resource: WEBHOOK_RESOURCE, port: 0, now: Date.now, log: () => undefined },
    throttle: { rate: 1e6, burst: 1e6 },
    invoke: async (event) => {
      const { httpMethod, body, isBase64Encoded } = event as {
        httpMethod: string;
        body: string | null;
        isBase64Encoded: boolean;
      };
      if (httpMethod === 'PUT') await guide(Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8').toString());
      return counting.webhook(event);
    },
  });
  const queue: AsyncQueue = new AsyncQueue({
    target: { arn: 'arn:iot', invoke: counting.iot },
    ...{ concurrency: 8, room: 10_000, retryDelaysMs: [20, 40], maxAgeMs: 60_000 },
    ...{ random: () => random.next(), log: () => undefined, now: Date.now, sleep: world.sleep },
    // Three kills of one message end in the failure queue, out of which an operator hands it over again.
    onFailure: async (message) => {
      happened.givenUp += 1;
      await queue.offer(JSON.parse(message).requestPayload);
    },
  });
  const broker = await startBroker({ port: 0, offer: (event) => queue.offer(event), log: () => undefined });
  const cloudWatch = new CloudWatchClient({ ...LOCAL_CLIENT, maxAttempts: 1 });
  const stream = streamFunction(cloudWatch, services, happens);
  const streams = new DynamoDBStreamsClient({ ...LOCAL_CLIENT, endpoint });
  const mapping = startMapping({
    ...{ client: streams, streamArn: table.LatestStreamArn ?? '', target: { arn: 'arn:stream', invoke: stream } },
    ...{ filter: STREAM_FILTER, batchSize: 100, windowMs: 50, pollMs: 20, mostPauseMs: 200 },
    ...{ bisect: true, retryAttempts: 10_000, maxRecordAgeMs: 3_600_000, log: () => undefined, ...world },
    onFailure: async (message) => {
      throw new Error(`given up: ${message}`);
    },
  });

  const points = (exact: boolean): HourlyCount[] =>
    services.cloudwatch
      .metrics()
      .filter(({ namespace, dimensions }) => namespace === NAMESPACE && dimensions.length > 0 === exact)
      .flatMap((metric) => {
        const endpoint = exact ? (metric.dimensions[0]?.value ?? '') : metric.name;
        return services.cloudwatch.datapoints(metric).map(({ start, sum, maximum }) => {
          return { endpoint, hour: hourOf(start * 1_000), count: exact ? maximum : sum };
        });
      });
  return {
    webhook: { url: gateway.url, headers: { 'x-api-key': API_KEY } },
    mqttUrl: broker.url,
    store: counting.store,
    happened,
    drained: async () => {
      await queue.drained();
      await mapping.drained();
    },
    exact: () => points(true),
    sums: () => points(false),
    guide: async () => {
      const counted = openDynamoStore({
        client: newDynamoClient({ ...LOCAL_CLIENT, endpoint }),
        table: `${name}_guide`,
        shelf: memoryShelf(1),
        now: Date.now,
      });
      try {
        const hours: HourlyCount[] = [];
        const from = new Date(Date.now() - 86_400_000);
        for (const one of GUIDE_ENDPOINTS)
          for await (const hour of counted.hourly({ endpoint: one, from, to: new Date(Date.now() + 86_400_000) }))
            hours.push(hour);
        return hours;
      } finally {
        await counted.close();
      }
    },
    close: async () => {
      await broker.close();
      await gateway.close();
      queue.close();
      await mapping.close();
      await counting.store.close();
      network.close();
      services.close();
      for (const client of [direct, cloudWatch, streams]) client.destroy();
      await proxy.close();
    },
  };
}

/** The opportunity at which a mishap happens whatever chance says. */
const SURELY = 3;
const WRITES = new Set(['UpdateItem', 'TransactWriteItems', 'PutItem']);
/** Boards whose hours the guide's table is asked for: it has no list. */
const GUIDE_ENDPOINTS = Array.from({ length: 20 }, (_, index) => `board-${String(index + 1).padStart(4, '0')}`);

type Happens = (what: keyof Mishaps) => boolean;

function countingFunctions(table: string, proxy: DynamoDbProxy, happens: Happens) {
  const shelf = memoryShelf(1e6);
  const client = () => newDynamoClient({ ...LOCAL_CLIENT, endpoint: proxy.endpoint });
  const deadline = (): number => Date.now() + 15_000;
  // Environments of a function, of which each remembers for itself; one that was killed begins anew.
  const open = (): Store => openDynamoStore({ client: client(), table, shelf, now: Date.now, deadline });
  const environments = [open(), open(), open()];
  let turn = 0;
  const invoke = async (work: (store: Store) => Promise<unknown>): Promise<Invoked> => {
    const place = turn++ % environments.length;
    const store = environments[place]!;
    const requestId = randomUUID();
    try {
      const payload = JSON.stringify((await work(store)) ?? null);
      if (!happens('killed')) return { requestId, failed: false, payload };
      environments[place] = open();
      return { requestId, failed: true, payload: '{"errorType":"Runtime.ExitError"}' };
    } catch (error) {
      return { requestId, failed: true, payload: JSON.stringify({ errorMessage: String(error) }) };
    }
  };
  const deps = (store: Store) => ({
    store,
    now: Date.now,
    deadline: new Deadline(),
    log: recordingLog(),
    tally: recordingTally(),
  });
  return {
    store: open(),
    webhook: (event: object) => invoke((store) => webhookHandler(deps(store))(event, EIGHTEEN_SECONDS)),
    iot: (event: unknown) => invoke((store) => iotHandler(deps(store))(event, EIGHTEEN_SECONDS)),
  };
}

function streamFunction(
  client: CloudWatchClient,
  { cloudwatch }: Awaited<ReturnType<typeof awsServices>>,
  happens: Happens,
) {
  const deadline = new Deadline();
  const shelf = memoryShelf(1e6);
  const handler = streamHandler({
    cloudWatch: { client, namespace: NAMESPACE, now: Date.now, deadline: deadline.at },
    ...{ guideMetric: true, records: shelf, data: shelf, now: Date.now, deadline },
    ...{ log: recordingLog(), tally: recordingTally() },
  });
  const kinds = ['throttle', 'error', 'lost'] as const;
  let faults = 0;
  return async (event: unknown): Promise<Invoked> => {
    if (happens('cloudWatch')) cloudwatch.faults.fail({ kind: kinds[faults++ % kinds.length]!, times: 1 });
    const requestId = randomUUID();
    const payload = JSON.stringify(await handler(event, EIGHTEEN_SECONDS));
    return { requestId, failed: happens('deliveredTwice'), payload };
  };
}

/** As the guide's function did it: one for each notification of the button, whatever it says. */
async function countAsTheGuide(client: DynamoDBClient, table: string, body: string): Promise<void> {
  const { notifications = [] } = JSON.parse(body) as { notifications?: { ep: string; path: string }[] };
  for (const { ep, path } of notifications) {
    if (path !== '/3200/0/5501') continue;
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { Endpoint: { S: ep }, EventHour: { S: hourOf(Date.now()) } },
        UpdateExpression: 'ADD EventCount :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }),
    );
  }
}
