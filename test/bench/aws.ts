/**
 * The store on DynamoDB Local against the way of the guide of 2017, in the same run: requests, write units and time for a
 * message of 10,000 events of 1, 100, 1,000 and 10,000 endpoints; what a million presses a month cost; the functions' bundles.
 *
 * The guide's way is one UpdateItem for each notification, here 32 at a time, with a client as it comes. Both tables have no stream: DynamoDB Local's
 * writes grow slower with every record of one, which the service's do not.
 */
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Store } from '../../cloud/ingest/store.ts';
import { take } from '../../cloud/ingest/take.ts';
import { fetchDynamoDbLocal } from '../../cloud/platforms/aws/local/dynamodb/fetch.ts';
import { startDynamoDbLocal } from '../../cloud/platforms/aws/local/dynamodb/start.ts';
import { newDynamoClient } from '../../cloud/platforms/aws/store/client.ts';
import { openDynamoStore } from '../../cloud/platforms/aws/store/store.ts';
import { hourOf } from '../../cloud/protocol/hour.ts';
import { cacheFolder, javaCommand, npmCommand } from '../../scripts/own-tools.ts';
import { memoryShelf } from '../cloud/platforms/aws/memory-shelf.ts';
import { createTableWithoutStream } from '../cloud/platforms/aws/table-without-stream.ts';
import { benchBundles } from './aws-bundles.ts';
import { costs } from './aws-cost.ts';
import { type Measured, median } from './measured.ts';
import { bodies, EVENTS_PER_BODY } from './messages.ts';

const ENDPOINTS = [1, 100, 1_000, 10_000];
const TURNS = 4;
/** Of ours in a turn: they are short, and the guide's is not. */
const MESSAGES = 4;
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
interface Counted {
  requests: number;
  units: number;
}

export async function benchAws(): Promise<Measured[]> {
  const [cache, npm] = [cacheFolder(process.env), npmCommand(process.env)];
  const home = await fetchDynamoDbLocal({ cache, npm });
  const server = await startDynamoDbLocal({ home, java: javaCommand(process.env) });
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
  const [ours, guide] = [await openOurs(client, `ours_${endpoints}`), await openGuide(plain, `guide_${endpoints}`)];
  const first = next();
  const firstSight = await ours.time(first);
  await guide.time(first);
  const our = await ours.count(next);
  // The guide's way does not mind which message it is.
  const theirs = await guide.count(() => first);
  const times: { readonly our: number[]; readonly theirs: number[] } = { our: [], theirs: [] };
  // In turn, so that a slower minute of the machine falls on both.
  for (let turn = 0; turn < TURNS; turn++) {
    for (let message = 0; message < MESSAGES; message++) times.our.push(await ours.time(next()));
    times.theirs.push(await guide.time(first));
  }
  return lines(endpoints, firstSight, our, theirs, times);
}

function lines(
  endpoints: number,
  firstSight: number,
  our: Counted,
  theirs: Counted,
  times: { readonly our: readonly number[]; readonly theirs: readonly number[] },
): Measured[] {
  const name = `aws, 10,000 events of ${endpoints.toLocaleString('en')} endpoints`;
  const target = TARGETS[endpoints];
  const judged = (least: number | undefined, ratio: number) =>
    least === undefined ? {} : { target: `at least ${least} times less`, met: ratio >= least };
  const compared = (
    what: string,
    unit: string,
    value: number,
    baseline: number,
    least: number | undefined,
  ): Measured => {
    const ratio = baseline / value;
    return { name: `${name}: ${what}`, value, unit, baseline, ratio, ...judged(least, ratio) };
  };
  const slowest = Math.max(...times.our);
  return [
    compared('requests', 'requests', our.requests, theirs.requests, target?.requests),
    compared('write units', 'units', our.units, theirs.units, 1),
    compared('time', 'ms', median(times.our), median(times.theirs), target?.time),
    { name: `${name}: slowest`, value: slowest, unit: 'ms', target: `under ${SENDER_MS} ms`, met: slowest < SENDER_MS },
    { name: `${name}: time, all endpoints new`, value: firstSight, unit: 'ms' },
  ];
}

/** Each without asking for units when it is timed, as it is deployed. */
interface Way {
  /** Milliseconds. */
  time(body: Uint8Array): Promise<number>;
  /** Takes what messages it needs. */
  count(next: () => Uint8Array): Promise<Counted>;
}

async function openOurs(client: DynamoDBClient, table: string): Promise<Way> {
  await createTableWithoutStream(client, table);
  // The time is what is measured: nothing may end it.
  const options = { client, table, shelf: memoryShelf(1e6), now: Date.now, deadline: () => Date.now() + 600_000 };
  const store = openDynamoStore(options);
  const takeAll = async (body: Uint8Array, into: Store): Promise<void> => {
    const { presses } = await take(body, Date.now(), { store: into });
    if (presses !== EVENTS_PER_BODY) throw new Error(`${presses} presses were counted of ${EVENTS_PER_BODY}`);
  };
  return {
    time: (body) => timed(() => takeAll(body, store)),
    async count(next) {
      const counted = { requests: 0, units: 0 };
      const tally = (_request: string, units: number): void => {
        counted.requests += 1;
        counted.units += units;
      };
      const asking = openDynamoStore({ ...options, tally });
      await takeAll(next(), asking);
      Object.assign(counted, { requests: 0, units: 0 });
      await takeAll(next(), asking);
      const found = { ...counted };
      // What the other one remembers is old by now.
      await takeAll(next(), store);
      return found;
    },
  };
}

async function openGuide(client: DynamoDBClient, table: string): Promise<Way> {
  await createTableWithoutStream(client, table);
  const addAll = async (body: Uint8Array, counted?: Counted): Promise<void> => {
    const { notifications } = JSON.parse(new TextDecoder().decode(body)) as { notifications: { ep: string }[] };
    const hour = hourOf(Date.now());
    const left = notifications.values();
    const worker = async (): Promise<void> => {
      for (const { ep } of left) {
        const sent = await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: { Endpoint: { S: ep }, EventHour: { S: hour } },
            UpdateExpression: 'ADD EventCount :one',
            ExpressionAttributeValues: { ':one': { N: '1' } },
            ...(counted === undefined ? {} : { ReturnConsumedCapacity: 'TOTAL' }),
          }),
        );
        if (counted === undefined) continue;
        counted.requests += 1;
        counted.units += sent.ConsumedCapacity?.CapacityUnits ?? 0;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  };
  return {
    time: (body) => timed(() => addAll(body)),
    async count(next) {
      const counted = { requests: 0, units: 0 };
      await addAll(next(), counted);
      return counted;
    },
  };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
