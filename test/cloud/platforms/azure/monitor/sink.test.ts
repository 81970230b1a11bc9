/** What is told when, under which time, and what becomes of it where Azure Monitor does not simply take it. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Fault, serveMonitor } from '../../../../../cloud/platforms/azure/local/monitor/monitor.ts';
import { UnderTest } from './stand-in.ts';

const NOON = Date.UTC(2026, 10, 25, 12);
const [NINE_PAST, HALF_PAST] = [NOON + 9 * 60_000, NOON + 30 * 60_000];
const [ELEVEN, TWELVE] = ['2026-11-25 11:00:00', '2026-11-25 12:00:00'];
const MINUTE_MS = 60_000;

let under: UnderTest;
beforeEach(async () => {
  under = await UnderTest.start(NINE_PAST);
});
afterEach(() => under.close());

const total = (count: number, hour = TWELVE, endpoint = 'a') => ({ endpoint, hour, count });
const ALL = { refused: [], failed: [] };

describe('time', () => {
  test('an hour that just ended is told within itself', async () => {
    expect(await under.sink.put([total(3, ELEVEN), total(2)])).toEqual(ALL);
    expect(await under.shown(['a'])).toEqual([total(3, ELEVEN), total(2)]);
  });

  test.each([
    ['19 minutes after it, it is taken', NOON + 19 * MINUTE_MS - 1, true],
    ['later it is refused: Azure takes 20 minutes, less one for the way', NOON + 19 * MINUTE_MS, false],
  ])('%s', async (_name, now, isTaken) => {
    under.now = now;
    const { refused, failed } = await under.sink.put([total(3, ELEVEN)]);
    expect(failed).toEqual([]);
    expect(refused.map(({ reason }) => reason)).toEqual(isTaken ? [] : [expect.stringContaining('20 minutes')]);
    expect(await under.shown(['a'])).toEqual(isTaken ? [total(3, ELEVEN)] : []);
  });

  test.each([
    [4 * MINUTE_MS, true],
    [4 * MINUTE_MS + 1, false],
  ])('an hour that begins in %d ms: taken %p', async (ahead, isTaken) => {
    under.now = NOON - ahead;
    const { refused } = await under.sink.put([total(1)]);
    expect(refused).toHaveLength(isTaken ? 0 : 1);
    if (isTaken) expect(await under.shown(['a'])).toEqual([total(1)]);
  });

  test('an increment counts to the minute at which it was told, and the hour adds them up', async () => {
    for (const [minute, count] of [1, 4, 9].entries()) {
      under.now = NOON + minute * MINUTE_MS;
      await under.sink.put([total(count)]);
    }
    expect(await under.shown(['a'])).toEqual([total(9)]);
    expect(under.told.series.get('a')).toMatchObject({ sum: 9, at: NOON + 2 * MINUTE_MS });
  });
});

test.each([
  ['257 characters', 'x'.repeat(257)],
  ['half a character', 'a\ud800'],
  ['blanks alone', ' \t'],
])('a name of %s is refused for good, and told nothing', async (_what, endpoint) => {
  const bad = total(1, TWELVE, endpoint);
  const reason = expect.stringContaining('the value of a dimension');
  expect(await under.sink.put([bad, total(2)])).toEqual({ refused: [{ count: bad, reason }], failed: [] });
  expect(under.told.series.has(endpoint)).toBe(false);
  expect(await under.shown(['a'])).toEqual([total(2)]);
});

test('a total that is told before a lesser one, or beside it, is told once', async () => {
  expect(await under.sink.put([total(3), total(5), total(4)])).toEqual(ALL);
  expect(await under.sink.put([total(2)])).toEqual(ALL);
  expect(await under.shown(['a'])).toEqual([total(5)]);
  expect(under.told.series.get('a')).toMatchObject({ sum: 5 });
});

describe('at most once', () => {
  test.each<[Fault, 'told again' | 'never shown' | 'shown']>([
    ['busy', 'told again'],
    ['cut', 'never shown'],
    ['lost', 'shown'],
    ['broken', 'never shown'],
    ['broken after', 'shown'],
  ])('%s: failed, then %s', async (fault, then) => {
    under.fault = () => fault;
    expect(await under.sink.put([total(3)])).toEqual({ refused: [], failed: [total(3)] });
    expect(under.sink.trouble?.()).toMatch(/^Azure Monitor/);
    under.fault = () => undefined;
    // As a restart would: it all hangs on the memory.
    const sink = under.open();
    expect(await sink.put([total(3)])).toEqual(ALL);
    expect(sink.trouble?.()).toBeUndefined();
    expect(await under.shown(['a'])).toEqual(then === 'never shown' ? [] : [total(3)]);
    // What comes later is there, and nothing twice.
    await sink.put([total(5)]);
    expect(await under.shown(['a'])).toEqual([total(then === 'never shown' ? 2 : 5)]);
  });

  test('a server that cannot be reached was surely told nothing', async () => {
    const gone = await serveMonitor({ now: () => under.now });
    await gone.close();
    const { told } = under;
    const sink = under.open({ tellUrl: gone.url });
    expect(await sink.put([total(3)])).toEqual({ refused: [], failed: [total(3)] });
    expect(sink.trouble?.()).toContain('ECONNREFUSED');
    expect(told.series.get('a')).toMatchObject({ sum: 0, hours: new Map([[TWELVE, 0]]) });
  });

  test('memory comes first: without it nothing is sent', async () => {
    for (const call of ['read', 'write'] as const) {
      under.told.fails = (called) => called === call;
      expect(await under.sink.put([total(3)])).toEqual({ refused: [], failed: [total(3)] });
      expect(under.sink.trouble?.()).toContain('the memory is down');
      expect(await under.shown(['a'])).toEqual([]);
    }
  });

  test('refused by Azure alone, it is refused for good, taken back, and keeps no other out', async () => {
    // Its clock is ahead of ours: what we take for 18 minutes old is too old for it.
    under.now = NOON + 21 * MINUTE_MS;
    const sink = under.open({ now: () => NOON + 18 * MINUTE_MS });
    const { refused, failed } = await sink.put([total(3, ELEVEN), total(2), total(4, ELEVEN, 'b')]);
    expect(failed).toEqual([]);
    expect(refused.map(({ count }) => count)).toEqual([total(3, ELEVEN), total(4, ELEVEN, 'b')]);
    expect(refused[0]?.reason).toBe('Azure Monitor answers 400: BadRequest: time is more than 20 minutes in the past');
    expect(await under.shown(['a', 'b'])).toEqual([total(2)]);
    expect(under.told.series.get('a')).toMatchObject({ sum: 2 });
  });
});

describe('tokens and time', () => {
  test('no token: failed, and what was said of it is passed on', async () => {
    const sink = under.open({ getToken: () => Promise.reject(new Error('az login is needed')) });
    expect(await sink.put([total(3)])).toEqual({ refused: [], failed: [total(3)] });
    expect(sink.trouble?.()).toContain('az login is needed');
    expect(await under.sink.put([total(3)])).toEqual(ALL);
    expect(await under.shown(['a'])).toEqual([total(3)]);
  });

  test('a token that never comes is waited for as long as a request', async () => {
    const sink = under.open({ getToken: () => new Promise(() => {}), patienceMs: 50 });
    expect((await sink.put([total(3)])).failed).toEqual([total(3)]);
    expect(await under.sink.put([total(3)])).toEqual(ALL);
  });

  test('a wrong token is said, and never shown', async () => {
    const sink = under.open({ getToken: async () => 'a-secret' });
    expect((await sink.put([total(3)])).failed).toEqual([total(3)]);
    expect(sink.trouble?.()).toMatch(/401: Unauthorized/);
    expect(sink.trouble?.()).not.toContain('a-secret');
    // Who is not let in was not heard.
    expect(await under.sink.put([total(3)])).toEqual(ALL);
    expect(await under.shown(['a'])).toEqual([total(3)]);
  });

  test('beyond the deadline nothing is sent', async () => {
    under.now = HALF_PAST;
    const sink = under.open({ deadline: () => HALF_PAST });
    expect((await sink.put([total(3)])).failed).toEqual([total(3)]);
    expect(under.told.series.size).toBe(0);
  });
});
