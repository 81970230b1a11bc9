/**
 * What a sink that adds up was told, beside the counts of each endpoint: one commit an endpoint, under the condition that its sum is still
 * the one that this memory saw last. So it has one writer, also while two instances of the sweep overlap: the one that is behind writes
 * nothing, and sends nothing.
 */
import { randomUUID } from 'node:crypto';
import type { DocumentSnapshot, Timestamp } from '@google-cloud/firestore';
import { inParallel } from '../../../ingest/in-parallel.ts';
import type { ToldMemory, ToldSeries } from '../../../ingest/told.ts';
import { StoreError } from '../../../protocol/errors.ts';
import { type Documents, SERIES } from './documents.ts';
import { failureOf } from './failure.ts';
import { PARALLEL, type Patience, persist } from './requests.ts';

/** Of a document that is not there. */
const NONE = 'none';

export function toldInFirestore(documents: Documents, patience: () => Patience): ToldMemory {
  /** By which it knows its own writes again. */
  const by = randomUUID();
  /** Of each endpoint's sum, when it was written last. */
  const seen = new Map<string, Timestamp | typeof NONE>();

  async function read(endpoint: string, hours: readonly string[]): Promise<ToldSeries> {
    const references = [SERIES, ...hours].map((what) => documents.told(endpoint, what));
    const [series, ...told] = await persist(() => documents.firestore.getAll(...references), patience());
    seen.set(endpoint, series?.updateTime ?? NONE);
    const totals = new Map<string, number>();
    for (const [index, document] of told.entries()) {
      if (document.exists) totals.set(hours[index]!, Number(document.get('total')));
    }
    return { endpoint, sum: Number(series?.get('sum') ?? 0), at: Number(series?.get('at') ?? 0), hours: totals };
  }

  async function write({ endpoint, sum, at, hours }: ToldSeries): Promise<void> {
    if (!seen.has(endpoint)) await read(endpoint, []);
    const before = seen.get(endpoint) ?? NONE;
    const reference = documents.told(endpoint, SERIES);
    const commit = async (): Promise<Timestamp | undefined> => {
      const batch = documents.firestore.batch();
      if (before === NONE) batch.create(reference, { sum, at, by });
      else batch.update(reference, { sum, at, by }, { lastUpdateTime: before });
      for (const [hour, total] of hours) batch.set(documents.told(endpoint, hour), { total });
      const [first] = await batch.commit();
      return first?.writeTime;
    };
    try {
      seen.set(endpoint, (await persist(commit, patience())) ?? NONE);
    } catch (error) {
      if (failureOf(error).kind !== 'refused') throw error;
      const present = await persist(() => reference.get(), patience());
      if (!isWritten(present, { sum, at, by })) throw overtaken(endpoint, error);
      // Answered too late, and sent again.
      seen.set(endpoint, present.updateTime ?? NONE);
    }
  }

  return {
    async read(wanted) {
      const all = new Map<string, ToldSeries>();
      await inParallel(wanted, PARALLEL, async ([endpoint, hours]) => {
        all.set(endpoint, await read(endpoint, hours));
      });
      return all;
    },
    async write(series) {
      await inParallel(series, PARALLEL, write);
    },
    async close() {},
  };
}

function isWritten(document: DocumentSnapshot, fields: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(fields).every(([name, value]) => document.get(name) === value);
}

function overtaken(endpoint: string, cause: unknown): StoreError {
  return new StoreError('STORE_DOWN', `another sweep tells ${endpoint}`, 'Leave it to that one.', { cause });
}
