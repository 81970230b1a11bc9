/**
 * Where the store of a cloud keeps what was not understood: beside its table, whose rows are small.
 *
 * A bucket with a failure queue is one (bucket-shelf.ts).
 */
import type { AsideItem } from '../store.ts';

export interface Shelf {
  /**
   * Keeps items; one that is there already stays as it was. Rejects with StoreError ASIDE_FULL, keeping none of the
   * call, when they do not fit; with STORE_DOWN when the shelf cannot be had: then some may be kept, and putting them
   * again is safe.
   */
  put(items: readonly AsideItem[]): Promise<void>;
  /** In order of key. */
  items(): AsyncIterable<AsideItem>;
  /** Forgets items; a key that is not there is no error. */
  drop(keys: readonly string[]): Promise<void>;
  /** Items kept now, and the bytes of their bodies. */
  usage(): Promise<{ readonly items: number; readonly bytes: number }>;
}
