/**
 * One endpoint whole, out of Firestore and into it.
 *
 * An endpoint may have more hours than a commit takes: so its state is written last, under the condition that it is what it was. What
 * broke off before that is done again from the beginning.
 */
import { FieldValue, type WriteBatch } from '@google-cloud/firestore';
import type { EndpointState } from '../../../ingest/state.ts';
import { stateText } from '../../../ingest/state-text.ts';
import type { EndpointCopy, HourlyCount } from '../../../ingest/store.ts';
import { StoreError } from '../../../protocol/errors.ts';
import { HOUR_MS, hourOf } from '../../../protocol/hour.ts';
import { findHolder } from './counter.ts';
import type { Documents } from './documents.ts';
import { failureOf } from './failure.ts';
import { documentOf, type Holder } from './holder.ts';
import { readHours } from './reader.ts';
import { type Patience, persist } from './requests.ts';

/** How often an endpoint is read again that is written to all the while. */
const MOST_READINGS = 20;
const MOST_WRITES = 400;
const EVER = { from: '', to: '~' };

/** Undefined if the endpoint was never heard of. If its state is the same before and after, the hours belong to it. */
export async function readEndpoint(
  documents: Documents,
  endpoint: string,
  patience: () => Patience,
): Promise<EndpointCopy | undefined> {
  for (let reading = 0; reading < MOST_READINGS; reading++) {
    const before = await findHolder(documents, endpoint, patience());
    if (before.updated === undefined) return undefined;
    const hours: HourlyCount[] = [];
    for await (const hour of readHours(documents, { endpoint, ...EVER }, patience)) hours.push(hour);
    const after = await findHolder(documents, endpoint, patience());
    if (after.updated?.isEqual(before.updated)) return { state: before.state, hours: withDue(before, hours) };
  }
  throw new StoreError('STORE_DOWN', `${endpoint} is written to without a pause`, 'Read it again when it is quieter.');
}

function withDue({ due, state: { endpoint } }: Holder, hours: readonly HourlyCount[]): readonly HourlyCount[] {
  if (due.size === 0) return hours;
  const counts = new Map(hours.map(({ hour, count }) => [hour, count]));
  for (const [at, presses] of due) counts.set(hourOf(at * HOUR_MS), (counts.get(hourOf(at * HOUR_MS)) ?? 0) + presses);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([hour, count]) => ({ endpoint, hour, count }));
}

/** False if the state there is not `expected`. */
export async function replaceEndpoint(
  documents: Documents,
  { state, hours }: EndpointCopy,
  expected: EndpointState | undefined,
  patience: () => Patience,
): Promise<boolean> {
  const { endpoint } = state;
  const seen = await findHolder(documents, endpoint, patience());
  if (textOf(seen) !== (expected === undefined ? undefined : stateText(expected))) return false;
  const kept = new Set(hours.map(({ hour }) => hour));
  const writes = hours.map(({ hour, count }) => (batch: WriteBatch) => {
    batch.set(documents.hour(endpoint, hour), { endpoint, hour, count, changed: FieldValue.serverTimestamp() });
  });
  for await (const { hour } of readHours(documents, { endpoint, ...EVER }, patience)) {
    if (!kept.has(hour)) writes.push((batch) => void batch.delete(documents.hour(endpoint, hour)));
  }
  const commit = (some: readonly ((batch: WriteBatch) => void)[]) => {
    return persist(() => {
      const batch = documents.firestore.batch();
      for (const write of some) write(batch);
      return batch.commit();
    }, patience());
  };
  for (; writes.length >= MOST_WRITES; ) await commit(writes.splice(0, MOST_WRITES));
  const { updated } = seen;
  const last = (batch: WriteBatch): void => {
    const [reference, document] = [documents.endpoint(endpoint), documentOf(state, new Map())];
    if (updated === undefined) batch.create(reference, document);
    else batch.update(reference, { ...document, due: FieldValue.delete() }, { lastUpdateTime: updated });
  };
  try {
    await commit([...writes, last]);
    return true;
  } catch (error) {
    if (failureOf(error).kind !== 'refused') throw error;
    // Answered too late, and sent again: then ours is there.
    return textOf(await findHolder(documents, endpoint, patience())) === stateText(state);
  }
}

function textOf({ updated, state }: Holder): string | undefined {
  return updated === undefined ? undefined : stateText(state);
}
