/**
 * Where the state of an endpoint begins that has none yet. All who meet it first must agree on the hour, or there would be
 * two: whoever lists the endpoint first says which, under the condition that nobody has.
 */
import type { EndpointEvents } from '../../../ingest/events.ts';
import { foldAll } from '../../../ingest/fold-all.ts';
import { inParallel } from '../../../ingest/in-parallel.ts';
import { newState } from '../../../ingest/state.ts';
import { StoreError } from '../../../protocol/errors.ts';
import { HOUR_MS, hourOf } from '../../../protocol/hour.ts';
import { failureOf } from './failure.ts';
import { inBatches, PARALLEL_BATCHES } from './find.ts';
import { firstHolder, type Holder, holderOf } from './holder.ts';
import type { Item } from './keys.ts';
import { type Patience, persist } from './requests.ts';
import { MOST_IN_TRANSACTION, type Table } from './table.ts';

/** Fewer are listed one by one, at half the units. */
const MANY = 20;

/** Lists many unseen endpoints; gives the holders to begin with. Those left out are to be begun by `bear`. */
export async function bearMany(
  table: Table,
  unseen: readonly (readonly EndpointEvents[])[],
  patience: () => Patience,
): Promise<Map<string, Holder>> {
  const born = new Map<string, Holder>();
  if (unseen.length < MANY) return born;
  await inParallel(inBatches(unseen, MOST_IN_TRANSACTION), PARALLEL_BATCHES, async (batch) => {
    const firsts = batch.map((events) => [events[0]!.endpoint, newestHour(events)] as const);
    patience().check();
    try {
      await table.listMany(firsts);
    } catch (error) {
      // One was quicker with one of them, or the outcome is not known: one by one it will show.
      const failure = failureOf(error);
      if (failure.kind === 'hopeless') throw failure.error;
      return;
    }
    for (const [endpoint, hour] of firsts) born.set(endpoint, firstHolder(endpoint, hour));
  });
  return born;
}

/** Lists one endpoint, and gives the holder to begin with. */
export async function bear(table: Table, events: readonly EndpointEvents[], patience: Patience): Promise<Holder> {
  const { endpoint } = events[0]!;
  const first = await list(table, endpoint, newestHour(events), patience);
  if (first.mine) return firstHolder(endpoint, first.hour);
  // Listed by another process, which is about to write the state there, or died before it could.
  let moved = false;
  for (let after: Item | undefined; ; ) {
    const page = await persist(() => table.page({ partition: endpoint, after, newestFirst: true }), patience);
    const holder = page.items.map(holderOf).find((one) => one !== undefined);
    if (holder !== undefined) return holder;
    moved ||= page.items.some(({ MovedTo }) => MovedTo !== undefined);
    after = page.last;
    if (after === undefined) break;
  }
  if (!moved) return firstHolder(endpoint, first.hour);
  throw new StoreError(
    'STORE_SCHEMA',
    `the EventState of ${endpoint} is gone: the item of its newest hour was deleted`,
    'Restore that item from a backup; or delete all items of this endpoint, and it begins anew.',
  );
}

/** The hour that the endpoint is listed with, and whether that is by this call. */
async function list(
  table: Table,
  endpoint: string,
  hour: string,
  patience: Patience,
): Promise<{ readonly hour: string; readonly mine: boolean }> {
  for (;;) {
    patience.check();
    try {
      await table.list(endpoint, hour);
      return { hour, mine: true };
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'hopeless') throw failure.error;
      if (failure.kind === 'refused') return { hour: failure.item?.First?.S ?? hour, mine: false };
      await patience.wait(error);
    }
  }
}

/** The newest hour that the events count in; that of their receipt if they count nothing. */
function newestHour(events: readonly EndpointEvents[]): string {
  const { endpoint, receivedAt } = events[0]!;
  const { hours } = foldAll(newState(endpoint), events);
  return hourOf((hours.size === 0 ? Math.floor(receivedAt / HOUR_MS) : Math.max(...hours.keys())) * HOUR_MS);
}
