import { describe, expect, test } from '@jest/globals';
import { seededRandom } from '../../../cloud/protocol/random.ts';

const draw = (seed: number | string, count = 4) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random.next());
};

/** sfc32 as its author gives it, in 64-bit integers cut to 32 bits: a second way to the same numbers. */
function* sfc32(a: bigint, b: bigint, c: bigint): Generator<number> {
  const cut = (value: bigint) => BigInt.asUintN(32, value);
  for (let counter = 1n; ; counter = cut(counter + 1n)) {
    const sum = cut(a + b + counter);
    [a, b, c] = [b ^ (b >> 9n), cut(c + (c << 3n)), cut(cut((c << 21n) | (c >> 11n)) + sum)];
    yield Number(sum) / 2 ** 32;
  }
}

/** FNV-1a, 32 bits, of an ASCII text, from one of three starting words. */
function fnv1a(text: string, lane: number): bigint {
  let hash = BigInt.asUintN(32, 0x811c9dc5n ^ (BigInt(lane) * 0x9e3779b9n));
  for (const character of text) hash = BigInt.asUintN(32, (hash ^ BigInt(character.charCodeAt(0))) * 0x01000193n);
  return hash;
}

describe('seededRandom', () => {
  test.each(['', '1', 'press', '-0.5', 'a longer seed than most'])('is sfc32 from FNV-1a words: seed %j', (seed) => {
    const reference = sfc32(fnv1a(seed, 0), fnv1a(seed, 1), fnv1a(seed, 2)).drop(15).take(50).toArray();
    expect(draw(seed, 50)).toEqual(reference);
  });

  test('a seed gives the same numbers again, as a number or as text; another gives others', () => {
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).toEqual(draw('7'));
    expect(draw(7)).not.toEqual(draw(8));
  });

  test('numbers are in [0, 1) and spread evenly', () => {
    const tenths = new Array<number>(10).fill(0);
    for (const number of draw('even', 100_000)) {
      expect(number >= 0 && number < 1).toBe(true);
      tenths[Math.floor(number * 10)]!++;
    }
    // Standard deviation is 95, so this is five of them.
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(475);
  });

  test('int gives every whole number below its limit, and no other', () => {
    const random = seededRandom('int');
    const seen = new Set(Array.from({ length: 1_000 }, () => random.int(7)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test('chance keeps its probability, and draws one number whatever that is', () => {
    const random = seededRandom('chance');
    let hits = 0;
    for (let draws = 0; draws < 100_000; draws++) if (random.chance(0.3)) hits++;
    expect(Math.abs(hits - 30_000)).toBeLessThan(725);
    const [never, always, plain] = [seededRandom(1), seededRandom(1), seededRandom(1)];
    expect([never.chance(0), always.chance(1)]).toEqual([false, true]);
    plain.next();
    const second = plain.next();
    expect([never.next(), always.next()]).toEqual([second, second]);
  });

  test('exponential waits 1 / rate on average, and e^-1 of the waits are longer', () => {
    const random = seededRandom('exponential');
    const waits = Array.from({ length: 100_000 }, () => random.exponential(4));
    expect(Math.min(...waits.slice(0, 10_000))).toBeGreaterThanOrEqual(0);
    expect(waits.reduce((sum, wait) => sum + wait, 0) / waits.length).toBeCloseTo(0.25, 2);
    expect(waits.filter((wait) => wait > 0.25).length / waits.length).toBeCloseTo(Math.exp(-1), 2);
  });

  test('a fork does not depend on what was drawn before, nor shift what is drawn after', () => {
    const [drawn, forked] = [seededRandom(3), seededRandom(3)];
    const before = forked.fork('faults').next();
    const first = drawn.next();
    expect(drawn.fork('faults').next()).toBe(before);
    expect(forked.next()).toBe(first);
  });

  test('forks of other labels, and the parent, give other numbers', () => {
    const parent = seededRandom(3);
    const starts = [parent.fork('a').next(), parent.fork('b').next(), parent.fork('a').fork('b').next(), parent.next()];
    expect(new Set(starts).size).toBe(4);
  });
});
