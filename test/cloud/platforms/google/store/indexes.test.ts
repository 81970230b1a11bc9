/**
 * Every query that the store makes has its index: one that Firestore makes by itself, or one of INDEXES, which Terraform makes.
 *
 * Google's emulator answers without any. What needs which: https://firebase.google.com/docs/firestore/query-data/index-overview
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { newFirestore } from '../../../../../cloud/platforms/google/store/client.ts';
import { INDEXES } from '../../../../../cloud/platforms/google/store/documents.ts';
import { openFirestoreStore } from '../../../../../cloud/platforms/google/store/store.ts';
import { body } from '../../../../conformance/fed-store.ts';
import { collect } from '../../../../conformance/store.ts';
import { memoryShelf } from '../../aws/memory-shelf.ts';
import { firestoreHere, firestoreWanted, newProject } from '../emulators-here.ts';

/** google.firestore.v1.StructuredQuery and StructuredAggregationQuery, as far as they matter here. */
interface Filter {
  readonly compositeFilter?: { readonly filters: readonly Filter[] };
  readonly fieldFilter?: { readonly field: Field; readonly op: string };
}
interface Field {
  readonly fieldPath: string;
}
interface StructuredQuery {
  readonly from: readonly { readonly collectionId: string; readonly allDescendants?: boolean }[];
  readonly where?: Filter;
  readonly orderBy?: readonly { readonly field: Field; readonly direction: string }[];
}
interface Request {
  readonly writes?: readonly {
    readonly update?: { readonly name: string; readonly fields: object };
    readonly updateTransforms?: readonly Field[];
  }[];
  readonly structuredQuery?: StructuredQuery;
  readonly structuredAggregationQuery?: {
    readonly structuredQuery: StructuredQuery;
    readonly aggregations: readonly { readonly sum?: { readonly field: Field } }[];
  };
}

/** What an index has to hold for a query. */
interface Needed {
  readonly collection: string;
  readonly isGroup: boolean;
  /** Without the document's name, by which every index ends. */
  readonly fields: readonly string[];
}

function neededFor({ structuredQuery, structuredAggregationQuery }: Request): Needed | undefined {
  const query = structuredQuery ?? structuredAggregationQuery?.structuredQuery;
  const [from] = query?.from ?? [];
  if (query === undefined || from === undefined) return undefined;
  const summed = structuredAggregationQuery?.aggregations.flatMap(({ sum }) => sum?.field.fieldPath ?? []) ?? [];
  const ordered = query.orderBy?.map(({ field }) => field.fieldPath) ?? [];
  const fields = new Set([...filtered(query.where), ...ordered, ...summed].filter((field) => field !== '__name__'));
  return { collection: from.collectionId, isGroup: from.allDescendants ?? false, fields: [...fields] };
}

function writtenBy({ writes = [] }: Request): string[] {
  return writes.flatMap(({ update, updateTransforms = [] }) => {
    const collection = update?.name.split('/').at(-2);
    const fields = [...Object.keys(update?.fields ?? {}), ...updateTransforms.map(({ fieldPath }) => fieldPath)];
    return fields.map((field) => `${collection} by ${field}`);
  });
}

function filtered({ compositeFilter, fieldFilter }: Filter = {}): string[] {
  return [...(compositeFilter?.filters.flatMap(filtered) ?? []), ...(fieldFilter ? [fieldFilter.field.fieldPath] : [])];
}

function isServed({ collection, isGroup, fields }: Needed): boolean {
  if (fields.length === 0) return true;
  if (fields.length > 1) {
    return INDEXES.composite.some(
      (one) => isGroup && one.collectionGroup === collection && one.fields.join() === fields.join(),
    );
  }
  const made = INDEXES.fields.find((one) => one.collectionGroup === collection && one.field === fields[0]);
  return made === undefined ? !isGroup : made.scopes.includes(isGroup ? 'COLLECTION_GROUP' : 'COLLECTION');
}

(firestoreWanted ? describe : describe.skip)('Firestore', () => {
  const needed = new Map<string, Needed>();
  /** Fields that documents have, by their collections: `hours by count`. */
  const written = new Set<string>();

  beforeAll(async () => {
    const { host } = await firestoreHere();
    const firestore = newFirestore({ project: newProject(), emulator: host });
    firestore.settings({
      'grpc.callInvocationTransformer': (properties: { argument?: Request }) => {
        for (const name of writtenBy(properties.argument ?? {})) written.add(name);
        const one = neededFor(properties.argument ?? {});
        if (one !== undefined) needed.set(nameOf(one), one);
        return properties;
      },
    });
    const store = openFirestoreStore({ firestore, shelf: memoryShelf(1_000), now: Date.now });
    await store.apply([body('a', 3), body('b', 2)]);
    for (const endpoint of [undefined, 'a']) {
      await collect(store.hourly({ ...EVER, ...(endpoint === undefined ? {} : { endpoint }) }));
      await collect(store.stale(endpoint));
    }
    expect(await store.totals()).toMatchObject({ endpoints: 2, stale: 0, presses: 5 });
    await collect(store.endpoints());
    const copy = await store.read('a');
    await store.replace(copy!, copy!.state);
    const pending = await store.outbox().pending(10);
    expect(pending).toHaveLength(2);
    await store.outbox().confirm(pending);
    const told = await store.told().read(new Map([['a', [pending[0]!.count.hour]]]));
    await store.told().write([...told.values()]);
    await store.close();
  });

  test('these are its queries', () => {
    expect([...needed.keys()].sort()).toEqual([
      'endpoints by dueSum',
      'endpoints by name',
      'endpoints by stale',
      'hours by hour',
      'no order of endpoints',
      'the group hours by changed',
      'the group hours by count',
      'the group hours by hour, endpoint',
    ]);
  });

  test('each has its index', () => {
    expect([...needed.values()].filter((one) => !isServed(one))).toEqual([]);
  });

  test('none of a field is for no query: each write would pay for it', async () => {
    const asked = new Set([...needed.values()].map((one) => nameOf(one)));
    const made = INDEXES.fields.flatMap(({ collectionGroup: collection, field, scopes }) =>
      scopes.map((scope) => nameOf({ collection, isGroup: scope === 'COLLECTION_GROUP', fields: [field] })),
    );
    expect(made.filter((name) => !asked.has(name))).toEqual([]);
    // What Firestore indexes by itself is asked by, too.
    const indexed = (collection: string, field: string): boolean =>
      !INDEXES.fields.some((one) => one.collectionGroup === collection && one.field === field);
    const own = [...written].filter((name) => indexed(...(name.split(' by ') as [string, string])));
    expect(own.filter((name) => !asked.has(name))).toEqual([]);
  });
});

const EVER = { from: new Date(0), to: new Date(Date.UTC(2100, 0)) };

function nameOf({ collection, isGroup, fields }: Needed): string {
  if (fields.length === 0) return `no order of ${collection}`;
  return `${isGroup ? 'the group ' : ''}${collection} by ${fields.join(', ')}`;
}
