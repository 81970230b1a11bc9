/**
 * One endpoint whole, out of the table and into it.
 *
 *   listed ─► hours beside those that hold a state ─► hours that the copy lacks, removed ─► the state, and with it its hour's count
 *
 * A DynamoDB transaction takes 100 items, and an endpoint may have more hours: so its state is written last, under the
 * condition that it is what it was. What broke off before that is done again from the beginning.
 */
import { inParallel } from '../../../ingest/in-parallel.ts';
import { type EndpointState, newState } from '../../../ingest/state.ts';
import { stateText } from '../../../ingest/state-text.ts';
import type { EndpointCopy, HourlyCount } from '../../../ingest/store.ts';
import { hourOf } from '../../../protocol/hour.ts';
import { failureOf } from './failure.ts';
import { findHolder, inBatches, PARALLEL } from './find.ts';
import { type Holder, holderText } from './holder.ts';
import { hourKey, type Item, listKey } from './keys.ts';
import { exportEndpoint } from './move.ts';
import type { Update } from './plan.ts';
import { pages } from './reader.ts';
import { type Patience, persist } from './requests.ts';
import { MOST_PUTS, type Table } from './table.ts';

/** Where a state is held that has no hour: before all hours. */
const BEFORE_ALL = hourOf(0);

/** Undefined if the endpoint was never heard of. Hours that were carried over may be there without a state: then it is an empty one. */
export async function readEndpoint(
  table: Table,
  endpoint: string,
  patience: () => Patience,
): Promise<EndpointCopy | undefined> {
  let state: EndpointState | undefined;
  const hours: HourlyCount[] = [];
  for (const { kind, ...item } of await exportEndpoint(table, endpoint, patience)) {
    if (kind === 'state') state = item as EndpointState;
    else hours.push(item as HourlyCount);
  }
  if (state === undefined && hours.length === 0) return undefined;
  return { state: state ?? newState(endpoint), hours: hours.sort((a, b) => (a.hour < b.hour ? -1 : 1)) };
}

/** False if the state there is not `expected`. */
export async function replaceEndpoint(
  table: Table,
  { state, hours }: EndpointCopy,
  expected: EndpointState | undefined,
  patience: () => Patience,
): Promise<boolean> {
  const { endpoint } = state;
  const seen = await findHolder(table, endpoint, patience());
  const empty = stateText(newState(endpoint));
  const [there, wanted] = [seen?.state, expected].map((one) => (one === undefined ? empty : stateText(one)));
  if (there !== wanted) return false;
  // Never back: an hour that a state has left cannot hold one again (MovedTo).
  const holder = hours.reduce((newest, { hour }) => (hour > newest ? hour : newest), seen?.hour ?? BEFORE_ALL);
  const counts = new Map(hours.map(({ hour, count }) => [hour, count]));
  const own = new Set([holder, seen?.hour]);
  const items = await itemsOf(table, endpoint, patience);
  const others = hours.filter(({ hour }) => !own.has(hour));
  const puts = others.map(({ hour, count }): Item => {
    // With what else is known of the hour: that it was carried over, and where a state went from it.
    return { ...items.get(hour), ...hourKey(endpoint, hour), EventCount: { N: String(count) } };
  });
  await putAll(table, [{ ...listKey(endpoint), First: { S: holder } }, ...puts], patience);
  const lacking = [...items.keys()].filter((hour) => !counts.has(hour) && !own.has(hour));
  await dropAll(
    table,
    lacking.map((hour) => hourKey(endpoint, hour)),
    patience,
  );
  return await writeState(table, updatesOf(state, { seen, holder, counts }), state, patience);
}

interface Move {
  readonly seen: Holder | undefined;
  /** The hour that is to hold the state. */
  readonly holder: string;
  readonly counts: ReadonlyMap<string, number>;
}

function updatesOf(state: EndpointState, { seen, holder, counts }: Move): Update[] {
  const isThere = seen !== undefined && seen.hour === holder;
  const put: Update = {
    Key: hourKey(state.endpoint, holder),
    ...countSet(counts.get(holder), 'EventState = :state', 'MovedTo'),
    ConditionExpression: isThere ? 'EventState = :seen' : 'attribute_not_exists(EventState)',
  };
  const values = {
    ':state': { S: holderText(state, new Map()) },
    ...(isThere ? { ':seen': { S: seen.text ?? '' } } : {}),
  };
  const first = { ...put, ExpressionAttributeValues: { ...put.ExpressionAttributeValues, ...values } };
  if (seen === undefined || isThere) return [first];
  const leave: Update = {
    Key: hourKey(state.endpoint, seen.hour),
    ...countSet(counts.get(seen.hour), 'MovedTo = :to', 'EventState'),
    ConditionExpression: 'EventState = :seen',
  };
  const left = { ':to': { S: holder }, ':seen': { S: seen.text ?? '' } };
  return [{ ...leave, ExpressionAttributeValues: { ...leave.ExpressionAttributeValues, ...left } }, first];
}

/** Sets an hour's count beside something else, or takes it away. */
function countSet(
  count: number | undefined,
  set: string,
  remove: string,
): Pick<Update, 'UpdateExpression' | 'ExpressionAttributeValues'> {
  if (count === undefined) return { UpdateExpression: `SET ${set} REMOVE ${remove}, EventCount` };
  const values = { ':count': { N: String(count) } };
  return { UpdateExpression: `SET ${set}, EventCount = :count REMOVE ${remove}`, ExpressionAttributeValues: values };
}

/** What is there of the endpoint, by hour. */
async function itemsOf(table: Table, endpoint: string, patience: () => Patience): Promise<Map<string, Item>> {
  const items = new Map<string, Item>();
  for await (const item of pages(table, { partition: endpoint }, patience)) items.set(item.EventHour?.S ?? '', item);
  return items;
}

/** False if another state is there. A request that was answered too late may have been done: then ours is there. */
async function writeState(
  table: Table,
  updates: readonly Update[],
  state: EndpointState,
  patience: () => Patience,
): Promise<boolean> {
  try {
    await persist(() => table.write(updates), patience());
    return true;
  } catch (error) {
    if (failureOf(error).kind !== 'refused') throw error;
    return holderTextOf(await findHolder(table, state.endpoint, patience())) === stateText(state);
  }
}

function holderTextOf(holder: Holder | undefined): string | undefined {
  return holder === undefined ? undefined : stateText(holder.state);
}

function putAll(table: Table, items: readonly Item[], patience: () => Patience): Promise<void> {
  return inTurns(items, (some) => table.put(some), patience);
}

function dropAll(table: Table, keys: readonly Item[], patience: () => Patience): Promise<void> {
  return inTurns(keys, (some) => table.drop(some), patience);
}

/** As many at once as a request takes; what it leaves is sent again. */
async function inTurns(
  items: readonly Item[],
  send: (some: readonly Item[]) => Promise<readonly Item[]>,
  patience: () => Patience,
): Promise<void> {
  await inParallel(inBatches(items, MOST_PUTS), PARALLEL, async (batch) => {
    const own = patience();
    for (let left = batch; left.length > 0; ) {
      const some = left;
      left = await persist(() => send(some), own);
      if (left.length > 0) await own.wait(undefined);
    }
  });
}
