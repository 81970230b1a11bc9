/** What a sink that adds up was told, beside the counts of each endpoint: one transaction an endpoint. */
import type { TransactionAction } from '@azure/data-tables';
import { inParallel } from '../../../ingest/in-parallel.ts';
import type { ToldMemory, ToldSeries } from '../../../ingest/told.ts';
import { keyOf, TOLD_ROW, toldRow } from './keys.ts';
import { demand, PARALLEL, type Patience, persist } from './requests.ts';
import { MOST_ACTIONS, type Table } from './table.ts';

export function toldInTable(table: Table, patience: () => Patience): ToldMemory {
  const read = async (endpoint: string, hours: readonly string[]): Promise<ToldSeries> => {
    const key = keyOf(endpoint);
    const series = await persist(() => table.get(key, TOLD_ROW), patience());
    const totals = new Map<string, number>();
    // An endpoint that was never told has no hours that were.
    for (const hour of series === undefined ? [] : hours) {
      const entity = await persist(() => table.get(key, toldRow(hour)), patience());
      if (entity !== undefined) totals.set(hour, Number(entity.Total));
    }
    return { endpoint, sum: Number(series?.Sum ?? 0), at: Number(series?.At ?? 0), hours: totals };
  };
  return {
    async read(wanted) {
      const all = new Map<string, ToldSeries>();
      await inParallel(wanted, PARALLEL, async ([endpoint, hours]) => {
        all.set(endpoint, await read(endpoint, hours));
      });
      return all;
    },
    async write(series) {
      await inParallel(series, PARALLEL, async (one) => {
        for (const actions of transactionsOf(one)) await demand(() => table.transact(actions), patience());
      });
    },
    async close() {},
  };
}

/** The sum comes with the last hours: what broke off before that is told again by who remembers nothing of it. */
function* transactionsOf({ endpoint, sum, at, hours }: ToldSeries): Generator<TransactionAction[], void, undefined> {
  const partitionKey = keyOf(endpoint);
  const all = [...hours].map(
    ([hour, total]): TransactionAction => [
      'upsert',
      { partitionKey, rowKey: toldRow(hour), Total: BigInt(total) },
      'Replace',
    ],
  );
  const last: TransactionAction = [
    'upsert',
    { partitionKey, rowKey: TOLD_ROW, Sum: BigInt(sum), At: BigInt(at) },
    'Replace',
  ];
  for (; all.length >= MOST_ACTIONS; ) yield all.splice(0, MOST_ACTIONS);
  yield [...all, last];
}
