/** Bursts: many presses within one second, then none until the next period. */
import type { Random } from '../../cloud/protocol/random.ts';
import { rounds } from './rounds.ts';
import type { Press } from './schedule.ts';

const BURST_MS = 1_000;

/** `count` presses in the first second of each `periodMs`, each at a random moment of its own share of that second. */
export function* burst(
  count: number,
  periodMs: number,
  boards: number,
  random: Random,
): Generator<Press, never, undefined> {
  const order = rounds(boards, random);
  for (let period = 0; ; period++) {
    for (let index = 0; index < count; index++) {
      const within = ((index + random.next()) * BURST_MS) / count;
      yield { at: period * periodMs + within, board: order.next().value };
    }
  }
}
