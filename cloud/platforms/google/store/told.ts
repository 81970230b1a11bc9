/** What a sink that adds up was told, beside the counts of each endpoint: one commit an endpoint. */
import type { WriteBatch } from '@google-cloud/firestore';
import { inParallel } from '../../../ingest/in-parallel.ts';
import type { ToldMemory, ToldSeries } from '../../../ingest/told.ts';
import { type Documents, SERIES } from './documents.ts';
import { PARALLEL, type Patience, persist } from './requests.ts';

/** Writes in a commit beside the sum's. */
const MOST_HOURS = 400;

export function toldInFirestore(documents: Documents, patience: () => Patience): ToldMemory {
  const read = async (endpoint: string, hours: readonly string[]): Promise<ToldSeries> => {
    const references = [SERIES, ...hours].map((what) => documents.told(endpoint, what));
    const [series, ...told] = await persist(() => documents.firestore.getAll(...references), patience());
    const totals = new Map<string, number>();
    for (const [index, document] of told.entries()) {
      if (document.exists) totals.set(hours[index]!, Number(document.get('total')));
    }
    return { endpoint, sum: Number(series?.get('sum') ?? 0), at: Number(series?.get('at') ?? 0), hours: totals };
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
      await inParallel(series, PARALLEL, async ({ endpoint, sum, at, hours }) => {
        const writes = [...hours].map(([hour, total]) => (batch: WriteBatch) => {
          batch.set(documents.told(endpoint, hour), { total });
        });
        const last = (batch: WriteBatch): void => void batch.set(documents.told(endpoint, SERIES), { sum, at });
        // The sum comes with the last hours: what broke off before that is told again by who remembers nothing of it.
        for (; writes.length > MOST_HOURS; ) await commit(documents, writes.splice(0, MOST_HOURS), patience);
        await commit(documents, [...writes, last], patience);
      });
    },
    async close() {},
  };
}

async function commit(
  documents: Documents,
  writes: readonly ((batch: WriteBatch) => void)[],
  patience: () => Patience,
) {
  await persist(() => {
    const batch = documents.firestore.batch();
    for (const write of writes) write(batch);
    return batch.commit();
  }, patience());
}
