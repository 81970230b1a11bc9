/**
 * One endpoint whole, out of the table and into it.
 *
 *   listed ─► marked ─► hours, 100 a transaction ─► hours that the copy lacks, removed ─► the state, by its ETag
 *
 * An endpoint may have more hours than a transaction takes: so its state is written last, under the condition that it is what it
 * was. What broke off before that is done again from the beginning.
 */
import type { TransactionAction } from '@azure/data-tables';
import type { EndpointState } from '../../../ingest/state.ts';
import { stateText } from '../../../ingest/state-text.ts';
import type { EndpointCopy, HourlyCount } from '../../../ingest/store.ts';
import { StoreError } from '../../../protocol/errors.ts';
import { type CounterDeps, findHolder } from './counter.ts';
import { failureOf } from './failure.ts';
import { entityOf, type Holder } from './holder.ts';
import { hourRow, keyOf } from './keys.ts';
import { hourAt } from './plan.ts';
import { readHours } from './reader.ts';
import { demand, type Patience, persist } from './requests.ts';
import { MOST_ACTIONS, type Table } from './table.ts';

/** How often an endpoint is read again that is written to all the while. */
const MOST_READINGS = 20;

/** Undefined if the endpoint was never heard of. If its ETag is the same before and after, the hours belong to the state. */
export async function readEndpoint(
  table: Table,
  endpoint: string,
  patience: () => Patience,
): Promise<EndpointCopy | undefined> {
  for (let reading = 0; reading < MOST_READINGS; reading++) {
    const before = await findHolder(table, endpoint, patience());
    if (before.etag === undefined) return undefined;
    const hours = await readHours(table, endpoint, patience);
    const after = await findHolder(table, endpoint, patience());
    if (before.etag === after.etag) return { state: before.state, hours: withDue(before, hours) };
  }
  throw new StoreError('STORE_DOWN', `${endpoint} is written to without a pause`, 'Read it again when it is quieter.');
}

function withDue({ due, state: { endpoint } }: Holder, hours: readonly HourlyCount[]): readonly HourlyCount[] {
  if (due.size === 0) return hours;
  const counts = new Map(hours.map(({ hour, count }) => [hour, count]));
  for (const [at, presses] of due) counts.set(hourAt(at), (counts.get(hourAt(at)) ?? 0) + presses);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([hour, count]) => ({ endpoint, hour, count }));
}

export interface MoveDeps extends CounterDeps {
  /** Lists endpoints that may be new. */
  readonly list: (endpoints: readonly string[], patience: () => Patience) => Promise<void>;
}

/** False if the state there is not `expected`. */
export async function replaceEndpoint(
  { table, marks, list }: MoveDeps,
  { state, hours }: EndpointCopy,
  expected: EndpointState | undefined,
  patience: () => Patience,
): Promise<boolean> {
  const { endpoint } = state;
  const seen = await findHolder(table, endpoint, patience());
  if (textOf(seen) !== (expected === undefined ? undefined : stateText(expected))) return false;
  await list([endpoint], patience);
  await marks.mark(
    endpoint,
    hours.map(({ hour }) => hour),
    patience(),
  );
  const partitionKey = keyOf(endpoint);
  const kept = new Set(hours.map(({ hour }) => hour));
  const lacking = (await readHours(table, endpoint, patience)).filter(({ hour }) => !kept.has(hour));
  const actions = [
    ...hours.map(
      ({ hour, count }): TransactionAction => [
        'upsert',
        { partitionKey, rowKey: hourRow(hour), Count: BigInt(count) },
        'Replace',
      ],
    ),
    ...lacking.map(({ hour }): TransactionAction => ['delete', { partitionKey, rowKey: hourRow(hour) }]),
  ];
  const entity = entityOf(state, new Map());
  const { etag } = seen;
  const last: TransactionAction = etag === undefined ? ['create', entity] : ['update', entity, 'Replace', { etag }];
  for (; actions.length >= MOST_ACTIONS; ) {
    const some = actions.splice(0, MOST_ACTIONS);
    await demand(() => table.transact(some), patience());
  }
  try {
    await persist(() => table.transact([...actions, last]), patience());
    return true;
  } catch (error) {
    if (failureOf(error).kind !== 'refused') throw error;
    // Answered too late, and sent again: then ours is there.
    return textOf(await findHolder(table, endpoint, patience())) === stateText(state);
  }
}

function textOf({ etag, state }: Holder): string | undefined {
  return etag === undefined ? undefined : stateText(state);
}
