/** Boards in shuffled rounds: each once a round, and never again before half of the others had a turn. */
import type { Random } from '../../cloud/protocol/random.ts';

/** Board indices without end. Each step is one step of a Fisher-Yates shuffle, so that a round costs nothing at once. */
export function* rounds(boards: number, random: Random): Generator<number, never, undefined> {
  const order = Uint32Array.from({ length: boards }, (_, index) => index);
  for (let round = 0; ; round++) {
    // The end of the array still holds the round before: boards of its last half wait as long again.
    const apart = round === 0 ? 0 : Math.floor(boards / 2);
    for (let place = 0; place < boards; place++) {
      const end = Math.min(boards, boards - apart + place);
      const chosen = place + random.int(end - place);
      const board = order[chosen]!;
      order[chosen] = order[place]!;
      order[place] = board;
      yield board;
    }
  }
}
