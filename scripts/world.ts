/** The world of a connector that is real: a clock that never goes back, the time of day, timers, chance that nobody can guess. */
import { randomFillSync } from 'node:crypto';
import type { EventWorld } from '../cloud/connector/events/world.ts';

/** Numbers that are made at once. */
const POOL = 1_024;

/** `wall`: milliseconds since 1970. Its timers do not keep the process alive: whoever serves waits for the end himself. */
export function realWorld(wall: () => number): EventWorld {
  const pool = new BigUint64Array(POOL);
  let left = 0;
  return {
    now: () => performance.now(),
    wall,
    after(ms, what) {
      const timer = setTimeout(what, ms).unref();
      return { cancel: () => clearTimeout(timer) };
    },
    random() {
      if (left === 0) {
        randomFillSync(pool);
        left = POOL;
      }
      left -= 1;
      // 53 bits: what a number between 0 and 1 can hold.
      return Number(pool[left]! >> 11n) / 2 ** 53;
    },
  };
}
