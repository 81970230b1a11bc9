/** The stand-in for Cloud Monitoring holds writers to Google's rules, and says what was refused as Google does. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Served } from '../../../../../cloud/platforms/google/local/http.ts';
import { readFilter } from '../../../../../cloud/platforms/google/local/monitoring/filter.ts';
import { serveMonitoring } from '../../../../../cloud/platforms/google/local/monitoring/serve.ts';
import { Refusal } from '../../../../../cloud/platforms/google/local/refusal.ts';
import { type Point, timeSeries } from '../../../../../cloud/platforms/google/monitoring/point.ts';
import { OutsideError } from '../../../../../cloud/protocol/errors.ts';
import { HOUR_MS } from '../../../../../cloud/protocol/hour.ts';

const NOW = Date.UTC(2026, 10, 25, 12);
const PLACE = { project: 'p', metricType: 'custom.googleapis.com/mbed/button_presses' };
const METRIC = 'metric.type = "custom.googleapis.com/mbed/button_presses"';

let served: Served;
beforeEach(async () => {
  served = await serveMonitoring({ now: () => NOW });
});
afterEach(() => served.close());

const at = (seconds: number, endpoint = 'a', value = 1): Point => ({ endpoint, at: NOW + seconds * 1_000, value });

async function create(...points: readonly object[]): Promise<{ status: number; message: string; body: unknown }> {
  const response = await fetch(`${served.url}/v3/projects/p/timeSeries`, {
    method: 'POST',
    body: JSON.stringify({ timeSeries: points.map((one) => ('at' in one ? timeSeries(one as Point, PLACE) : one)) }),
  });
  const body = (await response.json()) as { error?: { message: string } };
  return { status: response.status, message: body.error?.message ?? '', body };
}

async function list(
  query: Record<string, string> = {},
): Promise<{ status: number; values: unknown[]; nextPageToken: string }> {
  const all = {
    filter: METRIC,
    'interval.startTime': new Date(NOW - 25 * HOUR_MS).toISOString(),
    'interval.endTime': new Date(NOW + HOUR_MS).toISOString(),
  };
  const response = await fetch(`${served.url}/v3/projects/p/timeSeries?${new URLSearchParams({ ...all, ...query })}`);
  const body = (await response.json()) as {
    timeSeries?: { metric: { labels: { endpoint: string } }; points?: { value: { int64Value: string } }[] }[];
    nextPageToken?: string;
  };
  const values = (body.timeSeries ?? []).map(({ metric, points }) => [
    metric.labels.endpoint,
    ...(points ?? []).map(({ value }) => value.int64Value),
  ]);
  return { status: response.status, values, nextPageToken: body.nextPageToken ?? '' };
}

describe('what it takes', () => {
  test('points that are newer each time, newest listed first', async () => {
    for (const [index, seconds] of [-60, -55, 0, 299].entries()) {
      expect(await create(at(seconds, 'a', index), at(seconds, 'b', 10 + index))).toMatchObject({
        status: 200,
        body: {},
      });
    }
    expect((await list()).values).toEqual([
      ['a', '3', '2', '1', '0'],
      ['b', '13', '12', '11', '10'],
    ]);
  });

  test.each([
    ['older than the newest', [at(0)], at(-60), /written in order.* older end time/],
    ['as old as the newest', [at(0)], at(0), /written in order.* older end time/],
    ['less than five seconds newer', [at(0)], at(4.999), /more frequently than the maximum sampling period/],
    ['more than 25 hours old', [], at(-25 * 3_600 - 1), /more than 25h in the past/],
    ['more than five minutes ahead', [], at(301), /more than 5m in the future/],
  ])('not one that is %s', async (_what, before, point, why) => {
    for (const one of before) await create(one);
    const { status, message } = await create(point);
    expect([status, message]).toEqual([400, expect.stringMatching(why)]);
    expect(message).toMatch(/^One or more TimeSeries could not be written: .*: timeSeries\[0\]$/);
  });

  test('some of a request, and says which it did not', async () => {
    await create(at(0, 'b'), at(0, 'c'), at(0, 'e'));
    const { body } = await create(at(10, 'a'), at(0, 'b'), at(0, 'c'), at(10, 'd'), at(0, 'e'));
    expect(body).toMatchObject({
      error: {
        ...{ code: 400, status: 'INVALID_ARGUMENT', message: expect.stringContaining('timeSeries[1-2,4]') },
        details: [{ totalPointCount: 5, successPointCount: 2, errors: [{ pointCount: 3 }] }],
      },
    });
    expect((await list()).values).toEqual(
      expect.arrayContaining([
        ['a', '1'],
        ['d', '1'],
      ]),
    );
  });

  test('one point of a series in a request', async () => {
    expect((await create(at(0), at(10))).message).toMatch(/Duplicate TimeSeries.*timeSeries\[1\]/);
  });

  test('200 series, and no more', async () => {
    const points = Array.from({ length: 201 }, (_, index) => at(0, `board-${index}`));
    expect((await create(...points)).status).toBe(400);
    expect((await create(...points.slice(1))).status).toBe(200);
  });

  test('a start that is later begins anew, if it is later than the newest', async () => {
    const starting = (point: Point, seconds: number) => {
      const series = timeSeries(point, PLACE) as { points: { interval: { startTime: string } }[] };
      series.points[0]!.interval.startTime = new Date(NOW + seconds * 1_000).toISOString();
      return series;
    };
    await create(starting(at(0), -100));
    expect((await create(starting(at(10), -200))).message).toMatch(/older start time/);
    expect((await create(starting(at(10), -1))).message).toMatch(/start time before the end time/);
    expect((await create(starting(at(10), 1))).status).toBe(200);
  });

  const good = timeSeries(at(0), PLACE) as Record<string, unknown>;
  test.each<[string, object]>([
    ['another kind', { ...good, metricKind: 'GAUGE' }],
    ['another type of value', { ...good, valueType: 'DOUBLE' }],
    ['no metric', { ...good, metric: undefined }],
    ["Google's own metric", { ...good, metric: { type: 'compute.googleapis.com/x', labels: {} } }],
    [
      'a label that is too long',
      { ...good, metric: { ...(good.metric as object), labels: { endpoint: 'x'.repeat(1_025) } } },
    ],
    ['a label that is no text', { ...good, metric: { ...(good.metric as object), labels: { endpoint: 3 } } }],
    ['no point', { ...good, points: [] }],
    ['two points', { ...good, points: [...(good.points as object[]), ...(good.points as object[])] }],
    [
      'a value that is no whole number',
      { ...good, points: [{ ...(good.points as object[])[0], value: { int64Value: '1.5' } }] },
    ],
    [
      'a time that is none',
      { ...good, points: [{ ...(good.points as object[])[0], interval: { startTime: 'x', endTime: 'y' } }] },
    ],
    [
      'a start at its end',
      {
        ...good,
        points: [
          {
            ...(good.points as object[])[0],
            interval: { startTime: '2026-11-25T12:00:00Z', endTime: '2026-11-25T12:00:00Z' },
          },
        ],
      },
    ],
  ])('%s: the whole request is refused', async (_what, series) => {
    expect(await create(series, at(0, 'other'))).toMatchObject({
      status: 400,
      message: expect.stringMatching(/^Field timeSeries\[0\]/),
    });
    expect(await list()).toMatchObject({ status: 404, values: [] });
  });
});

describe('what it lists', () => {
  beforeEach(async () => {
    for (const seconds of [-20, -10, 0]) await create(at(seconds, 'a', seconds + 20), at(seconds, 'b', 5));
  });

  test('ends are in (start, end]', async () => {
    const interval = {
      'interval.startTime': new Date(NOW - 20_000).toISOString(),
      'interval.endTime': new Date(NOW - 10_000).toISOString(),
    };
    expect((await list(interval)).values).toEqual([
      ['a', '10'],
      ['b', '5'],
    ]);
  });

  test('by label, by some labels, or without points', async () => {
    expect((await list({ filter: `${METRIC} AND metric.labels.endpoint="b"` })).values).toEqual([['b', '5', '5', '5']]);
    expect((await list({ filter: `${METRIC} AND metric.label.endpoint = one_of("a","x")` })).values).toHaveLength(1);
    expect((await list({ filter: `${METRIC} AND resource.type = "generic_node"` })).values).toEqual([]);
    expect((await list({ view: 'HEADERS' })).values).toEqual([['a'], ['b']]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7])('all of it, in pages of %i', async (size) => {
    const seen: unknown[] = [];
    let pageToken = '';
    do {
      const page = await list({ pageSize: String(size), ...(pageToken === '' ? {} : { pageToken }) });
      for (const [endpoint, ...values] of page.values as string[][])
        seen.push(...values.map((value) => `${endpoint}${value}`));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(seen).toEqual(['a20', 'a10', 'a0', 'b5', 'b5', 'b5']);
  });

  test.each([
    ['no filter', { filter: '' }, 400],
    ['a filter that is none', { filter: 'metric.type' }, 400],
    ['a filter of no metric', { filter: 'resource.type = "global"' }, 400],
    ['a metric that nobody wrote', { filter: 'metric.type = "custom.googleapis.com/other"' }, 404],
    ['a time that is none', { 'interval.endTime': 'x' }, 400],
    ['a page size that is none', { pageSize: 'x' }, 400],
    ['an aggregation', { 'aggregation.alignmentPeriod': '60s' }, 501],
  ])('%s is refused', async (_what, query, status) => {
    expect((await list(query as unknown as Record<string, string>)).status).toBe(status);
  });
});

test.each([
  ['GET', '/', 404],
  ['GET', '/v3/projects/p/metricDescriptors', 404],
  ['DELETE', '/v3/projects/p/timeSeries', 501],
  ['GET', '/v3/projects/%ff/timeSeries', 400],
])('%s %s: %i', async (method, path, status) => {
  expect((await fetch(`${served.url}${path}`, { method })).status).toBe(status);
});

test.each(['', '{', '[]', '{"timeSeries":[]}', '{"timeSeries":3}', '{"timeSeries":[null]}'])(
  'a body %j is refused',
  async (body) => {
    const response = await fetch(`${served.url}/v3/projects/p/timeSeries`, { method: 'POST', body });
    expect(response.status).toBe(400);
  },
);

test('what is in a folder is there the next time, for its owner alone; two projects do not mix', async () => {
  const folder = join(await mkdtemp(join(tmpdir(), 'mts-monitoring-')), 'deep');
  try {
    const body = JSON.stringify({ timeSeries: [timeSeries(at(0), PLACE)] });
    const first = await serveMonitoring({ now: () => NOW, folder });
    await fetch(`${first.url}/v3/projects/p/timeSeries`, { method: 'POST', body });
    await first.close();
    const second = await serveMonitoring({ now: () => NOW, folder });
    const again = (project: string) =>
      fetch(`${second.url}/v3/projects/${project}/timeSeries`, { method: 'POST', body });
    expect([(await again('p')).status, (await again('q')).status]).toEqual([400, 200]);
    await second.close();
    expect((await stat(join(folder, 'monitoring.sqlite'))).mode & 0o777).toBe(0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a port that is taken is said', async () => {
  const port = Number(new URL(served.url).port);
  const error = await serveMonitoring({ now: () => NOW, port }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OutsideError);
});

test('a filter leaves something or is refused, whatever it is', () => {
  const word = fc.constantFrom(
    'metric.type',
    'metric.labels.endpoint',
    'resource.type',
    '=',
    ' ',
    '"a"',
    'one_of(',
    ')',
    ',',
    'AND',
    '"\\""',
    '"',
  );
  const key = { metric: { type: 'a', labels: { endpoint: 'a' } }, resource: { type: 'a', labels: {} } };
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word).map((words) => words.join(' ')),
      ),
      (text) => {
        try {
          expect(typeof readFilter(text)(key)).toBe('boolean');
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
