/** What the sink asks of Cloud Monitoring, and what it makes of answers that are not whole. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ReadableSink } from '../../../../../cloud/ingest/sink.ts';
import type { HourlyCount } from '../../../../../cloud/ingest/store.ts';
import { json } from '../../../../../cloud/platforms/google/local/refusal.ts';
import { monitoringClient } from '../../../../../cloud/platforms/google/monitoring/client.ts';
import { hoursOf } from '../../../../../cloud/platforms/google/monitoring/read-back.ts';
import { type MonitoringSinkOptions, monitoringSink } from '../../../../../cloud/platforms/google/monitoring/sink.ts';
import { OutsideError } from '../../../../../cloud/protocol/errors.ts';
import { HOUR_MS, hourOf } from '../../../../../cloud/protocol/hour.ts';
import { PRESENT } from './clock.ts';
import { MemoryTold } from './told-memory.ts';
import { all, METRIC_TYPE, type Monitored, PROJECT, startMonitored, UNAVAILABLE } from './under-test.ts';

let monitored: Monitored;
let told: MemoryTold;
beforeEach(async () => {
  monitored = await startMonitored();
  told = new MemoryTold();
});
afterEach(() => monitored.dispose());

function open(more: Partial<MonitoringSinkOptions> = {}): ReadableSink {
  const { client, clock } = monitored;
  return monitoringSink({ client, told, now: clock.now, sleep: clock.sleep, ...more });
}

const count = (endpoint: string, presses: number, back = 0): HourlyCount => ({
  endpoint,
  hour: hourOf(PRESENT - back * HOUR_MS),
  count: presses,
});

const none = { refused: [], failed: [] };

/** Bodies of the writes. */
function written(): {
  timeSeries: { metric: { labels: { endpoint: string } }; points: { value: object; interval: object }[] }[];
}[] {
  return monitored.requests
    .filter(({ method }) => method === 'POST')
    .map(({ body }) => JSON.parse(Buffer.from(body).toString()));
}

async function seen(...endpoints: string[]): Promise<string[]> {
  const query = { endpoints, from: new Date(PRESENT - 30 * HOUR_MS), to: new Date(PRESENT + 5 * HOUR_MS) };
  const counts = await all(open().readBack(query));
  return counts.map(({ endpoint, hour, count }) => `${endpoint} ${hour.slice(11, 13)} ${count}`).sort();
}

const hour = (back: number): string => hourOf(PRESENT - back * HOUR_MS).slice(11, 13);

test('a point as Google wants it: a token, a cumulative whole number from one start, the label', async () => {
  await open().put([count('a', 3)]);
  const [first, second] = written();
  expect(first?.timeSeries).toEqual([
    {
      metric: { type: 'custom.googleapis.com/mbed/button_presses', labels: { endpoint: 'a' } },
      resource: { type: 'global', labels: { project_id: PROJECT } },
      ...{ metricKind: 'CUMULATIVE', valueType: 'INT64' },
      points: [
        {
          interval: { startTime: '2020-01-01T00:00:00.000Z', endTime: new Date(PRESENT).toISOString() },
          value: { int64Value: '0' },
        },
      ],
    },
  ]);
  expect(second?.timeSeries[0]?.points[0]).toMatchObject({
    interval: { endTime: new Date(PRESENT + 11 * 60_000).toISOString() },
    value: { int64Value: '3' },
  });
  expect(monitored.requests[0]?.headers.authorization).toBe('Bearer token');
});

test('at most 200 series a request, one point of each', async () => {
  const totals = Array.from({ length: 450 }, (_, index) => count(`board-${index}`, 1));
  expect(await open().put(totals)).toEqual(none);
  const sizes = written().map(({ timeSeries }) => timeSeries.length);
  expect(sizes.toSorted((a, b) => a - b)).toEqual([50, 50, 200, 200, 200, 200]);
});

test('told what it was told, it asks nothing of anybody', async () => {
  const sink = open();
  await sink.put([count('a', 3), count('a', 4, 1)]);
  const { length } = monitored.requests;
  expect(await sink.put([count('a', 3), count('a', 4, 1), count('a', 2)])).toEqual(none);
  expect([monitored.requests.length, told.writes]).toEqual([length, 2]);
});

test('a new process tells once more what it cannot know, and nothing doubles', async () => {
  await open().put([count('a', 3)]);
  monitored.clock.pass(120_000);
  const again = open();
  expect(await again.put([count('a', 3)])).toEqual(none);
  const { length } = monitored.requests;
  expect(await again.put([count('a', 3)])).toEqual(none);
  expect(monitored.requests.length).toBe(length);
  expect(await seen('a')).toEqual([`a ${hour(0)} 3`]);
});

