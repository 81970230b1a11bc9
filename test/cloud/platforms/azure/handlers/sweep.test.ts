/** The sweep: what an outbox holds goes to the sink, in its time, and what fails stays. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Deadline } from '../../../../../cloud/ingest/deadline.ts';
import type { Outbox, Pending } from '../../../../../cloud/ingest/outbox.ts';
import type { Sink } from '../../../../../cloud/ingest/sink.ts';
import type { Swept } from '../../../../../cloud/ingest/sweep.ts';
import { SCHEDULE, type SweepDeps, sweepHandler } from '../../../../../cloud/platforms/azure/handlers/sweep.ts';
import { runTimer } from '../../../../../cloud/platforms/azure/local/functions/host.ts';
import { StoreError } from '../../../../../cloud/protocol/errors.ts';
import { HOUR_MS } from '../../../../../cloud/protocol/hour.ts';
import { UnderTest } from '../monitor/stand-in.ts';

const NOW = Date.UTC(2026, 10, 25, 12, 30);
const HOUR = '2026-11-25 12:00:00';

let under: UnderTest;
let outbox: MemoryOutbox;
let swept: Swept[];
let log: string[];
const deadline = new Deadline();
beforeEach(async () => {
  [under, outbox, swept, log] = [await UnderTest.start(NOW), new MemoryOutbox(), [], []];
});
afterEach(() => under.close());

class MemoryOutbox implements Outbox {
  readonly marks = new Map<string, Pending>();

  change(endpoint: string, count: number, hour = HOUR): void {
    this.marks.set(`${hour} ${endpoint}`, { count: { endpoint, hour, count }, mark: {} });
  }

  async pending(limit: number): Promise<readonly Pending[]> {
    return [...this.marks.values()].slice(0, limit);
  }

  async confirm(told: readonly Pending[]): Promise<void> {
    for (const [key, one] of this.marks) if (told.includes(one)) this.marks.delete(key);
  }

  async close(): Promise<void> {}
}

function handler(deps: Partial<SweepDeps> = {}) {
  const sink = under.open({ deadline: deadline.at });
  const onSwept = (one: Swept): number => swept.push(one);
  return sweepHandler({ ...{ outbox, sink, deadline, onSwept, now: () => under.now }, ...deps });
}

const run = (timer: ReturnType<typeof handler>) => {
  return runTimer('sweep', timer, (level, ...args) =>
    log.push(`${level} ${args.map((arg) => JSON.stringify(arg)).join(' ')}`),
  );
};

test('what changed is told and confirmed; nothing is no work', async () => {
  const timer = handler();
  for (let board = 0; board < 2_500; board += 1) outbox.change(`board-${board}`, 2);
  await run(timer);
  expect(swept).toEqual([{ told: 2_500, refused: [], failed: 0, isEmpty: true }]);
  expect(outbox.marks.size).toBe(0);
  const shown = await under.shown(['board-0', 'board-2499']);
  expect(shown.map(({ count }) => count)).toEqual([2, 2]);
  await run(timer);
  expect(swept[1]).toEqual({ told: 0, refused: [], failed: 0, isEmpty: true });
  expect(log).toEqual(['information "told" {"hours":2500}']);
});

test('what is refused is said once a board, and confirmed: it would be refused again', async () => {
  const timer = handler();
  for (const again of [1, 2]) {
    outbox.change('late', again, '2026-11-25 10:00:00');
    outbox.change('timely', again);
    await run(timer);
  }
  expect(swept.map(({ told, refused }) => [told, refused.length])).toEqual([
    [1, 1],
    [1, 1],
  ]);
  expect(outbox.marks.size).toBe(0);
  expect(log.filter((line) => line.startsWith('warning "refused"'))).toHaveLength(1);
  expect(log.join()).toContain('nothing older than 20 minutes');
});

test('while Azure Monitor is busy counts wait, and the log says why', async () => {
  const timer = handler();
  under.fault = () => 'busy';
  outbox.change('a', 2);
  await run(timer);
  expect(swept[0]).toMatchObject({ told: 0, failed: 1, isEmpty: false });
  expect(outbox.marks.size).toBe(1);
  expect(log.join()).toMatch(/^error "counts wait for Azure Monitor".*503/);
  under.fault = () => undefined;
  await run(timer);
  expect(swept[1]).toMatchObject({ told: 1, isEmpty: true });
  expect(await under.shown(['a'])).toEqual([{ endpoint: 'a', hour: HOUR, count: 2 }]);
});

test('a store that is down fails the invocation', async () => {
  const down = { ...outbox, pending: () => Promise.reject(new StoreError('STORE_DOWN', 'the table is gone')) };
  await expect(run(handler({ outbox: { ...down, confirm: async () => {} } }))).rejects.toThrow('the table is gone');
});

test('no batch begins after 30 s, and no request after 45 s', async () => {
  const batches: number[] = [];
  const sink: Pick<Sink, 'put'> = {
    async put(totals) {
      batches.push(totals.length);
      expect(deadline.at()).toBe(NOW + 45_000);
      under.now += 10_000;
      return { refused: [], failed: [] };
    },
  };
  for (let board = 0; board < 9_000; board += 1) outbox.change(`board-${board}`, 1);
  await run(handler({ sink }));
  expect(batches).toEqual([2_000, 2_000, 2_000]);
  expect(swept[0]).toMatchObject({ told: 6_000, isEmpty: false });
  expect(HOUR_MS / 60_000).toBe(60);
  expect(SCHEDULE).toBe('0 * * * * *');
});
