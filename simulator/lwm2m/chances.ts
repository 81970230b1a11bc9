/**
 * Whether a board meets with a fault: each fault of each board has its own randomness, so that neither another's probability
 * nor which boards there are beside it moves it.
 */
import type { Random } from '../../cloud/protocol/random.ts';
import type { Faults } from '../faults.ts';

export type BoardFault = 'coalesce' | 'reboot' | 'disconnect' | 'silence' | 'wrap';

export class Chances {
  readonly #random: Random;
  readonly #drawn = new Map<string, Random>();
  #faults: Faults;

  constructor(random: Random, faults: Faults) {
    [this.#random, this.#faults] = [random, faults];
  }

  /** From now on. What was drawn before does not come again. */
  set(faults: Faults): void {
    this.#faults = faults;
  }

  meets(fault: BoardFault, board: number): boolean {
    const probability = this.#faults[fault] ?? 0;
    return probability > 0 && this.#of(fault, board).chance(probability);
  }

  /** From 0 to 1: how much of it. */
  much(fault: BoardFault, board: number): number {
    return this.#of(`${fault}-for`, board).next();
  }

  #of(what: string, board: number): Random {
    const name = `${what}/${board}`;
    const drawn = this.#drawn.get(name) ?? this.#random.fork(name);
    this.#drawn.set(name, drawn);
    return drawn;
  }
}