test('two that take turns with one memory go on from each other', async () => {
  const [one, other] = [open(), open()];
  for (const [index, sink] of [one, other, one, other].entries()) {
    expect(await sink.put([count('a', 3 + index)])).toEqual(none);
  }
  expect(await seen('a')).toEqual([`a ${hour(0)} 6`]);
});

test('hours of a day without it are shown in their own, when it is told of all', async () => {
  const totals = [20, 7, 3, 1, 0].map((back) => count('a', back + 1, back));
  expect(await open().put(totals)).toEqual(none);
  expect(await seen('a')).toEqual(totals.map((one) => `a ${one.hour.slice(11, 13)} ${one.count}`).sort());
});

test('a board with years of hours is told in parts, of which the memory has each whole', async () => {
  const totals = Array.from({ length: 700 }, (_, back) => count('a', 1, back));
  const sizes: number[] = [];
  const write = told.write.bind(told);
  told.write = async (series) => {
    sizes.push(...series.map(({ hours }) => hours.size));
    await write(series);
  };
  expect(await open().put(totals)).toEqual(none);
  expect(sizes).toEqual([0, 300, 300, 100]);
  expect(told.series.get('a')).toMatchObject({ sum: 700 });
  const counts = await seen('a');
  expect(counts.reduce((sum, text) => sum + Number(text.split(' ')[2]), 0)).toBe(700);
  // What is not too old is in its own hour.
  expect(counts.filter((text) => text.endsWith(' 1')).length).toBeGreaterThan(20);
});

test('what is late is shown in the present hour, and no sum is lost', async () => {
  const sink = open();
  await sink.put([count('a', 3)]);
  expect(await sink.put([count('a', 5, 1), count('a', 7, 40)])).toEqual(none);
  expect(await seen('a')).toEqual([`a ${hour(0)} 15`]);
});

test('the second call within a minute waits for the next, or says failed when there is no time for that', async () => {
  const { clock } = monitored;
  const sink = open();
  await sink.put([count('a', 3)]);
  await sink.put([count('a', 4)]);
  expect(clock.slept).toBe(53_000);
  const hurried = open({ deadline: () => clock.now() + 10_000 });
  expect(await hurried.put([count('a', 5)])).toEqual({ refused: [], failed: [count('a', 5)] });
  expect(clock.slept).toBe(53_000);
});

test('those that need not wait are told at once', async () => {
  const sink = open({ deadline: () => monitored.clock.now() + 10_000 });
  await sink.put([count('a', 3)]);
  expect(await sink.put([count('a', 4), count('b', 1)])).toEqual({ refused: [], failed: [count('a', 4)] });
  expect(await seen('a', 'b')).toEqual([`a ${hour(0)} 3`, `b ${hour(0)} 1`]);
});

test('steps of five seconds, for a machine of one’s own', async () => {
  const sink = open({ stepMs: 5_000 });
  for (const presses of [1, 2, 3]) expect(await sink.put([count('a', presses)])).toEqual(none);
  expect(monitored.clock.slept).toBeLessThan(11_000);
  expect(await seen('a')).toEqual([`a ${hour(0)} 3`]);
});

