/**
 * The InfluxQL asked of Debian's InfluxDB, as Grafana asks it: totals that the sink was told come back as hours of the
 * dashboard's own time range, by the boards' names. Grafana itself is not there: its two replacements are made here.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Influx, startInflux } from '../../../../cloud/platforms/influxdb/local/start.ts';
import { InfluxServer } from '../../../../cloud/platforms/influxdb/server.ts';
import { influxSink } from '../../../../cloud/platforms/influxdb/sink.ts';
import { HOUR_MS, hourOf } from '../../../../cloud/protocol/hour.ts';
import { type MadeDashboard, madeOf, planOf, queryOf } from './made.ts';

/** Without it these tests are named and not run; under CI=true they run all the same, and fail. */
const influxdWanted = existsSync('/usr/bin/influxd') || process.env.CI === 'true';

const DAY_MS = 24 * HOUR_MS;
const now = Date.now();
/** As `now-6d/d` and `now/d` mean it. */
const firstHour = now - (now % DAY_MS) - 6 * DAY_MS;
const range = { from: firstHour, to: firstHour + 7 * DAY_MS - 1 };
const lastHour = now - (now % HOUR_MS);

const PLAIN = 'board-1';
const ODD = String.raw`it's "a\b" /c, d=e.*|å`;
const told = [
  { endpoint: PLAIN, at: firstHour, count: 7 },
  { endpoint: PLAIN, at: lastHour - HOUR_MS, count: 3 },
  { endpoint: PLAIN, at: lastHour, count: 12_345 },
  // Its name holds that of the other.
  { endpoint: `${PLAIN}0`, at: lastHour, count: 2 },
  { endpoint: ODD, at: lastHour, count: 5 },
  // Before the first hour: not of the range.
  { endpoint: PLAIN, at: firstHour - HOUR_MS, count: 99 },
];

let made: MadeDashboard;
let influx: Influx;
let folder: string;

(influxdWanted ? describe : describe.skip)("on Debian's InfluxDB", () => {
  beforeAll(async () => {
    made = await madeOf(planOf('influxdb'));
    folder = await mkdtemp(join(tmpdir(), 'influxdb-'));
    influx = await startInflux({ folder });
    const server = new InfluxServer({ url: new URL(influx.url), database: 'mbed' });
    const sink = influxSink({
      server,
      now: Date.now,
      sleep: (ms, signal) => setTimeout(ms, undefined, signal === undefined ? {} : { signal }),
    });
    const counts = told.map(({ endpoint, at, count }) => ({ endpoint, hour: hourOf(at), count }));
    const first = await sink.put(counts.map((count) => ({ ...count, count: 1 })));
    const { failed, refused } = await sink.put(counts);
    await sink.close();
    expect([first.failed, failed, refused]).toEqual([[], [], []]);
  });

  afterAll(async () => {
    await influx?.close();
    await rm(folder, { recursive: true });
  });

  test('every board by its name, the hours of the range, the last total told', async () => {
    expect(await ask(String(queryOf(made, 1).query))).toEqual({
      [PLAIN]: [
        [firstHour, 7],
        [lastHour - HOUR_MS, 3],
        [lastHour, 12_345],
      ],
      [`${PLAIN}0`]: [[lastHour, 2]],
      [ODD]: [[lastHour, 5]],
    });
  });

  test('all boards together', async () => {
    expect(await ask(String(queryOf(made, 2).query))).toEqual({
      '': [
        [firstHour, 7],
        [lastHour - HOUR_MS, 3],
        [lastHour, 12_352],
      ],
    });
  });

  test.each([
    [PLAIN, 3],
    [`${PLAIN}0`, 1],
    [ODD, 1],
  ])('one board: %s', async (endpoint, hours) => {
    const series = await ask(String(queryOf(made, 4).query), endpoint);
    expect(Object.entries(series).map(([name, values]) => [name, values.length])).toEqual([[endpoint, hours]]);
  });

  test('the list of boards', async () => {
    const [series] = await answer(String(made.templating.list[1]?.query));
    expect(series?.values.map(([, name]) => name).sort()).toEqual([PLAIN, `${PLAIN}0`, ODD].sort());
  });
});

/** Values by the tag `endpoint`, with the milliseconds at which they stand. */
async function ask(query: string, endpoint = ''): Promise<Record<string, [number, number][]>> {
  const text = query
    .replaceAll('$timeFilter', () => `time >= ${range.from}ms and time <= ${range.to}ms`)
    // As Grafana's format `regex` escapes.
    .replaceAll(/\$\{endpoint:regex\}/g, () => endpoint.replaceAll(/[\\^$*+?.()|[\]{}/]/g, String.raw`\$&`));
  expect(text).not.toMatch(/\$[a-z{]/i);
  const series = await answer(text);
  return Object.fromEntries(series.map(({ tags, values }) => [tags?.endpoint ?? '', values as [number, number][]]));
}

interface Series {
  readonly tags?: { readonly endpoint: string };
  readonly values: readonly (readonly [unknown, unknown])[];
}

async function answer(q: string): Promise<readonly Series[]> {
  const body = new URLSearchParams({ db: 'mbed', epoch: 'ms', q });
  const { results } = (await (await fetch(`${influx.url}/query`, { method: 'POST', body })).json()) as {
    results: { error?: string; series?: Series[] }[];
  };
  expect(results.map(({ error }) => error)).toEqual([undefined]);
  return results[0]?.series ?? [];
}
