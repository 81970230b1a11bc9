/** What the exchange layer needs of the world: time that never goes back, timers, chance. Handed in, so that a test or a simulation can own them. */

export interface World {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Runs `what` once, `ms` from now, unless it is cancelled before. */
  after(ms: number, what: () => void): Timer;
  /** 0 up to, not including, 1. */
  random(): number;
}

export interface Timer {
  cancel(): void;
}
