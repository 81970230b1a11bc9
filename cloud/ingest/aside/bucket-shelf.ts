/**
 * The shelf in a cloud's bucket, which announces what it takes in the failure queue.
 *
 *   what of it is there already? ─► does the rest fit? ─► a notice for each ─► an object for each, if there is none
 *
 * The notice comes first: whatever breaks in between, nothing is kept in silence, and what was not kept is given again by
 * its sender. An object there has been announced, and is not announced again.
 */

import { StoreError } from '../../protocol/errors.ts';
import { inParallel } from '../in-parallel.ts';
import type { AsideItem } from '../store.ts';
import type { Bucket } from './bucket.ts';
import type { AsideKind, FailureQueue } from './failure-queue.ts';
import { itemOf, labelsOf } from './labels.ts';
import type { Shelf } from './shelf.ts';

export interface BucketShelfOptions {
  readonly bucket: Bucket;
  /** Without it nothing is announced. */
  readonly queue?: FailureQueue;
  /** What is kept and listed here; `notification` unless told. Kinds share the bucket and its bounds. */
  readonly kind?: AsideKind;
  /** Bytes that may be kept in all. */
  readonly maxBytes: number;
  /** Objects that may be kept in all: to know how much is there, all of them are listed. */
  readonly maxItems?: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds for which the bucket's usage is taken to be what it was, and what was put since; 60 s unless told. */
  readonly usageHeldMs?: number;
}

/** What is set aside by one name, of whichever kind, lies under this. */
export const ASIDE_PREFIX = 'aside/';
/** What `MAX_ASIDE_BYTES` is unless told. */
export const DEFAULT_MAX_ASIDE = 1024 ** 3;
const DEFAULT_MAX_ITEMS = 50_000;
const USAGE_HELD_MS = 60_000;
const REQUESTS_AT_ONCE = 32;
/** Characters by which items are looked up together: those of one body begin with its hash. */
const HASH_LENGTH = 32;
/** Keys of the other kinds begin with their name. */
const NAMED_KINDS = ['record', 'datum'] as const;

interface Usage {
  items: number;
  bytes: number;
}

export function bucketShelf(options: BucketShelfOptions): Shelf {
  return new BucketShelf(options);
}

/** The key, as AsideItem has it, of something of a named kind. */
export function keyOfKind(kind: (typeof NAMED_KINDS)[number], name: string): string {
  return `${kind}-${name}`;
}

class BucketShelf implements Shelf {
  readonly #options: Required<Omit<BucketShelfOptions, 'queue'>>;
  readonly #queue: FailureQueue | undefined;
  #held: (Usage & { readonly at: number }) | undefined;

  constructor({ queue, ...options }: BucketShelfOptions) {
    const defaults = { kind: 'notification', maxItems: DEFAULT_MAX_ITEMS, usageHeldMs: USAGE_HELD_MS } as const;
    this.#options = { ...defaults, ...options };
    this.#queue = queue;
  }

  async put(items: readonly AsideItem[]): Promise<void> {
    const { bucket, kind } = this.#options;
    const there = await this.#keysThere(items);
    const fresh = [...new Map(items.map((item) => [item.key, item])).values()].filter(({ key }) => !there.has(key));
    if (fresh.length === 0) return;
    await this.#makeSureOfRoom(fresh);
    const notices = fresh.map(({ key, reason, receivedAt }) => {
      return { kind, reason, bucket: bucket.name, key: `${ASIDE_PREFIX}${key}`, receivedAt };
    });
    await this.#queue?.tell(notices);
    await inParallel(fresh, REQUESTS_AT_ONCE, async (item) => {
      const added = await bucket.put(`${ASIDE_PREFIX}${item.key}`, item.body, labelsOf(item));
      if (!added || this.#held === undefined) return;
      this.#held.items += 1;
      this.#held.bytes += item.body.length;
    });
  }

  async *items(): AsyncIterable<AsideItem> {
    for await (const { key } of this.#listed()) {
      const object = await this.#options.bucket.get(`${ASIDE_PREFIX}${key}`);
      // Undefined: dropped since it was listed.
      if (object !== undefined) yield itemOf(key, object);
    }
  }

  async drop(keys: readonly string[]): Promise<void> {
    await inParallel(keys, REQUESTS_AT_ONCE, (key) => this.#options.bucket.drop(`${ASIDE_PREFIX}${key}`));
    this.#held = undefined;
  }

  async usage(): Promise<Usage> {
    const usage = { items: 0, bytes: 0 };
    for await (const { bytes } of this.#listed()) {
      usage.items += 1;
      usage.bytes += bytes;
    }
    return usage;
  }

  /** Objects of this shelf's kind, by AsideItem's key. */
  async *#listed(): AsyncIterable<{ readonly key: string; readonly bytes: number }> {
    const { bucket, kind } = this.#options;
    const prefix = kind === 'notification' ? '' : `${kind}-`;
    for await (const { key, bytes } of bucket.list(`${ASIDE_PREFIX}${prefix}`)) {
      const name = key.slice(ASIDE_PREFIX.length);
      if (prefix === '' && NAMED_KINDS.some((other) => name.startsWith(`${other}-`))) continue;
      yield { key: name, bytes };
    }
  }

  async #keysThere(items: readonly AsideItem[]): Promise<Set<string>> {
    const there = new Set<string>();
    const beginnings = [...new Set(items.map(({ key }) => key.slice(0, HASH_LENGTH)))];
    await inParallel(beginnings, REQUESTS_AT_ONCE, async (beginning) => {
      const prefix = `${ASIDE_PREFIX}${beginning}`;
      for await (const { key } of this.#options.bucket.list(prefix)) there.add(key.slice(ASIDE_PREFIX.length));
    });
    return there;
  }

  async #makeSureOfRoom(items: readonly AsideItem[]): Promise<void> {
    const { maxBytes, maxItems, now, usageHeldMs } = this.#options;
    const bytes = items.reduce((sum, { body }) => sum + body.length, 0);
    const fits = (used: Usage): boolean => used.items + items.length <= maxItems && used.bytes + bytes <= maxBytes;
    if (this.#held !== undefined && now() - this.#held.at < usageHeldMs && fits(this.#held)) return;
    // Looked at anew before anything is refused: somebody may have dropped some.
    this.#held = { ...(await this.#usageOfAll()), at: now() };
    if (fits(this.#held)) return;
    throw new StoreError(
      'ASIDE_FULL',
      `what is set aside would exceed ${maxBytes} bytes or ${maxItems} objects`,
      'Look at it with `mts aside list`, then drop some, or raise the limit (MAX_ASIDE_BYTES).',
    );
  }

  /** Of every kind; no further than it matters. */
  async #usageOfAll(): Promise<Usage> {
    const { bucket, maxBytes, maxItems } = this.#options;
    const usage = { items: 0, bytes: 0 };
    for await (const { bytes } of bucket.list(ASIDE_PREFIX)) {
      usage.items += 1;
      usage.bytes += bytes;
      if (usage.items > maxItems || usage.bytes > maxBytes) break;
    }
    return usage;
  }
}
