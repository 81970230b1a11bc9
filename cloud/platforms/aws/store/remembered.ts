/**
 * Holders that this process saw last, so that a busy endpoint's is not read for every message.
 *
 * They may be old: another process may have written since. A write under their condition is refused then, and the answer
 * has the present one.
 */
import type { Holder } from './holder.ts';

/** Some 600 bytes each. */
const MOST_REMEMBERED = 50_000;

export class Remembered {
  readonly #holders = new Map<string, Holder>();

  get(endpoint: string): Holder | undefined {
    return this.#holders.get(endpoint);
  }

  set(endpoint: string, holder: Holder): void {
    if (this.#holders.size >= MOST_REMEMBERED && !this.#holders.has(endpoint)) this.#holders.clear();
    this.#holders.set(endpoint, holder);
  }

  /** After a write whose outcome is not known. */
  forget(endpoint: string): void {
    this.#holders.delete(endpoint);
  }
}
