import { describe, expect, test } from '@jest/globals';
import { Pace } from '../../simulator/pace.ts';

function paceOf() {
  const [steps, sleeps]: [number[], number[]] = [[], []];
  const clock = { now: 5_000 };
  const pace = new Pace({
    now: () => clock.now,
    sleep: async (ms) => {
      sleeps.push(ms);
      clock.now += ms;
    },
    advance: (to) => steps.push(to),
  });
  const { signal } = new AbortController();
  const reach = async (target: number, notBefore = 0): Promise<void> => {
    while (!(await pace.approach(target, notBefore, signal)));
  };
  return { pace, clock, steps, sleeps, reach };
}

describe('virtual time', () => {
  test('waits for real time, and never runs ahead', async () => {
    const { pace, steps, sleeps, reach } = paceOf();
    await reach(600);
    expect(pace.at).toBe(600);
    expect(sleeps).toEqual([250, 250, 100]);
    expect(steps).toEqual([250, 500, 600]);
  });

  test('catches up in steps, not waiting, and stops at its target', async () => {
    const { pace, clock, steps, sleeps, reach } = paceOf();
    clock.now += 10_000;
    await reach(3_500);
    expect(steps).toEqual([1_000, 2_000, 3_000, 3_500]);
    expect(sleeps).toEqual([0, 0, 0]);
    expect(pace).toMatchObject({ at: 3_500, elapsed: 10_000 });
  });

  test('when it lags, a wait still takes its real time', async () => {
    const { clock, sleeps, reach, pace } = paceOf();
    clock.now += 10_000;
    await reach(1_000, 11_000);
    expect(sleeps.reduce((sum, ms) => sum + ms)).toBe(1_000);
    expect(pace).toMatchObject({ at: 1_000, elapsed: 11_000 });
  });

  test('a sleep that fails for another reason than being cut short is an error', async () => {
    const broken = new Error('no timers left');
    const pace = new Pace({ now: () => 0, sleep: () => Promise.reject(broken), advance: () => undefined });
    await expect(pace.approach(10, 0, new AbortController().signal)).rejects.toBe(broken);
    await expect(pace.approach(10, 0, AbortSignal.abort())).resolves.toBe(false);
  });
});
