/**
 * The store on DynamoDB Local against the way of the guide of 2017, in the same run: requests, write units and time for a
 * message of 10,000 events of 1, 100, 1,000 and 10,000 endpoints; what a million presses a month cost; the functions' bundles.
 *
 * The guide's way is one UpdateItem for each notification, here 32 at a time, with a client as it comes. Both tables have no stream: DynamoDB Local's
 * writes grow slower with every record of one, which the service's do not.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Store } from '../../cloud/ingest/store.ts';
import { take } from '../../cloud/ingest/take.ts';
import { fetchDynamoDbLocal } from '../../cloud/platforms/aws/local/dynamodb/fetch.ts';
import { startDynamoDbLocal } from '../../cloud/platforms/aws/local/dynamodb/start.ts';
import { newDynamoClient } from '../../cloud/platforms/aws/store/client.ts';
import { openDynamoStore } from '../../cloud/platforms/aws/store/store.ts';
import { hourOf } from '../../cloud/protocol/hour.ts';
import { memoryShelf } from '../cloud/platforms/aws/memory-shelf.ts';
import { createTableWithoutStream } from '../cloud/platforms/aws/table-without-stream.ts';
import { benchBundles } from './aws-bundles.ts';
import { costs } from './aws-cost.ts';
import { type Measured, median } from './measured.ts';
import { bodies, EVENTS_PER_BODY } from './messages.ts';

const ENDPOINTS = [1, 100, 1_000, 10_000];
const MESSAGES = 5;
const AT_ONCE = 32;
/** At least so many times fewer requests, and less time. */
const TARGETS: Readonly<Record<number, { readonly requests?: number; readonly time: number }>> = {
  100: { requests: 40, time: 40 },
  1000: { time: 10 },
  10000: { time: 1 },
};
const SENDER_MS = 20_000;
const CREDENTIALS = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } } as const;

/** What one message took. */
interface Taken {
  readonly requests: number;
  readonly units: number;
  readonly ms: number;
}

export async function benchAws(): Promise<Measured[]> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mbed-time-series');
  const server = await startDynamoDbLocal({ home: await fetchDynamoDbLocal({ cache, npm: ['npm'] }), java: 'java' });
  try {
    const client = newDynamoClient({ ...CREDENTIALS, endpoint: server.endpoint });
    const plain = new DynamoDBClient({ ...CREDENTIALS, endpoint: server.endpoint });
    const measured: Measured[] = [];
    for (const endpoints of ENDPOINTS) measured.push(...(await compare(client, plain, endpoints)));
    client.destroy();
    plain.destroy();
    return [...measured, ...costs(), ...(await benchBundles())];
  } finally {
    await server.close();
  }
}

async function compare(client: DynamoDBClient, plain: DynamoDBClient, endpoints: number): Promise<Measured[]> {
  const messages = bodies(endpoints);
  const next = (): Uint8Array => new TextEncoder().encode(messages.next().value);
  const first = next();
  const ours = await openOurs(client, `ours_${endpoints}`);
  const guide = await openGuide(plain, `guide_${endpoints}`);
  const firstSight = await ours.measure(first);
  // The first of a process is compiled while it runs.
  for (const body of [next(), next()]) {
    await ours.measure(body);
    await guide.measure(body);
  }
  const [our, theirs]: [Taken[], Taken[]] = [[], []];
  // In turn, so that a slower minute of the machine falls on both.
  for (let message = 0; message < MESSAGES; message++) {
    const body = next();
    our.push(await ours.measure(body));
    theirs.push(await guide.measure(body));
  }
  return lines(endpoints, firstSight, middle(our), middle(theirs), Math.max(...our.map(({ ms }) => ms)));
}

function lines(endpoints: number, firstSight: Taken, our: Taken, theirs: Taken, slowest: number): Measured[] {
  const name = `aws, 10,000 events of ${endpoints.toLocaleString('en')} endpoints`;
  const target = TARGETS[endpoints];
  const requests = theirs.requests / our.requests;
  const time = theirs.ms / our.ms;
  const judged = (least: number | undefined, ratio: number) =>
    least === undefined ? {} : { target: `at least ${least} times less`, met: ratio >= least };
  return [
    {
      name: `${name}: requests`,
      value: our.requests,
      unit: '',
      baseline: theirs.requests,
      ratio: requests,
      ...judged(target?.requests, requests),
    },
    {
      name: `${name}: write units`,
      value: our.units,
      unit: '',
      baseline: theirs.units,
      ratio: theirs.units / our.units,
      target: 'never more',
      met: our.units <= theirs.units,
    },
    {
      name: `${name}: time`,
      value: our.ms,
      unit: 'ms',
      baseline: theirs.ms,
      ratio: time,
      ...judged(target?.time, time),
    },
    { name: `${name}: time, all endpoints new`, value: firstSight.ms, unit: 'ms' },
    { name: `${name}: slowest`, value: slowest, unit: 'ms', target: `under ${SENDER_MS} ms`, met: slowest < SENDER_MS },
  ];
}

interface Way {
  measure(body: Uint8Array): Promise<Taken>;
}

async function openOurs(client: DynamoDBClient, table: string): Promise<Way> {
  await createTableWithoutStream(client, table);
  let [requests, units] = [0, 0];
  const store: Store = openDynamoStore({
    client,
    table,
    shelf: memoryShelf(1e6),
    now: Date.now,
    // The time is what is measured: nothing may end it.
    deadline: () => Date.now() + 600_000,
    tally: (request, consumed) => {
      requests += 1;
      if (WRITES.has(request)) units += consumed;
    },
  });
  return {
    async measure(body) {
      [requests, units] = [0, 0];
      const started = performance.now();
      const { presses } = await take(body, Date.now(), { store });
      const ms = performance.now() - started;
      if (presses !== EVENTS_PER_BODY) throw new Error(`${presses} presses were counted of ${EVENTS_PER_BODY}`);
      return { requests, units, ms };
    },
  };
}

const WRITES = new Set(['UpdateItem', 'PutItem', 'TransactWriteItems']);

async function openGuide(client: DynamoDBClient, table: string): Promise<Way> {
  await createTableWithoutStream(client, table);
  return {
    async measure(body) {
      const started = performance.now();
      const { notifications } = JSON.parse(new TextDecoder().decode(body)) as { notifications: { ep: string }[] };
      const hour = hourOf(Date.now());
      let [requests, units] = [0, 0];
      const left = notifications.values();
      const worker = async (): Promise<void> => {
        for (const { ep } of left) {
          const sent = await client.send(
            new UpdateItemCommand({
              TableName: table,
              Key: { Endpoint: { S: ep }, EventHour: { S: hour } },
              UpdateExpression: 'ADD EventCount :one',
              ExpressionAttributeValues: { ':one': { N: '1' } },
              ReturnConsumedCapacity: 'TOTAL',
            }),
          );
          requests += 1;
          units += sent.ConsumedCapacity?.CapacityUnits ?? 0;
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      return { requests, units, ms: performance.now() - started };
    },
  };
}

function middle(taken: readonly Taken[]): Taken {
  const of = (what: (one: Taken) => number): number => median(taken.map(what));
  return { requests: of(({ requests }) => requests), units: of(({ units }) => units), ms: of(({ ms }) => ms) };
}
