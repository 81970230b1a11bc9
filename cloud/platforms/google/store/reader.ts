/** Reads counts in pages: of one endpoint, or of all in order of hour, then endpoint. */
import { AggregateField, type Query, type QueryDocumentSnapshot } from '@google-cloud/firestore';
import type { HourlyCount } from '../../../ingest/store.ts';
import { type Documents, HOURS } from './documents.ts';
import { type Patience, persist } from './requests.ts';

const PAGE = 1_000;

/** First and last hour, both included. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

export async function* readHours(
  documents: Documents,
  { endpoint, from, to }: Span & { readonly endpoint: string | undefined },
  patience: () => Patience,
): AsyncGenerator<HourlyCount, void, undefined> {
  const all = endpoint === undefined ? documents.firestore.collectionGroup(HOURS) : documents.hours(endpoint);
  const within = all.where('hour', '>=', from).where('hour', '<=', to).orderBy('hour');
  const ordered = endpoint === undefined ? within.orderBy('endpoint') : within;
  for await (const document of pages(ordered, patience)) yield* countOf(document);
}

/** Names of all endpoints. */
export async function* readNames(
  documents: Documents,
  patience: () => Patience,
): AsyncGenerator<string, void, undefined> {
  for await (const document of pages(documents.endpoints.orderBy('name').select('name'), patience)) {
    yield String(document.get('name'));
  }
}

/** Those whose `stale` is above 0. */
export async function* readStale(
  documents: Documents,
  patience: () => Patience,
): AsyncGenerator<{ readonly endpoint: string; readonly stale: number }, void, undefined> {
  const query = documents.endpoints.where('stale', '>', 0).orderBy('stale').select('name', 'stale');
  for await (const document of pages(query, patience)) {
    yield { endpoint: String(document.get('name')), stale: Number(document.get('stale')) };
  }
}

/**
 * Summed up by Firestore itself: https://firebase.google.com/docs/firestore/query-data/aggregation-queries
 *
 * Each field in a request of its own: two in one want a composite index of both, and pass over documents that lack one of them.
 */
export async function readTotals(documents: Documents, patience: () => Patience) {
  const { endpoints } = documents;
  const ask = async (query: Query, value: AggregateField<number | null>): Promise<number> => {
    const answer = await persist(() => query.aggregate({ value }).get(), patience());
    return answer.data().value ?? 0;
  };
  const [many, stale, due, counted] = await Promise.all([
    ask(endpoints, AggregateField.count()),
    ask(endpoints, AggregateField.sum('stale')),
    ask(endpoints, AggregateField.sum('dueSum')),
    ask(documents.firestore.collectionGroup(HOURS), AggregateField.sum('count')),
  ]);
  return { endpoints: many, stale, presses: counted + due };
}

async function* pages(query: Query, patience: () => Patience): AsyncGenerator<QueryDocumentSnapshot, void, undefined> {
  for (let next = query.limit(PAGE); ; ) {
    const { docs } = await persist(() => next.get(), patience());
    yield* docs;
    const last = docs.at(-1);
    if (last === undefined || docs.length < PAGE) return;
    next = query.startAfter(last).limit(PAGE);
  }
}

function* countOf(document: QueryDocumentSnapshot): Generator<HourlyCount, void, undefined> {
  const { endpoint, hour, count } = document.data();
  if (count > 0) yield { endpoint: String(endpoint), hour: String(hour), count: Number(count) };
}
