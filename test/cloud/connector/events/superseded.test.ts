import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Superseded } from '../../../../cloud/connector/events/superseded.ts';
import { advance } from '../../../../cloud/ingest/advance.ts';
import { newState } from '../../../../cloud/ingest/state.ts';

/** What may go, in its order, of values in the order given. */
function takenOf(values: readonly (readonly [subject: string, value?: number])[], after = 0): number[] {
  const places = new Superseded();
  values.forEach(([subject, value], index) => {
    places.note(subject, index + 1, value);
  });
  return drain(places, after);
}

function drain(places: Superseded, after = 0): number[] {
  const taken: number[] = [];
  for (let one = places.take(after); one !== undefined; one = places.take(after)) taken.push(one);
  return taken;
}

describe('take', () => {
  test('gives those with a later one of the same subject', () => {
    expect(takenOf([['a'], ['b'], ['a'], ['c'], ['a'], ['b']])).toEqual([1, 3, 2]);
  });

  test('gives none that is held', () => {
    expect(takenOf([['a'], ['a'], ['a'], ['a']], 2)).toEqual([3]);
  });

  test('keeps one before a step that is too long for a receiver', () => {
    expect(
      takenOf([
        ['a', 0],
        ['a', 10_000],
        ['a', 16_383],
        ['a', 16_384],
        ['a', 16_385],
      ]),
    ).toEqual([1, 2, 4]);
  });

  test('keeps one before the counter begins again, and one that a late value comes after', () => {
    expect(
      takenOf([
        ['a', 65_530],
        ['a', 65_535],
        ['a', 3],
        ['a', 4],
      ]),
    ).toEqual([1, 3]);
    expect(
      takenOf([
        ['a', 10],
        ['a', 9],
        ['a', 11],
      ]),
    ).toEqual([2]);
  });
});

test('forgets what has left the queue', () => {
  const places = new Superseded();
  for (let sequence = 1; sequence <= 100_000; sequence++) {
    places.note(`board ${sequence % 7_000}`, sequence, undefined);
    places.tidy(50, () => sequence - 49);
    expect(places.size).toBeLessThan(1_130);
  }
  expect(new Set(drain(places)).size).toBeLessThan(50);
});

test('the first value and the last are enough for what is never tidied to go', () => {
  const places = new Superseded();
  for (let sequence = 1; sequence <= 5_000; sequence++) {
    places.note('a', sequence, sequence);
    places.tidy(5_000, () => 1);
  }
  expect(drain(places)).toHaveLength(4_999);
});

/** Presses that a receiver counts, which saw `seen` of the boot before. */
function counted(seen: number | undefined, values: readonly number[]): number {
  let state = newState('a');
  let sum = 0;
  const told = seen === undefined ? values : [seen, ...values];
  for (const value of told) {
    const [next, presses] = advance(state, { kind: 'value', boot: 1, value: value % 0x1_0000 });
    state = next;
    sum += presses;
  }
  return sum;
}

test('a receiver counts the same with and without, over restarts in the middle and whatever has gone before', () => {
  const steps = fc.array(fc.oneof(fc.nat(5), fc.integer({ min: 1_000, max: 16_000 })), { minLength: 1, maxLength: 60 });
  const ways = fc.record({
    steps,
    seen: fc.option(fc.nat(70_000), { nil: undefined }),
    cuts: fc.array(fc.nat(60), { maxLength: 4 }),
  });
  fc.assert(
    fc.property(ways, ({ steps, seen, cuts }) => {
      let at = seen ?? 0;
      const values = steps.map((step) => {
        at += step;
        return at;
      });
      let queued: { sequence: number; value: number; base: number | undefined }[] = [];
      let places = new Superseded();
      values.forEach((value, index) => {
        if (cuts.includes(index)) {
          // All that may go goes; then what is left is noted again, as after a restart.
          const gone = new Set(drain(places));
          queued = queued.filter(({ sequence }) => !gone.has(sequence));
          places = new Superseded();
          for (const one of queued) places.note('a', one.sequence, one.value % 0x1_0000, one.base);
        }
        const base = places.note('a', index, value % 0x1_0000);
        queued.push({ sequence: index, value, base });
      });
      const gone = new Set(drain(places, -1));
      const left = queued.filter(({ sequence }) => !gone.has(sequence)).map(({ value }) => value);
      expect(counted(seen, left)).toBe(counted(seen, values));
    }),
    { numRuns: 1_000 },
  );
});
