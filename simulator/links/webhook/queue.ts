/** Events waiting for the webhook, oldest first. It holds so many and no more: the oldest make room (vendor's 50 MB). */

/** About what 50 MB held, at the size of an event then. */
export const QUEUE_CAP = 160_000;

export class EventQueue<T> {
  readonly #cap: number;
  #items: T[] = [];
  #head = 0;

  constructor(cap: number = QUEUE_CAP) {
    this.#cap = cap;
  }

  get size(): number {
    return this.#items.length - this.#head;
  }

  /** Adds one; returns the oldest if it had to go for it. */
  push(item: T): T | undefined {
    const dropped = this.size >= this.#cap ? this.take(1)[0] : undefined;
    this.#items.push(item);
    return dropped;
  }

  /** Takes out the oldest, `most` at most. */
  take(most: number): T[] {
    const taken = this.#items.slice(this.#head, this.#head + most);
    this.#head += taken.length;
    // Now and then, so that taking costs nothing on average.
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return taken;
  }
}
