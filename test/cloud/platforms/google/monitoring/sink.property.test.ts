/**
 * Whatever is lost on the way, and whoever ends in the middle: no press is lost or doubled in the graph.
 *
 * A store's totals grow; some of what is pending is told, as an outbox gives it; requests and answers get lost, the memory
 * fails, the process ends and begins anew. Cloud Monitoring is the stand-in, without sockets.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { HourlyCount } from '../../../../../cloud/ingest/store.ts';
import { openPoints, type Points } from '../../../../../cloud/platforms/google/local/monitoring/points.ts';
import { monitoringService } from '../../../../../cloud/platforms/google/local/monitoring/service.ts';

import { outcomesOf } from '../../../../../cloud/platforms/google/monitoring/create-answer.ts';
import { readPage } from '../../../../../cloud/platforms/google/monitoring/list-answer.ts';
import { metricFilter } from '../../../../../cloud/platforms/google/monitoring/metric.ts';
import { timeSeries } from '../../../../../cloud/platforms/google/monitoring/point.ts';
import { type MonitoringSinkOptions, monitoringSink } from '../../../../../cloud/platforms/google/monitoring/sink.ts';
import { HOUR_MS, hourOf } from '../../../../../cloud/protocol/hour.ts';
import { Clock, PRESENT } from './clock.ts';
import { MemoryTold, type WriteFault } from './told-memory.ts';
import { all, METRIC_TYPE, PROJECT } from './under-test.ts';

type Fault = 'lost before' | 'lost after' | 'unavailable' | 'internal';

/** What the client does, with a fault for each request. */
function faultyClient(points: Points, clock: Clock, next: () => Fault | undefined): MonitoringSinkOptions['client'] {
  const service = monitoringService({ points, now: clock.now });
  const ask = async (method: string, query: string, body = ''): Promise<{ status: number; body: string }> => {
    const url = new URL(`http://monitoring.test/v3/projects/${PROJECT}/timeSeries${query}`);
    const answer = await service({ method, url, headers: {}, body: Buffer.from(body) });
    return { status: answer.status, body: String(answer.body) };
  };
  return {
    async create(some) {
      const fault = next();
      const doubt = some.map(() => 'doubt' as const);
      if (fault === 'lost before') return { outcomes: doubt };
      if (fault === 'unavailable')
        return { outcomes: outcomesOf(503, '{"error":{"message":"unavailable"}}', some.length) };
      const body = JSON.stringify({
        timeSeries: some.map((point) => timeSeries(point, { project: PROJECT, metricType: METRIC_TYPE })),
      });
      const answer = await ask('POST', '', body);
      if (fault === 'lost after') return { outcomes: doubt };
      if (fault === 'internal')
        return { outcomes: outcomesOf(500, '{"error":{"message":"Internal error encountered."}}', some.length) };
      return { outcomes: outcomesOf(answer.status, answer.body, some.length) };
    },
    list: async (filter, query) => {
      const whole = [metricFilter(METRIC_TYPE), filter].filter((part) => part !== '').join(' AND ');
      const { body } = await ask('GET', `?${new URLSearchParams({ filter: whole, ...query })}`);
      return readPage(body, METRIC_TYPE);
    },
  };
}

const fault: fc.Arbitrary<Fault | undefined> = fc.constantFrom(
  ...([undefined, undefined, 'lost before', 'lost after', 'unavailable', 'internal'] as const),
);
const writeFault: fc.Arbitrary<WriteFault | undefined> = fc.constantFrom(
  ...([undefined, undefined, undefined, undefined, 'refused', 'answer lost'] as const),
);
const ENDPOINTS = ['a', 'b', 'c'] as const;

const step = fc.oneof(
  // Hours back from the present one: up to more than what Google takes.
  {
    weight: 4,
    arbitrary: fc.record({
      press: fc.constantFrom(...ENDPOINTS),
      back: fc.constantFrom(0, 0, 0, 1, 1, 2, 30),
      times: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ tell: fc.integer({ min: 1, max: 6 }), from: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ pass: fc.constantFrom(1_000, 61_000, 600_000, HOUR_MS, 3 * HOUR_MS) }) },
  { weight: 1, arbitrary: fc.constant({ restart: true } as const) },
);

interface World {
  readonly clock: Clock;
  readonly points: Points;
  readonly totals: Map<string, HourlyCount>;
  readonly pending: Map<string, HourlyCount>;
}

function press({ clock, totals, pending }: World, endpoint: string, back: number, times: number): void {
  const hour = hourOf(clock.now() - back * HOUR_MS);
  const key = `${hour} ${endpoint}`;
  const count = { endpoint, hour, count: (totals.get(key)?.count ?? 0) + times };
  totals.set(key, count);
  // A mark that changed waits behind the others.
  pending.delete(key);
  pending.set(key, count);
}

