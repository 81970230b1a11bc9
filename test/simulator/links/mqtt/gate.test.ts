import { expect, test } from '@jest/globals';
import { Gate } from '../../../../simulator/links/mqtt/gate.ts';

/** A clock that goes to the next sleeper's time when everybody sleeps. */
function steppedClock() {
  let now = 0;
  const sleepers: { at: number; wake: () => void }[] = [];
  return {
    now: () => now,
    sleep: (ms: number) => new Promise<void>((wake) => sleepers.push({ at: now + ms, wake })),
    step(): boolean {
      const next = sleepers.sort((a, b) => a.at - b.at).shift();
      if (next === undefined) return false;
      now = next.at;
      next.wake();
      return true;
    },
  };
}

test('lets so many in at once, in their order, whatever becomes of them', async () => {
  const clock = steppedClock();
  const gate = new Gate({ atOnce: 3, perSecond: Number.POSITIVE_INFINITY, ...clock });
  let [inside, most] = [0, 0];
  const began: number[] = [];
  const work = Array.from({ length: 20 }, (_, index) =>
    gate.through(async () => {
      began.push(index);
      inside += 1;
      most = Math.max(most, inside);
      await new Promise(setImmediate);
      inside -= 1;
      if (index % 5 === 0) throw new Error('fails');
      return index;
    }),
  );
  const ended = await Promise.allSettled(work);
  expect(most).toBe(3);
  expect(began).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(4);
});

test('lets so many in a second', async () => {
  const clock = steppedClock();
  const gate = new Gate({ atOnce: 100, perSecond: 50, ...clock });
  const began: number[] = [];
  const all = Promise.all(Array.from({ length: 101 }, () => gate.through(async () => void began.push(clock.now()))));
  let going = true;
  void all.then(() => {
    going = false;
  });
  while (going) {
    await new Promise(setImmediate);
    clock.step();
  }
  expect(began.at(-1)).toBeCloseTo(2_000, 5);
  for (const [index, at] of began.entries()) expect(at).toBeCloseTo(index * 20, 5);
});
