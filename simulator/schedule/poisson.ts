/** Presses at random: a Poisson process over the whole fleet, each press on any board. */
import type { Random } from '../../cloud/protocol/random.ts';
import type { Press } from './schedule.ts';

/** `rate` presses a second on average. */
export function* poisson(rate: number, boards: number, random: Random): Generator<Press, never, undefined> {
  for (let at = random.exponential(rate / 1_000); ; at += random.exponential(rate / 1_000)) {
    yield { at, board: random.int(boards) };
  }
}