/** Every point of a series in order of time. */
function valuesOf({ points }: World, endpoint: string): number[] {
  const found = [...points.series(PROJECT)].find(({ key }) => key.metric.labels.endpoint === endpoint);
  if (found === undefined) return [];
  return points
    .points(found.id, 0, Number.MAX_SAFE_INTEGER)
    .map(({ value }) => value)
    .reverse();
}

const sumOf = (counts: Iterable<HourlyCount>): number => [...counts].reduce((sum, { count }) => sum + count, 0);

test('answers lost, memory failing, process ending: sums never fall, and in the end all is told once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 3, maxLength: 40 }),
      fc.infiniteStream(fault),
      fc.infiniteStream(writeFault),
      async (steps, faults, writeFaults) => {
        const clock = new Clock(PRESENT + 10 * 60_000);
        const world: World = { clock, points: openPoints(), totals: new Map(), pending: new Map() };
        let isQuiet = false;
        const told = new MemoryTold();
        told.fault = () => (isQuiet ? undefined : writeFaults.next().value);
        const client = faultyClient(world.points, clock, () => (isQuiet ? undefined : faults.next().value));
        const open = () => monitoringSink({ client, told, now: clock.now, sleep: clock.sleep });
        let sink = open();
        const tell = async (from: number, limit: number): Promise<void> => {
          const some = [...world.pending.values()].slice(from, from + limit);
          const { refused, failed } = await sink.put(some);
          expect(refused).toEqual([]);
          for (const count of some) {
            const key = `${count.hour} ${count.endpoint}`;
            if (!failed.includes(count) && world.pending.get(key) === count) world.pending.delete(key);
          }
        };
        for (const one of steps) {
          if ('press' in one) press(world, one.press, one.back, one.times);
          else if ('pass' in one) clock.pass(one.pass);
          else if ('restart' in one) sink = open();
          else await tell(one.from, one.tell);
        }
        isQuiet = true;
        await tell(0, 1_000);
        expect(world.pending.size).toBe(0);
        for (const endpoint of ENDPOINTS) {
          const values = valuesOf(world, endpoint);
          expect(values).toEqual(values.toSorted((a, b) => a - b));
          const counts = [...world.totals.values()].filter((count) => count.endpoint === endpoint);
          expect(values.at(-1) ?? 0).toBe(sumOf(counts));
        }
        const query = {
          endpoints: [...ENDPOINTS],
          from: new Date(PRESENT - 40 * HOUR_MS),
          to: new Date(clock.now() + HOUR_MS),
        };
        expect(sumOf(await all(sink.readBack(query)))).toBe(sumOf(world.totals.values()));
        world.points.close();
      },
    ),
    { numRuns: 1_500 },
  );
});

test('told every minute, or an hour late after requests that got lost, presses are in their own hours', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ endpoint: fc.constantFrom(...ENDPOINTS), at: fc.integer({ min: 0, max: 6 * HOUR_MS }) }), {
        maxLength: 60,
      }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 90 })), { maxLength: 3 }),
      async (presses, outages) => {
        const clock = new Clock(PRESENT);
        const world: World = { clock, points: openPoints(), totals: new Map(), pending: new Map() };
        const isDown = (): boolean =>
          outages.some(([hour, minutes]) => {
            const start = PRESENT + hour * HOUR_MS;
            return clock.now() >= start && clock.now() < start + minutes * 60_000;
          });
        const client = faultyClient(world.points, clock, () => (isDown() ? 'lost before' : undefined));
        const sink = monitoringSink({ client, told: new MemoryTold(), now: clock.now, sleep: clock.sleep });
        const inOrder = presses.toSorted((a, b) => a.at - b.at);
        for (let minute = 0; minute <= 8 * 60; minute += 1) {
          const end = PRESENT + minute * 60_000;
          while (inOrder[0] !== undefined && PRESENT + inOrder[0].at < end) {
            const { endpoint, at } = inOrder.shift()!;
            clock.pass(PRESENT + at - clock.now());
            press(world, endpoint, 0, 1);
          }
          clock.pass(end - clock.now());
          const { failed } = await sink.put([...world.pending.values()]);
          const left = new Map(failed.map((count) => [`${count.hour} ${count.endpoint}`, count]));
          world.pending.clear();
          for (const [key, count] of left) world.pending.set(key, count);
        }
        const query = {
          endpoints: [...ENDPOINTS],
          from: new Date(PRESENT - HOUR_MS),
          to: new Date(PRESENT + 9 * HOUR_MS),
        };
        const seen = await all(sink.readBack(query));
        const inOrderOf = (counts: Iterable<HourlyCount>) =>
          [...counts].map(({ endpoint, hour, count }) => `${hour} ${endpoint} ${count}`).sort();
        expect(inOrderOf(seen)).toEqual(inOrderOf(world.totals.values()));
        world.points.close();
      },
    ),
    { numRuns: 60 },
  );
});
