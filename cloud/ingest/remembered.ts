/**
 * What a process saw last of each endpoint, so that a busy one's state is not read for every message.
 *
 * It may be old: another process may have written since. A write under its condition is refused then.
 */

/** Some 700 bytes each. */
const MOST_REMEMBERED = 50_000;

export class Remembered<Holder> {
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
