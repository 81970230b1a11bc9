/**
 * Peers in the order in which they were last heard of, to find those that have been quiet for too long, or the quietest.
 *
 * A peer heard again within a hundredth of the time keeps its place, so that a busy one costs a look-up and no more: the
 * order, and the time of ending, are as exact as that. One timer for all, and none while there is nobody.
 */
import type { Timer, World } from '../../protocol/coap/world.ts';

const LOOKS = 8;
const GRAINS = 100;

export class LastHeard<T> {
  readonly #world: World;
  readonly #quietMs: number;
  readonly #tooQuiet: (peer: T) => void;
  readonly #at = new Map<T, number>();
  #timer: Timer | undefined;

  /** `tooQuiet` is told of each once, `quietMs` to an eighth more after it was last heard of; it is then out of the list. */
  constructor(world: World, quietMs: number, tooQuiet: (peer: T) => void) {
    this.#world = world;
    this.#quietMs = quietMs;
    this.#tooQuiet = tooQuiet;
  }

  get size(): number {
    return this.#at.size;
  }

  /** The one that was quiet longest. */
  get quietest(): T | undefined {
    return this.#at.keys().next().value;
  }

  heard(peer: T): void {
    const now = this.#world.now();
    const before = this.#at.get(peer);
    if (before !== undefined) {
      if (now - before < this.#quietMs / GRAINS) return;
      this.#at.delete(peer);
    }
    this.#at.set(peer, now);
    this.#timer ??= this.#lookLater();
  }

  forget(peer: T): void {
    this.#at.delete(peer);
  }

  /** No more looks. */
  close(): void {
    this.#timer?.cancel();
    this.#at.clear();
  }

  #lookLater(): Timer {
    return this.#world.after(this.#quietMs / LOOKS, () => {
      this.#look();
      this.#timer = this.#at.size > 0 ? this.#lookLater() : undefined;
    });
  }

  #look(): void {
    const since = this.#world.now() - this.#quietMs;
    for (const [peer, at] of this.#at) {
      if (at > since) return;
      this.#at.delete(peer);
      this.#tooQuiet(peer);
    }
  }
}
