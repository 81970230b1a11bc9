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

/** Summed up by Firestore itself: https://firebase.google.com/docs/firestore/query-data/aggregation-queries */
export async function readTotals(documents: Documents, patience: () => Patience) {
  const endpoints = documents.endpoints.aggregate({
    endpoints: AggregateField.count(),
    stale: AggregateField.sum('stale'),
    due: AggregateField.sum('dueSum'),
  });
  const hours = documents.firestore.collectionGroup(HOURS).aggregate({ presses: AggregateField.sum('count') });
  const [ofEndpoints, ofHours] = await Promise.all([
    persist(() => endpoints.get(), patience()),
    persist(() => hours.get(), patience()),
  ]);
  const { endpoints: many, stale, due } = ofEndpoints.data();
  return { endpoints: many, stale: stale ?? 0, presses: (ofHours.data().presses ?? 0) + (due ?? 0) };
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
