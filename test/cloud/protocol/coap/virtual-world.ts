/** Time that passes only when told to, and a network that loses, doubles and reorders what it carries, by a seed. */
import type { World } from '../../../../cloud/protocol/coap/world.ts';
import { seededRandom } from '../../../../cloud/protocol/random.ts';

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly what: () => void;
}

export class VirtualWorld implements World {
  readonly #random: ReturnType<typeof seededRandom>;
  readonly #due = new Set<Due>();
  #nowMs = 0;
  #order = 0;

  constructor(seed: number | string = 0) {
    this.#random = seededRandom(seed);
  }

  now(): number {
    return this.#nowMs;
  }

  random(): number {
    return this.#random.next();
  }

  after(ms: number, what: () => void): { cancel(): void } {
    const due: Due = { atMs: this.#nowMs + ms, order: this.#order++, what };
    this.#due.add(due);
    return { cancel: () => this.#due.delete(due) };
  }

  /** Things that are still to happen. */
  get pending(): number {
    return this.#due.size;
  }

  /** Has everything happen that is due in the next `ms`, in its order, with room for promises in between. */
  async pass(ms: number): Promise<void> {
    const until = this.#nowMs + ms;
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#due.delete(next);
      this.#nowMs = next.atMs;
      next.what();
      await settled();
    }
    this.#nowMs = until;
    await settled();
  }

  #next(until: number): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#due) {
      if (due.atMs > until) continue;
      const earlier =
        first === undefined || due.atMs < first.atMs || (due.atMs === first.atMs && due.order < first.order);
      if (earlier) first = due;
    }
    return first;
  }
}

export interface NetworkFaults {
  readonly loss: number;
  readonly duplicate: number;
  /** Each datagram takes up to so long: the later overtakes the earlier. */
  readonly jitterMs: number;
}

/** One direction: takes datagrams, and gives `deliver` what is left of them. */
export function lossyLink(
  world: VirtualWorld,
  faults: NetworkFaults,
  deliver: (bytes: Uint8Array) => void,
): (bytes: Uint8Array) => void {
  return (bytes) => {
    const copies = world.random() < faults.loss ? 0 : world.random() < faults.duplicate ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) world.after(1 + world.random() * faults.jitterMs, () => deliver(bytes));
  };
}

/** Promises that were waiting are through. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}
