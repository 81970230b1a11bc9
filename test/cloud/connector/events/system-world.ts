/** The machine's own time and chance, for tests with processes of their own. */
import type { EventWorld } from '../../../../cloud/connector/events/world.ts';

export const systemWorld: EventWorld = {
  now: () => performance.now(),
  wall: () => Date.now(),
  random: () => Math.random(),
  after(ms, what) {
    const timer = setTimeout(what, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
