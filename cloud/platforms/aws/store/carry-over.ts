/**
 * Brings the hours over that another table of the guide's form has counted: once each, however often it is run.
 *
 *   items of the other table ─► endpoint listed, if it is not ─► EventCount += its count, and Carried says so
 *
 * The other table has no list of its endpoints, so it is read by Scan: once in its life. Ours is not. An endpoint's state
 * is not touched: of one that has none, the first value counts whole, presses among them that the other table may have
 * counted. Boards are reset at the switch, so that there are none.
 */
import { type DynamoDBClient, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { inParallel } from '../../../ingest/in-parallel.ts';
import { startOfHour } from '../../../protocol/hour.ts';
import { failureOf } from './failure.ts';
import { PARALLEL } from './find.ts';
import { hourKey, type Item, OURS } from './keys.ts';
import { Patience, persist } from './requests.ts';
import { Table } from './table.ts';

export interface CarryOverOptions {
  readonly client: DynamoDBClient;
  readonly from: string;
  readonly to: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called after each page of the other table. */
  readonly onProgress?: (done: CarriedOver) => void;
}

export interface CarriedOver {
  /** Hours brought over now, and the presses in them. */
  readonly hours: number;
  readonly presses: number;
  /** Hours that an earlier run brought over. */
  readonly there: number;
  /** Items that are no count of an endpoint's hour. */
  readonly skipped: number;
}

/** Milliseconds that one request may be tried. */
const PATIENCE_MS = 60_000;

/** Rejects with StoreError STORE_DOWN when a table cannot be had; running it again goes on. */
export async function carryOver({ client, from, to, now, onProgress }: CarryOverOptions): Promise<CarriedOver> {
  const patience = (): Patience => new Patience(now, now() + PATIENCE_MS);
  const table = new Table(client, to);
  const done = { hours: 0, presses: 0, there: 0, skipped: 0 };
  const listed = new Set<string>();
  for (let after: Item | undefined; ; ) {
    const start = after === undefined ? {} : { ExclusiveStartKey: after };
    const scan = new ScanCommand({ TableName: from, ConsistentRead: true, ...start });
    const page = await persist(() => client.send(scan), patience());
    await inParallel(page.Items ?? [], PARALLEL, async (item) => {
      const { Endpoint, EventHour, EventCount } = item;
      const [endpoint = '', hour = '', count] = [Endpoint?.S, EventHour?.S, Number(EventCount?.N)];
      if (endpoint === '' || endpoint.startsWith(OURS) || startOfHour(hour) === undefined || !isCount(count)) {
        done.skipped += 1;
        return;
      }
      if (!listed.has(endpoint)) await unlessThere(() => table.list(endpoint, hour), patience());
      listed.add(endpoint);
      const added = await unlessThere(() => client.send(addOnce(to, endpoint, hour, count)), patience());
      if (added) [done.hours, done.presses] = [done.hours + 1, done.presses + count];
      else done.there += 1;
    });
    onProgress?.(done);
    after = page.LastEvaluatedKey;
    if (after === undefined) return done;
  }
}

function isCount(count: number): boolean {
  return Number.isSafeInteger(count) && count > 0;
}

function addOnce(table: string, endpoint: string, hour: string, count: number): UpdateItemCommand {
  return new UpdateItemCommand({
    TableName: table,
    Key: hourKey(endpoint, hour),
    UpdateExpression: 'SET Carried = :count ADD EventCount :count',
    ConditionExpression: 'attribute_not_exists(Carried)',
    ExpressionAttributeValues: { ':count': { N: String(count) } },
  });
}

/** False if the condition says that it has been done. What is sent has it, so it may be sent again. */
async function unlessThere(send: () => Promise<unknown>, patience: Patience): Promise<boolean> {
  try {
    await persist(send, patience);
    return true;
  } catch (error) {
    if (failureOf(error).kind === 'refused') return false;
    throw error;
  }
}
