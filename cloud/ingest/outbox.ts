/**
 * What a sink has not been told yet: written with the count itself, so that a sink that is down for a day is told later.
 *
 *   count + mark, one atomic write ─► pending ─► sink ─► confirm ─► the mark is gone
 *
 * An hour that changed between `pending` and `confirm` stays pending: its new total is told as well.
 */
import type { HourlyCount } from './store.ts';

/** An hour that changed, with its total as it was when it was read. */
export interface Pending {
  readonly count: HourlyCount;
  /** What the outbox knows this change by; its business alone. */
  readonly mark: unknown;
}

export interface Outbox {
  /** At most `limit` hours that changed and were not confirmed, those that wait longest first. StoreError STORE_DOWN. */
  pending(limit: number): Promise<readonly Pending[]>;
  /**
   * Forgets these, which `pending` gave; told, or refused for ever. Repeating it is safe. What `pending` gave before them and is
   * not among them stays.
   */
  confirm(told: readonly Pending[]): Promise<void>;
  close(): Promise<void>;
}
