/** Things that come one by one, to be waited for in their order. */

export class Coming<T> {
  /** All that came. */
  readonly all: T[] = [];
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  readonly push = (one: T): void => {
    this.all.push(one);
    for (const wake of this.#waiting.splice(0)) wake();
  };

  /** The next one that was not taken yet. */
  async next(): Promise<T> {
    await this.untilLength(this.#taken + 1);
    return this.all[this.#taken++]!;
  }

  /** Waits until so many have come. */
  async untilLength(length: number): Promise<void> {
    while (this.all.length < length) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
