/** What will happen, in order of time: a binary heap. Things of the same moment come out in the order they went in. */

interface Entry<T> {
  readonly at: number;
  readonly sequence: number;
  readonly what: T;
}

export class Timeline<T> {
  readonly #heap: Entry<T>[] = [];
  #sequence = 0;

  /** When the next thing happens; Infinity if there is none. */
  get nextAt(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  add(at: number, what: T): void {
    const entry = { at, sequence: this.#sequence++, what };
    let place = this.#heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (before(this.#heap[parent]!, entry)) break;
      this.#heap[place] = this.#heap[parent]!;
      place = parent;
    }
    this.#heap[place] = entry;
  }

  /** Takes the next thing out; undefined if there is none. */
  take(): { readonly at: number; readonly what: T } | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    const size = this.#heap.length;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      if (child + 1 < size && before(this.#heap[child + 1]!, this.#heap[child]!)) child += 1;
      if (before(last, this.#heap[child]!)) break;
      this.#heap[place] = this.#heap[child]!;
      place = child;
    }
    this.#heap[place] = last;
    return first;
  }
}

function before(a: Entry<unknown>, b: Entry<unknown>): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}
