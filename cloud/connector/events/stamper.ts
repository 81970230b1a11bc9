/**
 * An id and a time for every event, both in the order in which they were given out.
 *
 *   | unix_ts_ms: 48 | ver 7: 4 | counter: 12 | var 2: 2 | counter: 30 | random: 32 |
 *
 * UUIDv7 (RFC 9562, section 5.7) with a 42-bit counter in front of the random bits (section 6.2, method 1): within a
 * millisecond it goes up by one from a random start, whose top bit is 0 so that it does not roll over. The time is that of
 * the id. While the machine's clock is behind the last time given out, that time is given out again.
 */
import type { EventWorld } from './world.ts';

export interface Stamped {
  /** Lower-case UUIDv7; as text it sorts like the events. */
  readonly uid: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

const COUNTER_MOST = 2 ** 42 - 1;
const COUNTER_START_BELOW = 2 ** 41;
const LOW = 2 ** 30;
const LATEST_MS = 2 ** 48 - 1;

export class Stamper {
  readonly #world: Pick<EventWorld, 'wall' | 'random'>;
  #ms: number;
  #counter = COUNTER_MOST;

  /** All that it gives out is later than `lastMs`, whatever the clock says: what was given out before a restart. */
  constructor(world: Pick<EventWorld, 'wall' | 'random'>, lastMs = 0) {
    this.#world = world;
    this.#ms = lastMs;
  }

  /** The last time given out; to be kept on disk with what was stamped. */
  get lastMs(): number {
    return this.#ms;
  }

  next(): Stamped {
    const wall = Math.floor(this.#world.wall());
    if (wall > this.#ms) this.#begin(wall);
    else if (this.#counter === COUNTER_MOST) this.#begin(this.#ms + 1);
    else this.#counter += 1;
    return { uid: this.#uid(), timestamp: this.#ms };
  }

  #begin(ms: number): void {
    this.#ms = Math.min(ms, LATEST_MS);
    this.#counter = this.#random(COUNTER_START_BELOW);
  }

  #uid(): string {
    const time = hex(this.#ms, 12);
    const high = hex(Math.floor(this.#counter / LOW), 3);
    const low = hex(0x8000_0000 + (this.#counter % LOW), 8);
    const rest = hex(this.#random(2 ** 32), 8);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${high}-${low.slice(0, 4)}-${low.slice(4)}${rest}`;
  }

  #random(below: number): number {
    return Math.floor(this.#world.random() * below);
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
