/**
 * Takes one body into a store: what every receiver does with what it was handed.
 *
 *   body -> examine -> set aside what was not understood -> apply the rest
 *
 * Resolves when the store has all of it, so that the receiver may acknowledge; rejects with StoreError when it may not.
 * Taking the same body again is safe.
 */
import { examine } from './examine.ts';
import type { IngestMetrics } from './metrics.ts';
import type { Applied, AsideItem, Store } from './store.ts';

export interface Taken extends Applied {
  readonly aside: readonly AsideItem[];
}

export interface TakeDeps {
  readonly store: Pick<Store, 'apply' | 'setAside' | 'refusal'>;
  readonly metrics?: Pick<IngestMetrics, 'taken'>;
}

export async function take(body: Uint8Array, receivedAt: number, { store, metrics }: TakeDeps): Promise<Taken> {
  const examined = examine(body, receivedAt, (endpoint) => store.refusal?.(endpoint));
  // First what may be refused for lack of room: then nothing of the body has been applied.
  if (examined.aside.length > 0) await store.setAside(examined.aside);
  const applied = examined.batch.length > 0 ? await store.apply(examined.batch) : { presses: 0, stale: 0 };
  metrics?.taken(examined, applied);
  return { ...applied, aside: examined.aside };
}
