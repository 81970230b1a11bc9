/** Waiting for a board to register: what proves that it did, what does not, and that nothing is claimed without proof. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { OutsideError } from '../../../cloud/protocol/errors.ts';
import { FlashFailure } from '../../../firmware-template/flash/failure.ts';
import { isRegistered, OUTLIVED_MS, type WaitOptions, waitRegistered } from '../../../scripts/firmware/registered.ts';
import { KEY, opened } from '../../cloud/connector/client/opened.ts';
import { EndpointsApi } from './endpoints-api.ts';

let api: EndpointsApi;
beforeEach(async () => {
  api = await new EndpointsApi(KEY).listen();
});
afterEach(() => api[Symbol.asyncDispose]());

describe('one look', () => {
  test('a board that the service has, and one that it does not have; any name fits into the path', async () => {
    const name = '7b7c-ü/%2F..@e 1';
    api.registered.add(name);
    const { service } = opened(api.origin);
    expect(await isRegistered(service, name)).toBe(true);
    expect(await isRegistered(service, 'another')).toBe(false);
    expect(api.asked[1]).toBe('GET /v2/endpoints/another');
  });

  const REFUSALS: [string, () => void, RegExp][] = [
    ['another key', () => api.scripted.push(401), /does not know the API key/],
    ['a key without the right', () => api.scripted.push(403), /the key may not do this/],
    ['a web page that was not found', () => Object.assign(api, { isPage: true }), /with a web page/],
    [
      'a web page that was found',
      () => {
        api.isPage = true;
        api.scripted.push(200);
      },
      /with a web page/,
    ],
  ];
  test.each(REFUSALS)('%s is an error in the words of the option', async (_name, prepare, words) => {
    prepare();
    const error: unknown = await isRegistered(opened(api.origin).service, 'board-1').catch((error: unknown) => error);
    expect(error).toBeInstanceOf(OutsideError);
    expect(error).toMatchObject({ code: 'SERVER', message: expect.stringMatching(words) });
    expect(`${(error as OutsideError).message}${(error as OutsideError).fix}`).not.toMatch(/--host/);
  });

  test('nothing listens', async () => {
    const { service } = opened(api.origin);
    await api[Symbol.asyncDispose]();
    const error = isRegistered(service, 'board-1');
    await expect(error).rejects.toMatchObject({ code: 'SERVER', fix: expect.stringContaining('--wait-registered') });
    api = await new EndpointsApi(KEY).listen();
  });
});

/** What each look sees, the last one for ever; time passes only while it is slept. */
async function wait(
  seen: (boolean | Error)[],
  more: Partial<WaitOptions> = {},
): Promise<{ outcome: string; looks: number; seconds: number; told: string[] }> {
  let [now, looks] = [1_000_000, 0];
  const told: string[] = [];
  const begun = now;
  const options: WaitOptions = {
    look: async () => {
      const what = seen[Math.min(looks++, seen.length - 1)]!;
      if (what instanceof Error) throw what;
      return what;
    },
    before: false,
    haltedAt: now,
    timeoutMs: 180_000,
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
    stop: new AbortController().signal,
    tell: (line) => told.push(line),
    ...more,
  };
  const outcome = await waitRegistered(options).catch((error: unknown) => {
    if (!(error instanceof FlashFailure)) throw error;
    return `${error.flashCause}: ${error.message}`;
  });
  return { outcome, looks, seconds: (now - begun) / 1000, told };
}

const DOWN = new OutsideError('SERVER', 'it cannot be reached', 'Wait.');

describe('waiting', () => {
  test('a board that was not registered before: the first sight is proof', async () => {
    const { outcome, looks } = await wait([false, false, true]);
    expect([outcome, looks]).toEqual(['it is registered', 3]);
  });

  test('one that was: only after it was seen gone', async () => {
    const { outcome, told } = await wait([true, true, false, false, true], { before: true });
    expect(outcome).toBe('it was gone, and is registered again');
    expect(told).toEqual(['the registration from before is gone; waiting for a new one']);
  });

  test('or when its registration outlived its lifetime', async () => {
    const { outcome, seconds } = await wait([true], { before: true });
    expect(outcome).toMatch(/renewed 150 s after/);
    expect(seconds).toBeGreaterThanOrEqual(OUTLIVED_MS / 1000);
    expect(seconds).toBeLessThan(OUTLIVED_MS / 1000 + 6);
  });

  test('being there all the time proves nothing, and that is said', async () => {
    const { outcome, seconds } = await wait([true], { before: true, timeoutMs: 60_000 });
    expect(outcome).toMatch(
      /^not-registered: flashed, but the only registration that was seen within 60 s is the one from/,
    );
    expect(seconds).toBe(60);
  });

  test('none in time', async () => {
    const { outcome, looks, seconds } = await wait([false]);
    expect(outcome).toBe('not-registered: flashed, but the board did not register within 180 s');
    expect(seconds).toBe(180);
    expect(looks).toBeLessThan(70);
  });

  test('a service that is down for a while is asked again, and told of once', async () => {
    const { outcome, told } = await wait([false, DOWN, DOWN, DOWN, true]);
    expect([outcome, told]).toEqual(['it is registered', ['it cannot be reached; it is asked again']]);
  });

  test('a service that is down to the end is named', async () => {
    const { outcome } = await wait([DOWN]);
    expect(outcome).toMatch(/did not register within 180 s; the last that was seen: it cannot be reached$/);
  });

  test('a silent service is not taken for a registration that went', async () => {
    const { outcome } = await wait([true, DOWN, true], { before: true, timeoutMs: 60_000 });
    expect(outcome).toMatch(/^not-registered/);
  });

  test('Ctrl-C', async () => {
    const { outcome, looks } = await wait([false], { stop: AbortSignal.abort() });
    expect([outcome, looks]).toEqual(['stopped: flashed; stopped while waiting for the board to register', 1]);
  });

  test('our own faults are not swallowed', async () => {
    await expect(wait([new TypeError('a bug')])).rejects.toThrow('a bug');
  });
});
