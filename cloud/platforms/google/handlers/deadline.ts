/**
 * Until when a function may begin new requests of its own. There is one for an instance, which may work on several messages at
 * once: the newest says until when.
 */
export class Deadline {
  #at = 0;

  /** Milliseconds since 1970. As a function, since that is what stores and sinks are handed. */
  readonly at = (): number => this.#at;

  /** Work began at `now` and may begin more for `ms`. */
  begin(now: number, ms: number): void {
    this.#at = Math.max(this.#at, now + ms);
  }
}
