/** One timer for all that a fleet waits for, so that ten thousand boards are cheap. */
import type { Timer, World } from '../../cloud/protocol/coap/world.ts';
import { Timeline } from '../fleet/timeline.ts';

/** What is due is done this much at a time, so that messages are read in between. */
const MOST_AT_ONCE = 1_000;

export class Clockwork {
  readonly #world: World;
  readonly #timeline = new Timeline<() => void>();
  #timer: { readonly at: number; readonly timer: Timer } | undefined;
  #due: number | undefined;
  #isStopped = false;

  constructor(world: World) {
    this.#world = world;
  }

  now(): number {
    return this.#world.now();
  }

  /** When what happens now was due: earlier than now, where there is more to do than time. */
  get moment(): number {
    return this.#due ?? this.now();
  }

  at(at: number, what: () => void): void {
    this.#timeline.add(at, what);
    if (this.#timer === undefined || at < this.#timer.at) this.#arm();
  }

  /** So long after now, in the present life of a board: what was asked for before its reset is void. */
  later(member: { readonly life: number }, ms: number, what: () => void, from = this.now()): void {
    const { life } = member;
    this.at(from + ms, () => {
      if (life === member.life) what();
    });
  }

  /** Nothing is done any more. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.timer.cancel();
  }

  #arm(): void {
    const at = this.#timeline.nextAt;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    if (at === Number.POSITIVE_INFINITY || this.#isStopped) return;
    const timer = this.#world.after(Math.max(0, at - this.now()), () => this.#run());
    this.#timer = { at, timer };
  }

  #run(): void {
    this.#timer = undefined;
    for (let many = 0; many < MOST_AT_ONCE && this.#timeline.nextAt <= this.now() && !this.#isStopped; many++) {
      const { at, what } = this.#timeline.take()!;
      this.#due = at;
      what();
    }
    this.#due = undefined;
    if (this.#timer === undefined) this.#arm();
  }
}
