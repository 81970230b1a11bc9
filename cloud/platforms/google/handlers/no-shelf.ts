/** In place of a shelf for what never sets anything aside, and may not: the sweep has no bucket. */
import type { Shelf } from '../../../ingest/aside/shelf.ts';
import { StoreError } from '../../../protocol/errors.ts';

export const NO_SHELF: Shelf = {
  put: refuse,
  // biome-ignore lint/correctness/useYield: there is nothing to give.
  async *items() {
    await refuse();
  },
  drop: refuse,
  usage: refuse,
};

async function refuse(): Promise<never> {
  throw new StoreError('STORE_DOWN', 'this function has no place for what is set aside');
}
