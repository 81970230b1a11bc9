/**
 * What came from one peer and what was answered, so that a copy of it changes nothing and is answered alike (RFC 7252 §4.5).
 *
 * Message IDs of the peer are taken for its EXCHANGE_LIFETIME (confirmable) or NON_LIFETIME. How many are remembered is
 * bounded: a peer that keeps to its 16 bits and the RFC's times stays below the bound, one that does not loses its oldest.
 */
import type { World } from './world.ts';

/** Undefined: still being worked on. */
type Answer = Uint8Array | undefined;

interface Remembered {
  readonly untilMs: number;
  answer: Answer;
}

export class SeenMessages {
  readonly #world: Pick<World, 'now'>;
  readonly #most: number;
  readonly #byId = new Map<number, Remembered>();

  constructor(world: Pick<World, 'now'>, most: number) {
    this.#world = world;
    this.#most = most;
  }

  /** The answer to the message of this ID, if it came already: `{answer: undefined}` while it is worked on or needs none. */
  find(messageId: number): { readonly answer: Answer } | undefined {
    const found = this.#byId.get(messageId);
    return found === undefined || found.untilMs <= this.#world.now() ? undefined : found;
  }

  /** A message that came for the first time; its ID is taken for `lifetimeMs`. */
  add(messageId: number, lifetimeMs: number): void {
    this.#forgetOld();
    // Behind the others, so that the map stays in the order of time.
    this.#byId.delete(messageId);
    this.#byId.set(messageId, { untilMs: this.#world.now() + lifetimeMs, answer: undefined });
  }

  /** What it was answered; without effect if it is forgotten by now. */
  answered(messageId: number, answer: Uint8Array): void {
    const found = this.#byId.get(messageId);
    if (found !== undefined) found.answer = answer;
  }

  /** As if it had not come: its copy is to be worked on again. */
  forget(messageId: number): void {
    this.#byId.delete(messageId);
  }

  get size(): number {
    return this.#byId.size;
  }

  #forgetOld(): void {
    const now = this.#world.now();
    for (const [id, { untilMs }] of this.#byId) {
      if (untilMs > now && this.#byId.size < this.#most) return;
      this.#byId.delete(id);
    }
  }
}
