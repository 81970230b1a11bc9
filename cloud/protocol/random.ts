/**
 * Seeded randomness: the same seed gives the same numbers on every machine.
 *
 * The generator is sfc32 (C. Doty-Humphrey's Small Fast Counting, 128 bits of state, passes PractRand). Not for secrets.
 */

export interface Random {
  /** Uniform in [0, 1), 32 bits fine. */
  next(): number;
  /** A whole number from 0 to `below` - 1. */
  int(below: number): number;
  /** True with this probability; draws one number whatever the probability. */
  chance(probability: number): boolean;
  /** Waiting time of a Poisson process of `rate` events a unit; in units. */
  exponential(rate: number): number;
  /** A generator of its own for one purpose, so that drawing more for one does not shift the others. */
  fork(label: string): Random;
}

/** A generator from a seed: any finite number, or text. */
export function seededRandom(seed: number | string): Random {
  return generator(String(seed));
}

function generator(seed: string): Random {
  let [a, b, c, counter] = [fnv1a(seed, 0), fnv1a(seed, 1), fnv1a(seed, 2), 1];
  const word = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 15; round++) word();
  const next = (): number => word() / 0x1_0000_0000;
  return {
    next,
    int: (below) => Math.floor(next() * below),
    chance: (probability) => next() < probability,
    exponential: (rate) => -Math.log(1 - next()) / rate,
    fork: (label) => generator(`${seed}/${label}`),
  };
}

/** FNV-1a over UTF-16 units, 32 bits; `lane` makes independent starting words of one text. */
function fnv1a(text: string, lane: number): number {
  let hash = (0x811c9dc5 ^ (lane * 0x9e3779b9)) | 0;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash;
}
