/**
 * The documents of the store, by their paths, and how an endpoint's name becomes an id.
 *
 *   endpoints/{id}                       name, state (text), stale, due (text), dueSum
 *   endpoints/{id}/hours/{hour}          endpoint, hour, count; changed, until the sink was told
 *   endpoints/{id}/told/{hour}           total, that a sink that adds up was told
 *   endpoints/{id}/told/series           sum, at, by: of all hours, and who wrote it
 *
 * An id is 1,500 bytes at most, not `.` or `..`, has no slash, and does not begin and end with `__`:
 * https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields
 */
import { hash } from 'node:crypto';
import type { CollectionReference, DocumentReference, Firestore } from '@google-cloud/firestore';

export const ENDPOINTS = 'endpoints';
export const HOURS = 'hours';
export const TOLD = 'told';
/** Of the told documents, the one that is no hour. */
export const SERIES = 'series';

interface FieldIndexes {
  readonly collectionGroup: string;
  readonly field: string;
  /** Ascending ones; those that Firestore makes by itself are not made. */
  readonly scopes: readonly ('COLLECTION' | 'COLLECTION_GROUP')[];
}

/**
 * Every index there is beside Firestore's own of a field in a collection. Each makes writes dearer, and one of values that rise with time
 * holds a collection to 500 writes a second: https://firebase.google.com/docs/firestore/solutions/shard-timestamp
 */
export const INDEXES: {
  readonly composite: readonly { readonly collectionGroup: string; readonly fields: readonly string[] }[];
  readonly fields: readonly FieldIndexes[];
} = {
  /** All endpoints' hours in order. */
  composite: [{ collectionGroup: HOURS, fields: ['hour', 'endpoint'] }],
  fields: [
    { collectionGroup: ENDPOINTS, field: 'state', scopes: [] },
    { collectionGroup: ENDPOINTS, field: 'due', scopes: [] },
    { collectionGroup: HOURS, field: 'endpoint', scopes: [] },
    { collectionGroup: HOURS, field: 'hour', scopes: ['COLLECTION'] },
    // The sum of all counts.
    { collectionGroup: HOURS, field: 'count', scopes: ['COLLECTION_GROUP'] },
    // The outbox.
    { collectionGroup: HOURS, field: 'changed', scopes: ['COLLECTION_GROUP'] },
    ...['sum', 'at', 'by', 'total'].map((field): FieldIndexes => ({ collectionGroup: TOLD, field, scopes: [] })),
  ],
};

const MOST_BYTES = 1_400;

/** The name, but for what ids cannot hold; of a name that is too long, its hash. */
export function idOf(endpoint: string): string {
  const id = endpoint.replaceAll(/[/%]|^\.{1,2}$|^__/g, (signs) =>
    [...signs].map((sign) => `%${sign.charCodeAt(0).toString(16)}`).join(''),
  );
  return Buffer.byteLength(id) <= MOST_BYTES ? id : `%%${hash('sha256', endpoint, 'hex')}`;
}

export class Documents {
  readonly firestore: Firestore;

  constructor(firestore: Firestore) {
    this.firestore = firestore;
  }

  get endpoints(): CollectionReference {
    return this.firestore.collection(ENDPOINTS);
  }

  endpoint(name: string): DocumentReference {
    return this.endpoints.doc(idOf(name));
  }

  hours(name: string): CollectionReference {
    return this.endpoint(name).collection(HOURS);
  }

  /** `hour`: `YYYY-MM-DD HH:00:00`. */
  hour(name: string, hour: string): DocumentReference {
    return this.hours(name).doc(hour.slice(0, 13));
  }

  told(name: string, what: string): DocumentReference {
    return this.endpoint(name)
      .collection(TOLD)
      .doc(what === SERIES ? SERIES : what.slice(0, 13));
  }
}
