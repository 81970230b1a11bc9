/** Keeping a webhook registered: what is looked at, what is registered again, and how long it waits. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ensureCallback, keepLooking } from '../../../../cloud/connector/client/ensure.ts';
import { ServiceError } from '../../../../cloud/connector/client/service-error.ts';
import { KEY, opened } from './opened.ts';
import { V2Api } from './v2-api.ts';

const headers = { 'x-api-key': 'value-of-the-header' };
const receiver = createServer((_request, response) => response.end());
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/webhook`;
});
afterAll(() => {
  receiver.closeAllConnections();
  receiver.close();
});

let api: V2Api;
beforeEach(async () => {
  api = await new V2Api(KEY, 'pelion').listen();
});
afterEach(() => api.close());

const puts = (): number => api.calls.filter((call) => call.startsWith('PUT')).length;

describe('one look', () => {
  test('registers what is missing, and leaves what is as it should be', async () => {
    const { service } = opened(api.origin);
    expect(await ensureCallback(service, { url, headers })).toMatchObject({ found: 'missing', echo: { url, headers } });
    expect(await ensureCallback(service, { url, headers })).toMatchObject({ found: 'same', registered: undefined });
    expect(puts()).toBe(1);
  });

  test.each([
    ['another URL', { url: 'http://other.example/', headers }],
    ['another header value', { url: 'as wanted', headers: { 'x-api-key': 'old' } }],
    ['no header', { url: 'as wanted', headers: {} }],
  ])('registers over %s, and tells what it was', async (_what, callback) => {
    const before = { ...callback, url: callback.url === 'as wanted' ? url : callback.url };
    api.callback = before;
    const ensured = await ensureCallback(opened(api.origin).service, { url, headers });
    expect(ensured).toMatchObject({ found: 'different', before });
    expect(api.callback).toMatchObject({ url, headers });
  });

  test('a service that does not tell header values is not registered with again and again', async () => {
    api.echo = () => '***';
    const { service } = opened(api.origin);
    const first = await ensureCallback(service, { url, headers });
    expect(await ensureCallback(service, { url, headers }, first.echo)).toMatchObject({ found: 'same' });
    expect(puts()).toBe(1);
    api.callback = undefined;
    expect(await ensureCallback(service, { url, headers }, first.echo)).toMatchObject({ found: 'missing' });
  });
});

describe('look after look', () => {
  interface Told {
    readonly waits: number[];
    readonly troubles: [string, number][];
  }

  /** Runs until as many waits are over; `looks` are what each look ends with. */
  async function keep(looks: readonly (Error | 'fine')[], everyMs = 60_000): Promise<Told> {
    const stop = new AbortController();
    const told: Told = { waits: [], troubles: [] };
    let at = 0;
    await keepLooking({
      everyMs,
      stop: stop.signal,
      look: async () => {
        const outcome = looks[at++];
        if (outcome instanceof ServiceError || outcome instanceof Error) throw outcome;
      },
      sleep: async (ms) => {
        told.waits.push(ms);
        if (told.waits.length < looks.length) return;
        stop.abort();
        throw new Error('broken off');
      },
      onTrouble: ({ message }, waitMs) => told.troubles.push([message, waitMs]),
    });
    return told;
  }

  const passing = new ServiceError({ message: 'busy', fix: 'Wait.', passing: true });
  const lasting = new ServiceError({ message: 'wrong key', fix: 'Check.', status: 401, passing: false });

  test('as often as asked', async () => {
    expect((await keep(['fine', 'fine', 'fine'], 5_000)).waits).toEqual([5_000, 5_000, 5_000]);
  });

  test('after 10, 20, 30 … seconds when it fails, two minutes at most; and then as before', async () => {
    const { waits, troubles } = await keep(['fine', ...Array.from({ length: 14 }, () => passing), 'fine', passing]);
    const seconds = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 120, 120];
    expect(waits).toEqual([60, ...seconds, 60, 10].map((wait) => wait * 1000));
    expect(troubles[1]).toEqual(['busy', 20_000]);
  });

  test('what will not pass ends it at first, but not once it has worked', async () => {
    await expect(keep([lasting])).rejects.toBe(lasting);
    await expect(keep([passing, lasting])).rejects.toBe(lasting);
    expect((await keep(['fine', lasting, 'fine'])).waits).toEqual([60_000, 10_000, 60_000]);
  });

  test('our own fault ends it', async () => {
    await expect(keep(['fine', new RangeError('bug')])).rejects.toThrow('bug');
  });

  test('a stop during a look is no error', async () => {
    const stop = new AbortController();
    const look = async (): Promise<void> => {
      stop.abort();
      throw passing;
    };
    const never = async (): Promise<void> => Promise.reject(new Error('waited'));
    await keepLooking({ look, everyMs: 1, sleep: never, stop: stop.signal, onTrouble: () => expect(1).toBe(2) });
  });
});
