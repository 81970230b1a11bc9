/**
 * How long the connector has lived, in milliseconds: the time by which events and channels grow old.
 *
 *   on disk: life 5000, wall 12:00:00 ─► killed, started at 12:00:07 ─► life 12000, then on with the steady clock
 *
 * The machine's clock is asked at the start only, for the time that nobody was running. Set forth by a year while it runs
 * (a board computer that found its time server), it makes no event a year old.
 */
import type { EventWorld } from './world.ts';

/** As it is kept on disk. */
export interface LifeMark {
  readonly lifeMs: number;
  readonly wallMs: number;
}

export class Life {
  readonly #world: Pick<EventWorld, 'now' | 'wall'>;
  readonly #startMs: number;
  readonly #startNow: number;

  /** Goes on from `before`; a clock that was set back meanwhile counts as no time at all. */
  constructor(world: Pick<EventWorld, 'now' | 'wall'>, before: LifeMark = { lifeMs: 0, wallMs: Number.NaN }) {
    this.#world = world;
    this.#startNow = world.now();
    const away = Math.floor(world.wall()) - before.wallMs;
    this.#startMs = before.lifeMs + (away > 0 ? away : 0);
  }

  /** Whole milliseconds, never fewer than before. */
  now(): number {
    return this.#startMs + Math.max(0, Math.floor(this.#world.now() - this.#startNow));
  }

  mark(): LifeMark {
    return { lifeMs: this.now(), wallMs: Math.floor(this.#world.wall()) };
  }
}
