/** The stand-in refuses what Azure Monitor refuses, adds up what it is told, and keeps it. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FILE_NAME } from '../../../../../cloud/platforms/azure/local/monitor/minutes.ts';
import { type StandIn, serveMonitor } from '../../../../../cloud/platforms/azure/local/monitor/monitor.ts';
import { Refusal } from '../../../../../cloud/platforms/azure/local/monitor/refusal.ts';
import { readTold } from '../../../../../cloud/platforms/azure/local/monitor/told.ts';
import { RESOURCE_ID } from '../monitor/stand-in.ts';

const NOW = Date.UTC(2026, 10, 25, 12, 30);
const at = (minutes: number): string => new Date(NOW + minutes * 60_000).toISOString();
const series = (value: string, sum: number) => ({ dimValues: [value], min: 1, max: 1, sum, count: sum });

interface Answered {
  readonly error: { readonly code: string };
  readonly value: readonly [{ readonly timeseries: readonly object[] }];
}

interface Body {
  readonly time?: unknown;
  readonly data?: unknown;
}

function body(over: object = {}, time: unknown = at(0)): Body {
  const baseData = { metric: 'm', namespace: 'n', dimNames: ['endpoint'], series: [series('a', 3)], ...over };
  return { time, data: { baseData } };
}

let folder: string;
let standIn: StandIn;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mts-monitor-'));
  standIn = await serveMonitor({ folder, now: () => NOW });
});
afterEach(async () => {
  await standIn.close();
  await rm(folder, { recursive: true });
});

async function tell(
  told: unknown,
  { token = standIn.tokens.tell, resource = RESOURCE_ID, type = 'application/json' } = {},
) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': type };
  const text = typeof told === 'string' ? told : JSON.stringify(told);
  const answer = await fetch(`${standIn.url}${resource}/metrics`, { method: 'POST', headers, body: text });
  return { status: answer.status, text: await answer.text() };
}

async function ask(over: Record<string, string | undefined> = {}, token = standIn.tokens.ask) {
  const query = {
    ...{ 'api-version': '2023-10-01', interval: 'PT1H', aggregation: 'Total', metricnamespace: 'n', metricnames: 'm' },
    ...{ $filter: "endpoint eq '*'", timespan: '2026-11-25T12:00:00Z/2026-11-25T14:00:00Z', top: '100' },
    ...over,
  };
  const search = new URLSearchParams(
    Object.entries(query).filter((one): one is [string, string] => one[1] !== undefined),
  );
  const url = `${standIn.url}${RESOURCE_ID}/providers/microsoft.insights/metrics?${search}`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, body: (await answer.json()) as Answered };
}

describe('told', () => {
  test.each<[string, unknown]>([
    ['20 minutes ago', body({}, at(-20))],
    ['in 5 minutes', body({}, at(5))],
    ['a time without a zone', body({}, at(0).slice(0, 19))],
    ['a time elsewhere', body({}, '2026-11-25T13:30:00+01:00')],
    ['no dimensions', body({ dimNames: [], series: [{ min: 1, max: 1, sum: 1, count: 1 }] })],
    ['256 characters', body({ series: [series('x'.repeat(256), 1)] })],
  ])('%s: taken', async (_what, told) => {
    expect(await tell(told)).toEqual({ status: 200, text: '' });
  });

  test.each<[string, unknown, string]>([
    ['older', body({}, at(-20.01)), '20 minutes in the past'],
    ['further ahead', body({}, at(5.01)), '5 minutes in the future'],
    ['no time', { data: body().data }, 'ISO 8601'],
    ['a number for a time', body({}, NOW), 'ISO 8601'],
    ['no JSON', '{', 'not JSON'],
    ['a list', [], 'not an object'],
    ['no data', { time: at(0) }, 'not an object'],
    ['no metric', body({ metric: '' }), 'metric is missing'],
    ['no namespace', body({ namespace: undefined }), 'namespace is missing'],
    ['no series', body({ series: {} }), 'not a list'],
    ['11 dimensions', body({ dimNames: Array.from({ length: 11 }, String) }), 'more than 10'],
    ['a value too many', body({ series: [{ ...series('a', 1), dimValues: ['a', 'b'] }] }), 'differs'],
    ['no value', body({ series: [series('', 1)] }), 'missing'],
    ['257 characters', body({ series: [series('x'.repeat(257), 1)] }), 'more than 256'],
    ['text for a sum', body({ series: [{ ...series('a', 1), sum: '1' }] }), 'not a number'],
    ['a count of 0', body({ series: [series('a', 0)] }), 'not a positive integer'],
  ])('%s: 400', async (_what, told, why) => {
    const { status, text } = await tell(told);
    expect([status, JSON.parse(text).error.code]).toEqual([400, 'BadRequest']);
    expect(JSON.parse(text).error.message).toContain(why);
    // Nothing of it is kept.
    expect((await ask()).status).toBe(400);
  });

  test('another token, another address, another type, too much: refused', async () => {
    expect((await tell(body(), { token: standIn.tokens.ask })).status).toBe(401);
    expect((await tell(body(), { resource: '/subscriptions/1/resourceGroups/2' })).status).toBe(404);
    expect((await tell(body(), { type: 'text/plain' })).status).toBe(400);
    expect((await tell(' '.repeat(4_000_001))).status).toBe(413);
  });

  test('whatever it is told, samples or a refusal', () => {
    const own = (told: Uint8Array): void => {
      try {
        for (const { count } of readTold(told, 'r', NOW)) expect(count).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal);
      }
    };
    fc.assert(fc.property(fc.uint8Array(), own));
    fc.assert(fc.property(fc.json(), (text) => own(Buffer.from(text))));
    const key = fc.constantFrom(
      'time',
      'data',
      'baseData',
      'metric',
      'dimNames',
      'series',
      'dimValues',
      'sum',
      'count',
    );
    const spoiled = fc.tuple(key, fc.jsonValue()).map(([name, value]) => {
      // By way of a mark: what is put in may have such a key itself.
      const marked = JSON.stringify(body(), (one, before) => (one === name ? 'MARK' : before));
      return Buffer.from(marked.replaceAll('"MARK"', () => JSON.stringify(value)));
    });
    fc.assert(fc.property(spoiled, own), { numRuns: 1_000 });
  });
});

describe('asked', () => {
  test('it adds up by series and hour, whatever the case of names, and keeps it', async () => {
    await tell(body({ series: [series('a', 3), series('b', 1), series('a', 4)] }));
    await tell(body({ metric: 'M', namespace: 'N' }, at(4)), { resource: RESOURCE_ID.toUpperCase() });
    await standIn.close();
    standIn = await serveMonitor({ folder, now: () => NOW });
    const { status, body: answered } = await ask();
    expect(status).toBe(200);
    const [metric] = answered.value;
    expect(metric).toMatchObject({ name: { value: 'm' }, errorCode: 'Success' });
    const empty = { timeStamp: '2026-11-25T13:00:00Z' };
    const data = (total: number) => [{ timeStamp: '2026-11-25T12:00:00Z', total }, empty];
    const of = (value: string) => [{ name: { value: 'endpoint', localizedValue: 'endpoint' }, value }];
    expect(metric.timeseries).toEqual([
      { metadatavalues: of('a'), data: data(10) },
      { metadatavalues: of('b'), data: data(1) },
    ]);
    expect((await ask({ top: '1' })).body.value[0].timeseries).toHaveLength(1);
    expect((await stat(join(folder, FILE_NAME))).mode & 0o077).toBe(0);
  });

  test.each([
    ['no version', { 'api-version': undefined }],
    ['another interval', { interval: 'PT1M' }],
    ['another aggregation', { aggregation: 'Maximum' }],
    ['no span', { timespan: undefined }],
    ['a span that is none', { timespan: '2026-11-25T14:00:00Z/2026-11-25T12:00:00Z' }],
    ['a filter that it does not know', { $filter: "endpoint eq 'a'" }],
    ['a metric that nobody told of', { metricnames: 'other' }],
    ['no number of series', { top: 'all' }],
  ])('%s: 400', async (_what, over) => {
    await tell(body());
    const { status, body: answered } = await ask(over);
    expect([status, answered.error.code]).toEqual([400, 'BadRequest']);
  });

  test('a token to tell is none to ask with', async () => {
    expect((await ask({}, standIn.tokens.tell)).status).toBe(401);
  });
});