describe('answers that are not whole', () => {
  test('one series refused for ever: that one alone, with the reason', async () => {
    monitored.before = ({ method, body }) => {
      if (method !== 'POST') return undefined;
      const { timeSeries } = JSON.parse(Buffer.from(body).toString());
      const bad = timeSeries.some(
        (one: { metric: { labels: { endpoint: string } } }) => one.metric.labels.endpoint === 'bad',
      );
      return bad
        ? json(400, { error: { code: 400, message: 'Field x had an invalid value', status: 'INVALID_ARGUMENT' } })
        : undefined;
    };
    const totals = ['a', 'b', 'bad', 'c', 'd'].map((endpoint) => count(endpoint, 2));
    const { refused, failed } = await open().put(totals);
    expect(failed).toEqual([]);
    expect(refused).toEqual([
      { count: count('bad', 2), reason: expect.stringContaining('Field x had an invalid value') },
    ]);
    expect(await seen('a', 'b', 'bad', 'c', 'd')).toEqual(
      ['a', 'b', 'c', 'd'].map((endpoint) => `${endpoint} ${hour(0)} 2`),
    );
  });

  test('a series that somebody else wrote ahead of us: told with a newer time', async () => {
    const other = monitoringSink({
      client: monitored.client,
      told: new MemoryTold(),
      now: monitored.clock.now,
      sleep: monitored.clock.sleep,
    });
    await other.put([count('a', 3)]);
    expect(await open().put([count('a', 3), count('b', 1)])).toEqual(none);
    expect(await seen('a', 'b')).toEqual([`a ${hour(0)} 3`, `b ${hour(0)} 1`]);
  });

  test('the memory is down: nothing is sent, all failed', async () => {
    told.fault = () => 'refused';
    const sink = open();
    expect(await sink.put([count('a', 3)])).toEqual({ refused: [], failed: [count('a', 3)] });
    expect(written()).toEqual([]);
    expect(sink.trouble?.()).toContain('the memory is down');
    told.fault = () => undefined;
    expect(await sink.put([count('a', 3)])).toEqual(none);
    expect(sink.trouble?.()).toBeUndefined();
  });

  test('while it is down, it is not asked for every board, and the memory is not written for every one', async () => {
    monitored.before = () => UNAVAILABLE;
    const totals = Array.from({ length: 3_000 }, (_, index) => count(`board-${index}`, 1));
    const sink = open();
    expect((await sink.put(totals)).failed).toHaveLength(3_000);
    expect([written().length, told.writes].every((times) => times <= 4)).toBe(true);
    expect(sink.trouble?.()).toContain('503');
  });

  test('no token: all failed', async () => {
    const token = () => Promise.reject(new Error('no credentials'));
    const client = monitoringClient({
      project: PROJECT,
      metricType: METRIC_TYPE,
      endpoint: 'http://127.0.0.1:9',
      token,
    });
    const sink = open({ client });
    expect(await sink.put([count('a', 3)])).toEqual({ refused: [], failed: [count('a', 3)] });
    expect(sink.trouble?.()).toContain('no credentials');
  });
});

test.each([
  ['', 1],
  ['x'.repeat(1_025), 1],
  ['\ud800', 1],
  ['a', -1],
  ['a', 1.5],
])('a total that no series can hold is refused with a reason: %j %d', async (endpoint, presses) => {
  const { refused, failed } = await open().put([count(endpoint, presses), count('good', 1)]);
  expect(failed).toEqual([]);
  expect(refused).toEqual([{ count: count(endpoint, presses), reason: expect.stringMatching(/\w+ \w+/) }]);
});

describe('reading back', () => {
  test('only the hours that are wanted, and only of those that are', async () => {
    await open().put([count('a', 1, 3), count('a', 2, 2), count('a', 4, 1), count('a', 8), count('b', 16, 1)]);
    const query = { endpoints: ['a'], from: new Date(PRESENT - 2 * HOUR_MS + 5), to: new Date(PRESENT) };
    const counts = await all(open().readBack(query));
    expect(counts.map((one) => one.count).sort()).toEqual([2, 4]);
    expect(await all(open().readBack({ ...query, endpoints: [] }))).toEqual([]);
    expect(await all(open().readBack({ ...query, to: query.from, from: new Date(PRESENT) }))).toEqual([]);
  });

  test('page by page, and of more endpoints than one filter names', async () => {
    const endpoints = Array.from({ length: 30 }, (_, index) => `board-${String(index).padStart(2, '0')}`);
    await open().put(endpoints.map((endpoint) => count(endpoint, 2)));
    monitored.before = ({ method, url }) => {
      if (method === 'GET') url.searchParams.set('pageSize', '7');
      return undefined;
    };
    expect(await seen(...endpoints)).toEqual(endpoints.map((endpoint) => `${endpoint} ${hour(0)} 2`));
  });

  test('a filter names few, plain endpoints', async () => {
    await seen('a', 'b.c');
    await seen('a"b');
    const [few, odd] = monitored.requests.map(({ url }) => url.searchParams.get('filter'));
    expect(few).toContain('metric.labels.endpoint = one_of("a","b.c")');
    expect(odd).not.toContain('endpoint');
  });

  test.each([
    [
      '403',
      () => json(403, { error: { code: 403, message: 'Permission monitoring.timeSeries.list denied' } }),
      'Permission monitoring',
    ],
    ['no list', () => json(200, { timeSeries: 3 }), 'makes no sense'],
  ])('%s: OutsideError SERVER', async (_what, answer, why) => {
    monitored.before = answer;
    const error = await seen('a').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OutsideError);
    expect(error).toMatchObject({ code: 'SERVER', message: expect.stringContaining(why) });
  });

  test('a sum that began anew is told from there', () => {
    const point = (minute: number, value: number) => ({ endpoint: 'a', at: PRESENT + minute * 60_000, value });
    expect(hoursOf([point(9, 2), point(0, 5), point(5, 8)]).map((one) => one.count)).toEqual([5]);
  });
});
