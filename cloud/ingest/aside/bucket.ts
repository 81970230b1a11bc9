/**
 * A bucket of objects, as far as things set aside need one: put once, get, list, drop. Each cloud has its own.
 *
 * Every method rejects with StoreError STORE_DOWN when the bucket cannot be had or refuses.
 */

/** Bytes that one thing set aside may have: above any body, of which a sender's whole queue is 50 MB. */
export const BODY_LIMIT = 64 * 1024 ** 2;

export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
}

export interface StoredObject {
  readonly body: Uint8Array;
  /** What was put with it; names in lower case. */
  readonly labels: ReadonlyMap<string, string>;
  /** Milliseconds since 1970; NaN if the bucket does not say. */
  readonly lastModified: number;
}

export interface Bucket {
  readonly name: string;
  /** Puts an object if its key is free; false if there is one already, which stays. Labels are ASCII, 2 KB in all. */
  put(key: string, body: Uint8Array, labels: Readonly<Record<string, string>>): Promise<boolean>;
  /** Undefined if there is none. */
  get(key: string): Promise<StoredObject | undefined>;
  /** Objects whose key begins with `prefix`, in order of key. */
  list(prefix: string): AsyncIterable<ListedObject>;
  /** Removes an object; one that is not there is no error. */
  drop(key: string): Promise<void>;
}
