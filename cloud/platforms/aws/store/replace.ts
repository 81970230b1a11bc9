/**
 * One endpoint whole, out of the table and into it.
 *
 *   listed ─► hours beside those that hold a state ─► hours that the copy lacks, removed ─► the state, and with it its hour's count
 *
 * A DynamoDB transaction takes 100 items, and an endpoint may have more hours: so its state is written last, under the
 * condition that it is what it was. What broke off before that is done again from the beginning.
 */
import { inParallel } from '../../../ingest/in-parallel.ts';
import type { EndpointState } from '../../../ingest/state.ts';
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

/** Undefined if the endpoint was never heard of. */
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
  return state === undefined ? undefined : { state, hours: hours.sort((a, b) => (a.hour < b.hour ? -1 : 1)) };
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
  if (textOf(seen?.state) !== textOf(expected)) return false;
  const holder = hours.reduce((newest, { hour }) => (hour > newest ? hour : newest), BEFORE_ALL);
  const counts = new Map(hours.map(({ hour, count }) => [hour, count]));
  const own = new Set([holder, seen?.hour]);
  const others = hours.filter(({ hour }) => !own.has(hour));
  await putAll(table, [{ ...listKey(endpoint), First: { S: holder } }, ...others.map(itemOf)], patience);
  const lacking = await hoursBeside(table, endpoint, new Set([...counts.keys(), ...own]), patience);
  await dropAll(table, lacking, patience);
  if (!(await writeState(table, updatesOf(state, { seen, holder, counts }), state, patience))) return false;
  if (seen !== undefined && !counts.has(seen.hour) && seen.hour !== holder) {
    await dropAll(table, [hourKey(endpoint, seen.hour)], patience);
  }
  return true;
}

function textOf(state: EndpointState | undefined): string | undefined {
  return state === undefined ? undefined : stateText(state);
}

function itemOf({ endpoint, hour, count }: HourlyCount): Item {
  return { ...hourKey(endpoint, hour), EventCount: { N: String(count) } };
}

interface Move {
  readonly seen: Holder | undefined;
  /** The hour that is to hold the state. */
  readonly holder: string;
  readonly counts: ReadonlyMap<string, number>;
}

function updatesOf(state: EndpointState, { seen, holder, counts }: Move): Update[] {
  const isThere = seen !== undefined && seen.hour === holder;
  const count = counts.get(holder);
  const put: Update = {
    Key: hourKey(state.endpoint, holder),
    UpdateExpression: `SET EventState = :state${count === undefined ? '' : ', EventCount = :count'} REMOVE MovedTo`,
    ConditionExpression: isThere ? 'EventState = :seen' : 'attribute_not_exists(EventState)',
    ExpressionAttributeValues: {
      ':state': { S: holderText(state, new Map()) },
      ...(isThere ? { ':seen': { S: seen.text ?? '' } } : {}),
      ...(count === undefined ? {} : { ':count': { N: String(count) } }),
    },
  };
  if (seen === undefined || isThere) return [put];
  const left = counts.get(seen.hour);
  const leave: Update = {
    Key: hourKey(state.endpoint, seen.hour),
    UpdateExpression: `SET MovedTo = :to${left === undefined ? '' : ', EventCount = :count'} REMOVE EventState`,
    ConditionExpression: 'EventState = :seen',
    ExpressionAttributeValues: {
      ':to': { S: holder },
      ':seen': { S: seen.text ?? '' },
      ...(left === undefined ? {} : { ':count': { N: String(left) } }),
    },
  };
  return [leave, put];
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
    return textOf((await findHolder(table, state.endpoint, patience()))?.state) === textOf(state);
  }
}

async function hoursBeside(
  table: Table,
  endpoint: string,
  known: ReadonlySet<string | undefined>,
  patience: () => Patience,
): Promise<Item[]> {
  const keys: Item[] = [];
  for await (const { EventHour } of pages(table, { partition: endpoint }, patience)) {
    if (!known.has(EventHour?.S)) keys.push(hourKey(endpoint, EventHour?.S ?? ''));
  }
  return keys;
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
