/** A shelf in memory, for tests of what stands before it. */

import type { Shelf } from '../../../../cloud/ingest/aside/shelf.ts';
import type { AsideItem } from '../../../../cloud/ingest/store.ts';
import { StoreError } from '../../../../cloud/protocol/errors.ts';

export function memoryShelf(maxBytes: number): Shelf {
  const kept = new Map<string, AsideItem>();
  const bytes = (items: Iterable<AsideItem>): number => [...items].reduce((sum, { body }) => sum + body.length, 0);
  return {
    async put(items) {
      const news = items.filter(({ key }) => !kept.has(key));
      if (bytes(kept.values()) + bytes(news) > maxBytes) throw new StoreError('ASIDE_FULL', 'the shelf is full');
      for (const item of news) kept.set(item.key, item);
    },
    async *items() {
      yield* [...kept.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    },
    async drop(keys) {
      for (const key of keys) kept.delete(key);
    },
    usage: async () => ({ items: kept.size, bytes: bytes(kept.values()) }),
  };
}
