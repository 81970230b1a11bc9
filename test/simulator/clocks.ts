/** Clocks to hand to a run: one that goes faster than the wall's, and one that only goes while somebody sleeps. */
import { setTimeout } from 'node:timers/promises';
import type { FleetDeps } from '../../simulator/options.ts';

type Clock = Pick<FleetDeps, 'now' | 'sleep'>;

/** Real time, `speed` times as fast. */
export function fastClock(speed: number, from: number = Date.now()): Clock {
  const zero = performance.now();
  return {
    now: () => from + (performance.now() - zero) * speed,
    sleep: async (ms, signal) => {
      await setTimeout(ms / speed, undefined, { signal });
    },
  };
}

/** Time passes by sleeping, which takes none of ours, and by `pass`. */
export function sleepClock(from: number): Clock & { readonly pass: (ms: number) => void } {
  let now = from;
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
    pass: (ms) => {
      now += ms;
    },
  };
}
