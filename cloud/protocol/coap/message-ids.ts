/**
 * Message IDs for one peer: from a random start, one after the other, and none again while a copy of its last message may
 * still be under way (RFC 7252 §4.4).
 *
 * When 65,536 of them go faster than that, the peer must wait: 265 messages a second with the RFC's parameters. Times are
 * remembered by blocks of IDs, so that a peer costs 16 numbers and not 65,536.
 */
import type { World } from './world.ts';

const BLOCK = 0x1000;
const BLOCKS = 0x1_0000 / BLOCK;

export class MessageIds {
  readonly #world: Pick<World, 'now'>;
  readonly #lifetimeMs: number;
  /** When the last ID of each block was given out. */
  readonly #lastGiven = new Array<number>(BLOCKS).fill(Number.NEGATIVE_INFINITY);
  #next: number;

  /** `lifetimeMs`: how long an ID is taken, EXCHANGE_LIFETIME of the peer. */
  constructor(world: Pick<World, 'now' | 'random'>, lifetimeMs: number) {
    this.#world = world;
    this.#lifetimeMs = lifetimeMs;
    this.#next = Math.floor(world.random() * 0x1_0000);
  }

  /** Milliseconds until the next one may be taken: 0, but for who sends very fast. */
  waitMs(): number {
    // Inside a block the IDs were given out before the block's last one: only its first needs to be looked at.
    if (this.#next % BLOCK !== 0) return 0;
    return Math.max(0, this.#lastGiven[this.#next / BLOCK]! + this.#lifetimeMs - this.#world.now());
  }

  /** The next one. RangeError, for the caller's own mistake: it may not be taken yet. */
  take(): number {
    const waitMs = this.waitMs();
    if (waitMs > 0) throw new RangeError(`the next message id is taken for another ${waitMs} ms`);
    const id = this.#next;
    this.#lastGiven[Math.floor(id / BLOCK)] = this.#world.now();
    this.#next = (id + 1) % 0x1_0000;
    return id;
  }
}
