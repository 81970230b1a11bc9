/** A forwarder tells a sink all that changes, waits while the sink is down, and says so once. */
import { afterEach, expect, test } from '@jest/globals';
import { Forwarder, type ForwarderOptions } from '../../../cloud/ingest/forward.ts';
import type { Outbox, Pending } from '../../../cloud/ingest/outbox.ts';
import type { HourlyCount } from '../../../cloud/ingest/store.ts';
import { StoreError } from '../../../cloud/protocol/errors.ts';

const HOUR = '2026-03-01 12:00:00';

/** An outbox in memory. */
class Box implements Outbox {
  readonly open = new Map<string, number>();
  isDown = false;
  isClosed = false;

  change(endpoint: string, count: number): void {
    this.open.set(endpoint, count);
  }

  async pending(limit: number): Promise<Pending[]> {
    if (this.isDown) throw new StoreError('STORE_DOWN', 'the disk is full');
    return [...this.open]
      .slice(0, limit)
      .map(([endpoint, count]) => ({ count: { endpoint, hour: HOUR, count }, mark: count }));
  }

  async confirm(told: readonly Pending[]): Promise<void> {
    for (const { count, mark } of told) if (this.open.get(count.endpoint) === mark) this.open.delete(count.endpoint);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

class Shown {
  readonly totals = new Map<string, number>();
  isDown = false;
  isClosed = false;

  async put(counts: readonly HourlyCount[]) {
    if (this.isDown) return { refused: [], failed: counts };
    const refused = counts.filter(({ endpoint }) => endpoint.startsWith('bad'));
    for (const { endpoint, count } of counts) if (!endpoint.startsWith('bad')) this.totals.set(endpoint, count);
    return { refused: refused.map((count) => ({ count, reason: 'no such name' })), failed: [] };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

const running: Forwarder[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
});

/** Time stands still but for `pass`, which ends the sleep under way. */
function forward(more: Partial<ForwarderOptions> = {}) {
  const [box, sink, log, slept] = [new Box(), new Shown(), [] as string[], [] as number[]];
  let pass = (): void => undefined;
  let asleep = (): void => undefined;
  let sleeping = new Promise<void>((resolve) => {
    asleep = resolve;
  });
  const clock = { now: 1_000_000 };
  const forwarder = new Forwarder({
    now: () => clock.now,
    ...{ outbox: box, sink, name: 'it', ...more },
    log: {
      warn: (fields, text) => void log.push(`${text} ${JSON.stringify(fields)}`),
    },
    sleep: (ms, signal) =>
      new Promise<void>((resolve, reject) => {
        slept.push(ms);
        pass = resolve;
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        asleep();
      }),
  });
  running.push(forwarder);
  const untilAsleep = (): Promise<void> => sleeping;
  return {
    ...{ box, sink, log, slept, clock, forwarder, untilAsleep },
    /** Resolves at the next sleep. */
    async pass() {
      sleeping = new Promise<void>((resolve) => {
        asleep = resolve;
      });
      pass();
      await sleeping;
    },
  };
}

test('tells what changes, look after look', async () => {
  const { box, sink, forwarder, pass, untilAsleep } = forward();
  await untilAsleep();
  box.change('a', 3);
  await pass();
  expect(sink.totals).toEqual(new Map([['a', 3]]));
  box.change('a', 4);
  await forwarder.settled();
  expect(sink.totals).toEqual(new Map([['a', 4]]));
  expect(forwarder).toMatchObject({ told: 2, refused: 0, isUp: true });
});

test('down for a day: it waits longer and longer, up to a minute, and says so once; then all is told', async () => {
  const { box, sink, log, slept, forwarder, pass, untilAsleep } = forward();
  sink.isDown = true;
  await untilAsleep();
  box.change('a', 3);
  for (let times = 0; times < 1_440; times += 1) await pass();
  expect(slept.slice(0, 9)).toEqual([1_000, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  expect(log).toEqual([expect.stringContaining('counts wait for the sink')]);
  expect(forwarder.isUp).toBe(false);
  box.change('b', 1);
  sink.isDown = false;
  await pass();
  expect(sink.totals).toEqual(
    new Map([
      ['a', 3],
      ['b', 1],
    ]),
  );
  expect(log).toEqual([expect.anything(), expect.stringMatching(/^the sink is told again/)]);
  expect(slept.at(-1)).toBe(1_000);
});

test('how far behind it is: since the last moment of which all was told, also when something is always pending', async () => {
  const { box, sink, clock, forwarder, pass, untilAsleep } = forward({ batch: 10 });
  await untilAsleep();
  expect(forwarder.behindMs).toBe(0);
  sink.isDown = true;
  box.change('a', 3);
  for (let seconds = 0; seconds < 60; seconds += 1) {
    clock.now += 1_000;
    await pass();
  }
  expect(forwarder.behindMs).toBe(60_000);
  sink.isDown = false;
  // Each time it is told another has changed, for as long as anybody looks.
  let [put, changes] = [sink.put.bind(sink), 0];
  sink.put = (counts) => {
    clock.now += 50;
    if (changes < 100) box.change('b', ++changes);
    if (changes === 100) expect(forwarder.behindMs).toBe(100);
    return put(counts);
  };
  await pass();
  expect([changes, forwarder.behindMs]).toEqual([100, 0]);
});

test('an outbox that cannot be read is waited for, and said once', async () => {
  const { box, sink, log, pass, untilAsleep } = forward();
  box.isDown = true;
  await untilAsleep();
  await pass();
  await pass();
  expect(log).toEqual([expect.stringContaining('cannot be read')]);
  box.isDown = false;
  box.change('a', 1);
  await pass();
  expect(sink.totals.get('a')).toBe(1);
});

test('a count that is refused is said once a board, keeps nothing out, and is not told again', async () => {
  const { box, sink, log, forwarder, pass, untilAsleep } = forward({ batch: 2 });
  await untilAsleep();
  for (const count of [1, 2, 3]) {
    box.change('bad name', count);
    box.change('good', count);
    await pass();
  }
  expect(sink.totals).toEqual(new Map([['good', 3]]));
  expect(log).toEqual([expect.stringMatching(/refuses a count.*bad name.*no such name/)]);
  expect(forwarder.refused).toBe(3);
  expect(box.open.size).toBe(0);
});

test('what is refused is told of before it is forgotten, and stays when it cannot be kept', async () => {
  const kept: string[] = [];
  let isFull = true;
  const { box, log, pass, untilAsleep } = forward({
    onRefused: (refused) => {
      if (isFull && refused.length > 0) throw new StoreError('STORE_DOWN', 'the disk is full');
      kept.push(...refused.map(({ count, reason }) => `${count.endpoint}: ${reason}`));
    },
  });
  await untilAsleep();
  box.change('bad', 1);
  await pass();
  expect([kept, box.open.size]).toEqual([[], 1]);
  expect(log).toEqual([expect.stringContaining('cannot be')]);
  isFull = false;
  await pass();
  expect([kept, box.open.size]).toEqual([['bad: no such name'], 0]);
});

test('settled waits for what changed before it was asked, also while a look is under way', async () => {
  const { box, sink, forwarder } = forward();
  box.change('a', 1);
  const first = forwarder.settled();
  box.change('b', 1);
  const second = forwarder.settled();
  await Promise.all([first, second]);
  expect([...sink.totals.keys()].sort()).toEqual(['a', 'b']);
});

test('closing ends what waits, and closes outbox and sink', async () => {
  const { box, sink, forwarder, untilAsleep } = forward();
  sink.isDown = true;
  box.change('a', 1);
  await untilAsleep();
  const settled = forwarder.settled();
  await forwarder.close();
  await settled;
  expect([box.isClosed, sink.isClosed]).toEqual([true, true]);
  await forwarder.settled();
});
