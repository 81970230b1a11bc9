/**
 * What every sink must do, whatever it is told over. A sink's own test file is one call:
 *
 *   sinkConformance('cloudwatch', start);
 *
 * A sink is told absolute totals by somebody who keeps what failed and tells it again: so nothing may be lost, doubled or
 * taken back by telling it twice, late, or in another order.
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sink } from '../../cloud/ingest/sink.ts';
import type { HourlyCount } from '../../cloud/ingest/store.ts';
import { HOUR_MS, hourOf } from '../../cloud/protocol/hour.ts';

export interface SinkUnderTest {
  readonly sink: Sink;
  /** A total that this sink never takes. */
  readonly refused: HourlyCount;
  /** What people see in it: one total an endpoint and hour, in any order. */
  read(): Promise<readonly HourlyCount[]>;
  /** Makes the sink fail every request until `up`; resolves when that has begun. */
  down(): Promise<void>;
  /** Makes the sink answer after so many milliseconds. */
  slow(ms: number): Promise<void>;
  up(): Promise<void>;
  dispose(): Promise<void>;
}

/** What a sink cannot promise, by what its maker allows: `mts platforms` says so too. Its tests then ask for what it does instead. */
export interface SinkLimits {
  /** It refuses, with a reason, what was told of an hour that is over. */
  readonly pastHours?: 'refused';
  /** Where it shows what was told of an hour after a later one of the same board was told; else in its own hour. */
  readonly lateHours?: 'in the hour in which it is told';
  /** What was sent, and got no answer in time, is not sent again: shown once or never, as it adds up. */
  readonly unknownFate?: 'once or never';
  /** Names of endpoints that it refuses, with a reason. */
  readonly names?: readonly string[];
}

/** The longest that a sink may be waited for. */
const PATIENCE_MS = 20_000;

/** Hours of the present day: a sink may refuse what is old. */
const [BEFORE, HOUR] = [hourOf(Date.now() - HOUR_MS), hourOf(Date.now())];

