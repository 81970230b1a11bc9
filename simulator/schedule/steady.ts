/** Evenly spaced presses. */
import type { Random } from '../../cloud/protocol/random.ts';
import { rounds } from './rounds.ts';
import type { Press } from './schedule.ts';

/** `rate` presses a second, the first at 0. Times are multiplied, not added up, so that they do not drift. */
export function* steady(rate: number, boards: number, random: Random): Generator<Press, never, undefined> {
  const order = rounds(boards, random);
  for (let index = 0; ; index++) yield { at: (index * 1_000) / rate, board: order.next().value };
}
