/** Reading the metric back: what is asked, and answers that are wrong, short, or refusals. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readAnswer } from '../../../../../cloud/platforms/azure/monitor/answer.ts';
import { FormatError } from '../../../../../cloud/protocol/errors.ts';
import { HOUR_MS } from '../../../../../cloud/protocol/hour.ts';
import { UnderTest } from './stand-in.ts';

const NOW = Date.UTC(2026, 10, 25, 12, 30);
const HOUR = '2026-11-25 12:00:00';

/** As Azure documents it: https://learn.microsoft.com/rest/api/monitor/metrics/list */
const answer = (over: object = {}, data: readonly object[] = [{ timeStamp: '2026-11-25T12:00:00Z', total: 3 }]) => ({
  cost: 59,
  timespan: '2026-11-25T00:00:00Z/2026-11-26T00:00:00Z',
  interval: 'PT1H',
  namespace: 'mbed',
  resourceregion: 'westeurope',
  value: [
    {
      id: '/subscriptions/…/providers/Microsoft.Insights/metrics/button_presses',
      type: 'Microsoft.Insights/metrics',
      name: { value: 'button_presses', localizedValue: 'button_presses' },
      unit: 'Count',
      timeseries: [{ metadatavalues: [{ name: { value: 'Endpoint', localizedValue: 'Endpoint' }, value: 'a' }], data }],
      errorCode: 'Success',
      ...over,
    },
  ],
});
const read = (value: unknown) => readAnswer(JSON.stringify(value));

describe('an answer', () => {
  test('has hours with presses; dimensions and metrics go by any case', () => {
    expect(read(answer())).toEqual({ series: 1, hours: [{ endpoint: 'a', hour: HOUR, count: 3 }] });
    expect(read(answer({ name: { value: 'Button_Presses' } })).hours).toHaveLength(1);
    expect(read(answer({ name: { value: 'other' } }))).toEqual({ series: 0, hours: [] });
    expect(read({ value: [] })).toEqual({ series: 0, hours: [] });
  });

  test('hours without data have no total, null or 0', () => {
    const data = [undefined, null, 0].map((total, hour) => ({ timeStamp: `2026-11-25T0${hour}:00:00Z`, total }));
    expect(read(answer({}, data))).toEqual({ series: 1, hours: [] });
  });

  test.each<[string, unknown]>([
    ['no object', [3]],
    ['no list of metrics', {}],
    ['a metric without a name', { value: [{}] }],
    ['an error of the metric', answer({ errorCode: 'Throttled' })],
    ['no series', answer({ timeseries: undefined })],
    ['a series of no board', answer({ timeseries: [{ metadatavalues: [], data: [] }] })],
    ['half a press', answer({}, [{ timeStamp: '2026-11-25T12:00:00Z', total: 2.5 }])],
    ['fewer than none', answer({}, [{ timeStamp: '2026-11-25T12:00:00Z', total: -1 }])],
    ['text for a number', answer({}, [{ timeStamp: '2026-11-25T12:00:00Z', total: '3' }])],
    ['half past', answer({}, [{ timeStamp: '2026-11-25T12:30:00Z', total: 3 }])],
    ['a time of nowhere', answer({}, [{ timeStamp: '2026-11-25T12:00:00', total: 3 }])],
    ['a day that is none', answer({}, [{ timeStamp: '2026-13-45T12:00:00Z', total: 3 }])],
  ])('refuses %s', (_what, value) => {
    expect(() => read(value)).toThrow(FormatError);
  });

  test('whatever it is, a value or our own error', () => {
    const own = (text: string): void => {
      try {
        for (const { count } of readAnswer(text).hours) expect(count).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    };
    fc.assert(fc.property(fc.string(), own), { numRuns: 500 });
    fc.assert(fc.property(fc.json(), own), { numRuns: 500 });
    // An answer that is right but for one place.
    const text = JSON.stringify(answer());
    const place = fc.record({ at: fc.nat(text.length - 1), put: fc.string({ maxLength: 3 }), cut: fc.nat(3) });
    const spoiled = place.map(({ at, put, cut }) => text.slice(0, at) + put + text.slice(at + cut));
    fc.assert(fc.property(spoiled, own), { numRuns: 2_000 });
    const broken = fc.constantFrom('value', 'name', 'timeseries', 'metadatavalues', 'data', 'timeStamp', 'total');
    const replaced = fc.tuple(broken, fc.jsonValue()).map(([key, value]) => {
      // By way of a mark: what is put in may have such a key itself.
      const marked = JSON.stringify(answer(), (name, before) => (name === key ? 'MARK' : before));
      return marked.replaceAll('"MARK"', () => JSON.stringify(value));
    });
    fc.assert(fc.property(replaced, own), { numRuns: 2_000 });
  });
});

describe('asking', () => {
  let under: UnderTest;
  beforeEach(async () => {
    under = await UnderTest.start(NOW);
  });
  afterEach(() => under.close());

  const all = async (endpoints: readonly string[], from: number, to: number, sink = under.sink) => {
    const counts = [];
    for await (const count of sink.readBack({ endpoints, from: new Date(from), to: new Date(to) })) counts.push(count);
    return counts;
  };

  test('a metric that was never told of is empty', async () => {
    expect(await all(['a'], NOW - HOUR_MS, NOW)).toEqual([]);
  });

  test('whole hours of the boards that are asked for, over days and beyond now', async () => {
    const tellAt = async (at: number, hour: string): Promise<void> => {
      under.now = at;
      await under.sink.put(['a', 'b'].map((endpoint) => ({ endpoint, hour, count: 2 })));
    };
    const days = ['2026-11-20', '2026-11-22', '2026-11-25'];
    for (const day of days) await tellAt(Date.parse(`${day}T12:30:00Z`), `${day} 12:00:00`);
    const hours = days.map((day) => ({ endpoint: 'a', hour: `${day} 12:00:00`, count: 2 }));
    const [from, to] = [Date.parse('2026-11-20T12:59:59Z'), NOW + 365 * 24 * HOUR_MS];
    expect(await all(['a'], from, to)).toEqual(hours);
    expect(await all(['a'], from + HOUR_MS, Date.parse('2026-11-25T12:00:00Z'))).toEqual([hours[1]]);
    expect(await all(['a'], 0, Date.parse('2026-11-25T12:00:00.001Z'))).toEqual(hours);
    expect(await all([], from, to)).toEqual([]);
  });

  test.each([
    ['no token', { getToken: () => Promise.reject(new Error('az login is needed')) }, /az login is needed/],
    ['a wrong token', { getToken: async () => 'secret' }, /401: Unauthorized/],
    ['another resource', { resourceId: '/subscriptions/1' }, /404: ResourceNotFound/],
    ['nobody there', { readUrl: 'http://127.0.0.1:1' }, /fetch failed/],
  ])('%s: OutsideError SERVER, that says why', async (_what, options, why) => {
    const error = await all(['a'], NOW - HOUR_MS, NOW, under.open(options)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SERVER', message: expect.stringMatching(why) });
    expect(String(error)).not.toContain('secret');
  });
});
