/** Whatever fails and however often it is told again, the graph never shows more than the store has, and all of it if no answer was lost. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Fault } from '../../../../../cloud/platforms/azure/local/monitor/monitor.ts';
import { hourOf } from '../../../../../cloud/protocol/hour.ts';
import { UnderTest } from './stand-in.ts';

const START = Date.UTC(2026, 10, 25, 11, 40);
const MINUTE_MS = 60_000;
const ENDPOINTS = ['a', 'b', 'c'];

/** Those after which nobody knows what became of it, and those that surely did nothing. */
const UNKNOWN: readonly Fault[] = ['cut', 'lost', 'broken', 'broken after'];
const KNOWN: readonly Fault[] = [undefined, undefined, 'busy'];

const step = (faults: readonly Fault[]) =>
  fc.record({
    presses: fc.array(fc.record({ endpoint: fc.constantFrom(...ENDPOINTS), count: fc.integer({ min: 1, max: 9 }) }), {
      maxLength: 4,
    }),
    minutes: fc.integer({ min: 0, max: 6 }),
    fault: fc.constantFrom(...faults),
    memoryFails: fc.constantFrom('no', 'no', 'no', 'read', 'write'),
    restarts: fc.boolean(),
    toldTwice: fc.boolean(),
  });

type Step = ReturnType<typeof step> extends fc.Arbitrary<infer T> ? T : never;

async function run(steps: readonly Step[], unshown: (missing: number) => void): Promise<void> {
  const under = await UnderTest.start(START);
  const store = new Map<string, { endpoint: string; hour: string; count: number }>();
  let pending = new Set<string>();
  let { sink } = under;
  const tell = async (): Promise<void> => {
    const told = [...pending];
    const { refused, failed } = await sink.put(told.flatMap((key) => store.get(key) ?? []));
    expect(refused).toEqual([]);
    const failing = new Set(failed.map(({ endpoint, hour }) => `${hour} ${endpoint}`));
    pending = new Set([...pending].filter((key) => failing.has(key) || !told.includes(key)));
  };
  try {
    for (const { presses, minutes, fault, memoryFails, restarts, toldTwice } of steps) {
      // An hour is told in full before it is too old: so the sweep does, or the rest is refused.
      const isEarly = under.now + minutes * MINUTE_MS < Date.UTC(2026, 10, 25, 12, 15);
      if (isEarly) under.now += minutes * MINUTE_MS;
      const hour = hourOf(under.now);
      for (const { endpoint, count } of presses) {
        const key = `${hour} ${endpoint}`;
        store.set(key, { endpoint, hour, count: (store.get(key)?.count ?? 0) + count });
        pending.add(key);
      }
      under.fault = () => fault;
      under.told.fails = (call) => call === memoryFails;
      if (restarts) sink = under.open();
      if (toldTwice) for (const key of store.keys()) pending.add(key);
      await tell();
      await compare();
    }
    under.fault = () => undefined;
    under.told.fails = () => false;
    await tell();
    expect(pending.size).toBe(0);
    unshown(await compare());
  } finally {
    await under.close();
  }

  async function compare(): Promise<number> {
    const shown = await under.shown(ENDPOINTS);
    let missing = 0;
    for (const { endpoint, hour, count } of store.values()) {
      const seen = shown.find((one) => one.endpoint === endpoint && one.hour === hour)?.count ?? 0;
      expect(seen).toBeLessThanOrEqual(count);
      missing += count - seen;
    }
    expect(shown.length).toBeLessThanOrEqual(store.size);
    return missing;
  }
}

test('never more than was counted', async () => {
  const steps = fc.array(step([...KNOWN, ...UNKNOWN]), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(steps, (some) => run(some, () => {})),
    { numRuns: 60 },
  );
});

test('all of it, where no answer was lost and the memory answered when it was to take back', async () => {
  const steps = fc.array(step(KNOWN), { maxLength: 8 });
  const memoryHolds = (some: readonly Step[]) => some.filter(({ memoryFails }) => memoryFails !== 'write');
  await fc.assert(
    fc.asyncProperty(steps, (some) => run(memoryHolds(some), (missing) => expect(missing).toBe(0))),
    { numRuns: 60 },
  );
});
