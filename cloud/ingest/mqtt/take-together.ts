/** Takes several bodies into a store in one call of it: what take.ts does with one, for receivers that have many at hand. */
import { examine } from '../examine.ts';
import type { TakeDeps } from '../take.ts';

export interface Body {
  readonly payload: Uint8Array;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
}

/**
 * Resolves when the store has all of them, to the reasons for what was set aside; rejects with StoreError when any of
 * them may not be acknowledged. The order counts. Taking the same again is safe.
 */
export async function takeTogether(bodies: readonly Body[], { store, metrics }: TakeDeps): Promise<string[]> {
  const examined = bodies.map(({ payload, receivedAt }) => examine(payload, receivedAt));
  const aside = examined.flatMap((one) => one.aside);
  const batch = examined.flatMap((one) => one.batch);
  // First what may be refused for lack of room: then nothing of the bodies has been applied.
  if (aside.length > 0) await store.setAside(aside);
  let applied = batch.length > 0 ? await store.apply(batch) : NOTHING;
  for (const one of examined) {
    metrics?.taken(one, applied);
    applied = NOTHING;
  }
  return aside.map(({ reason }) => reason);
}

const NOTHING = { presses: 0, stale: 0 };
