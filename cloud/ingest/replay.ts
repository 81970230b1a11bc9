/** Gives what was set aside another try: after an update that understands more, or a correction. */
import { examine } from './examine.ts';
import type { Store } from './store.ts';

export interface Replayed {
  /** Items understood now, counted and no longer set aside. */
  readonly understood: number;
  /** Items that are set aside now: those that stay as they are, and what is left of others. */
  readonly kept: number;
  readonly presses: number;
}

/** Replays every item, or those in `keys`. The counting rules apply to them as to any late delivery. */
export async function replay(
  store: Pick<Store, 'aside' | 'setAside' | 'apply' | 'dropAside' | 'refusal'>,
  keys?: ReadonlySet<string>,
): Promise<Replayed> {
  let [understood, kept, presses] = [0, 0, 0];
  /** What is left of things understood in part: new to the table that is being read. */
  const left = new Set<string>();
  for await (const item of store.aside()) {
    if (left.has(item.key) || (keys !== undefined && !keys.has(item.key))) continue;
    const examined = examine(item.body, item.receivedAt, (endpoint) => store.refusal?.(endpoint));
    const stillRefused = examined.whole || (examined.batch.length === 0 && examined.aside.length > 0);
    if (stillRefused) {
      kept += 1;
      continue;
    }
    if (examined.aside.length > 0) await store.setAside(examined.aside);
    for (const { key } of examined.aside) left.add(key);
    kept += examined.aside.length;
    presses += (await store.apply(examined.batch)).presses;
    await store.dropAside([item.key]);
    understood += 1;
  }
  return { understood, kept, presses };
}
