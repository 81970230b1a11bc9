/** A shelf that is opened when it is first used: most verbs need the counts alone. */
import type { Shelf } from '../cloud/ingest/aside/shelf.ts';

export function lazyShelf(open: () => Promise<Shelf>): Shelf {
  let opened: Promise<Shelf> | undefined;
  const shelf = (): Promise<Shelf> => {
    opened ??= open();
    return opened;
  };
  return {
    put: async (items) => (await shelf()).put(items),
    items: async function* () {
      yield* (await shelf()).items();
    },
    drop: async (keys) => (await shelf()).drop(keys),
    usage: async () => (await shelf()).usage(),
  };
}