export function sinkConformance(name: string, start: () => Promise<SinkUnderTest>, limits: SinkLimits = {}): void {
  describe(`sink conformance: ${name}`, () => {
    let under: SinkUnderTest;
    const seen = async (): Promise<HourlyCount[]> => (await under.read()).toSorted(byHourThenEndpoint);
    const all = { refused: [], failed: [] };
    /** Told as who feeds a sink tells it: what failed, as a machine is slow, again. */
    const tell = async (totals: readonly HourlyCount[]): Promise<void> => {
      for (let left = totals; left.length > 0; ) {
        const { refused, failed } = await under.sink.put(left);
        expect(refused).toEqual([]);
        left = failed;
      }
    };

    beforeEach(async () => {
      under = await start();
    });
    afterEach(async () => {
      await under.sink.close();
      await under.dispose();
    });

    test('shows what it is told', async () => {
      const [over, ...totals] = [total('a', 3, BEFORE), total('a', 5), total('b', 70_000)];
      const isRefused = limits.pastHours === 'refused';
      expect(await under.sink.put([over, ...totals])).toEqual(isRefused ? { ...all, refused: [refusal(over)] } : all);
      expect(await seen()).toEqual(isRefused ? totals : [over, ...totals]);
    });

    test('told nothing, it does nothing', async () => {
      expect(await under.sink.put([])).toEqual(all);
      expect(await seen()).toEqual([]);
    });

    test('told twice, at once or one after the other, nothing doubles', async () => {
      const totals = [total('a', 3), total('b', 4)];
      await Promise.all([under.sink.put(totals), under.sink.put(totals)]);
      expect(await under.sink.put(totals)).toEqual(all);
      expect(await seen()).toEqual(totals);
    });

    test('a total that grew takes the place of the one before', async () => {
      for (const count of [1, 5, 6]) await under.sink.put([total('a', count)]);
      expect(await seen()).toEqual([total('a', 6)]);
    });

    test('told out of order, an older total takes nothing back', async () => {
      await under.sink.put([total('a', 9)]);
      await under.sink.put([total('a', 4), total('b', 1)]);
      expect(await seen()).toEqual([total('a', 9), total('b', 1)]);
    });

    test('told of an older hour after a newer one, it shows all, each once', async () => {
      const late = [total('a', 5, BEFORE), total('b', 2, BEFORE)];
      await tell([total('a', 3)]);
      if (limits.pastHours === 'refused') {
        expect(await under.sink.put(late)).toEqual({ refused: late.map(refusal), failed: [] });
        expect(await seen()).toEqual([total('a', 3)]);
        return;
      }
      for (const again of [late, [total('a', 4)], late]) await tell(again);
      // The other board was told of no later hour.
      const [, ofOther] = late;
      if (limits.lateHours === undefined) expect(await seen()).toEqual([...late, total('a', 4)]);
      else expect(await seen()).toEqual([ofOther, total('a', 9)]);
    });

    test('one that it refuses keeps none of many out, and is said with a reason', async () => {
      const good = Array.from({ length: 50 }, (_, index) =>
        total(`board-${String(index).padStart(2, '0')}`, index + 1),
      );
      const { refused, failed } = await under.sink.put([...good.slice(0, 20), under.refused, ...good.slice(20)]);
      expect(failed).toEqual([]);
      expect(refused).toEqual([refusal(under.refused)]);
      expect(await seen()).toEqual(good);
    });

    test('down: it says that all failed, and takes them when it is up again', async () => {
      const totals = [total('a', 3), total('b', 4)];
      await under.down();
      const before = performance.now();
      const { refused, failed } = await under.sink.put(totals);
      expect(performance.now() - before).toBeLessThan(PATIENCE_MS);
      expect(refused).toEqual([]);
      expect(failed.toSorted(byHourThenEndpoint)).toEqual(totals);
      await under.up();
      expect(await under.sink.put(failed)).toEqual(all);
      expect(await seen()).toEqual(totals);
    });

    test('down for a part of many: what failed is told again, and all is there', async () => {
      const totals = Array.from({ length: 3_000 }, (_, index) => total(`board-${index}`, 1)).sort(byHourThenEndpoint);
      const first = under.sink.put(totals);
      await under.down();
      const { failed } = await first;
      await under.up();
      await tell(failed);
      expect(await seen()).toEqual(totals);
    });

    test('slow: it is waited for', async () => {
      await under.slow(200);
      expect(await under.sink.put([total('a', 3)])).toEqual(all);
      expect(await seen()).toEqual([total('a', 3)]);
    });

    test('so slow that nobody knows what became of it: failed in good time, and told again all is right', async () => {
      await under.slow(2 * PATIENCE_MS);
      const before = performance.now();
      expect(await under.sink.put([total('a', 3)])).toEqual({ refused: [], failed: [total('a', 3)] });
      expect(performance.now() - before).toBeLessThan(PATIENCE_MS);
      await under.up();
      expect(await under.sink.put([total('a', 3)])).toEqual(all);
      if (limits.unknownFate === 'once or never') expect([[], [total('a', 3)]]).toContainEqual(await seen());
      else expect(await seen()).toEqual([total('a', 3)]);
      // Whatever became of it, what comes later is there.
      await under.sink.put([total('b', 2)]);
      expect(await seen()).toContainEqual(total('b', 2));
    });

    test('10,000 totals in one call', async () => {
      const totals = Array.from({ length: 10_000 }, (_, index) => total(`board-${index}`, index + 1));
      await tell(totals);
      expect(await seen()).toEqual(totals.sort(byHourThenEndpoint));
    });

    test('endpoint names are data: quotes, wildcards, blanks and signs', async () => {
      const names = [
        `'; DROP TABLE hourly; --`,
        '%',
        '"a"',
        'a b',
        'a/b',
        '..',
        '<b>',
        'a=b,c',
        '{a}',
        '$x',
        '\\',
        'a.b',
        'é日😀',
        ' a ',
        '%2e',
        'a;b=c',
      ];
      const totals = names.map((endpoint) => total(endpoint, 1)).sort(byHourThenEndpoint);
      const [refused, taken] = [true, false].map((is) =>
        totals.filter(({ endpoint }) => (limits.names?.includes(endpoint) ?? false) === is),
      ) as [HourlyCount[], HourlyCount[]];
      const result = await under.sink.put(totals);
      expect(result.refused.toSorted((a, b) => byHourThenEndpoint(a.count, b.count))).toEqual(refused.map(refusal));
      expect(result.failed).toEqual([]);
      expect(await seen()).toEqual(taken);
    });
  });
}

function refusal(count: HourlyCount): unknown {
  return { count, reason: expect.stringMatching(/\w+ \w+/) };
}

function total(endpoint: string, count: number, hour = HOUR): HourlyCount {
  return { endpoint, hour, count };
}

function byHourThenEndpoint(a: HourlyCount, b: HourlyCount): number {
  if (a.hour !== b.hour) return a.hour < b.hour ? -1 : 1;
  return a.endpoint < b.endpoint ? -1 : 1;
}
