/**
 * Time that passes only when told to, for whatever keeps things on disk as well: between two moments the event loop turns,
 * so that group commits and promises are through. Costs no more with ten thousand timers than with ten.
 */
import type { EventWorld } from '../cloud/connector/events/world.ts';
import { seededRandom } from '../cloud/protocol/random.ts';
import { Timeline } from '../simulator/fleet/timeline.ts';

interface Due {
  what: (() => void) | undefined;
}

export class VirtualClock implements EventWorld {
  readonly #random: ReturnType<typeof seededRandom>;
  readonly #timeline = new Timeline<Due>();
  readonly #startMs: number;
  #nowMs = 0;

  constructor(seed: number | string = 0, startMs = Date.UTC(2026, 0, 1)) {
    this.#random = seededRandom(seed);
    this.#startMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  wall(): number {
    return this.#startMs + this.#nowMs;
  }

  random(): number {
    return this.#random.next();
  }

  after(ms: number, what: () => void): { cancel(): void } {
    const due: Due = { what };
    this.#timeline.add(this.#nowMs + Math.max(0, ms), due);
    return {
      cancel: () => {
        due.what = undefined;
      },
    };
  }

  /** Has everything happen that is due in the next `ms`, in its order. */
  async pass(ms: number): Promise<void> {
    const until = this.#nowMs + ms;
    await turn();
    while (this.#timeline.nextAt <= until) {
      const { at, what: due } = this.#timeline.take()!;
      if (due.what === undefined) continue;
      this.#nowMs = at;
      due.what();
      await turn();
    }
    this.#nowMs = until;
  }
}

/** What was asked for in this turn of the event loop goes to the disk at its end, and is known in the next. */
async function turn(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}
