import { expect, test } from '@jest/globals';
import { newClient, step } from '../../../simulator/client/client.ts';
import type { ClientOptions } from '../../../simulator/client/options.ts';
import { ownUpdateAfterMs, resendAfterMs, retryAfterMs } from '../../../simulator/client/timing.ts';

const GOOD: ClientOptions = { endpoint: 'e', domain: 'd', transport: 'udp', random: () => 0 };

test.each<[string, Partial<ClientOptions>]>([
  ['no endpoint name', { endpoint: '' }],
  ['an endpoint name of 65 bytes', { endpoint: 'é'.repeat(33) }],
  ['an & in it', { endpoint: 'a&b' }],
  ['a domain of 65 bytes', { domain: 'd'.repeat(65) }],
  ['an & in that', { domain: '&' }],
  ['a lifetime below 60 s', { lifetimeS: 59 }],
  ['half seconds', { lifetimeS: 100.5 }],
  ['no queue', { resendQueue: 0 }],
  ['a queue above 6', { resendQueue: 7 }],
  ['no speed', { speed: 0 }],
  ['no number for one', { speed: Number.NaN }],
  ['boundless speed', { speed: Number.POSITIVE_INFINITY }],
])('refuses %s', (_, options) => {
  expect(() => newClient({ ...GOOD, ...options })).toThrow(RangeError);
});

test('takes the longest names', () => {
  expect(() => newClient({ ...GOOD, endpoint: 'e'.repeat(64), domain: 'd'.repeat(64) })).not.toThrow();
});

test('without power nothing happens', () => {
  const client = newClient(GOOD);
  const { phase } = client;
  expect(step(client, { kind: 'connected' })).toEqual([]);
  expect(step(client, { kind: 'changed', path: '/3200/0/5501', value: '1' })).toEqual([]);
  expect(step(client, { kind: 'update' })).toEqual([]);
  expect(step(client, { kind: 'wake', wake: 'retry', id: 0 })).toEqual([]);
  expect([phase, client.phase]).toEqual(['off', 'off']);
});

test('an update before the first registration is none', () => {
  const client = newClient(GOOD);
  step(client, { kind: 'start' });
  step(client, { kind: 'connected' });
  expect(step(client, { kind: 'update' })).toEqual([]);
});

test('wakes of an earlier boot are void', () => {
  const client = newClient(GOOD);
  step(client, { kind: 'start' });
  const wakes = step(client, { kind: 'closed', error: 'network' }).filter((action) => action.do === 'wake');
  step(client, { kind: 'stop' });
  step(client, { kind: 'start' });
  for (const { wake, id } of wakes) expect(step(client, { kind: 'wake', wake, id })).toEqual([]);
  expect(wakes).toHaveLength(1);
});

test('a resource that does not change is the caller’s own mistake', () => {
  const client = newClient(GOOD);
  step(client, { kind: 'start' });
  expect(() => step(client, { kind: 'changed', path: '/3/0/0', value: '1' })).toThrow(RangeError);
});

test('waits are those of the formulas', () => {
  expect([0, 1, 2, 3].map((resends) => resendAfterMs(resends, 0))).toEqual([5_000, 10_000, 20_000, 40_000]);
  expect([0, 0.3, 0.5, 0.999].map((random) => resendAfterMs(0, random))).toEqual([5_000, 5_000, 6_000, 7_000]);
  expect([1, 2, 3].map(retryAfterMs)).toEqual([15_000, 30_000, 45_000]);
  expect([0, 1, 3_600].map(ownUpdateAfterMs)).toEqual([1_000, 1_000, 2_700_000]);
});
