/** The small host: it asks for the key as Azure does, and hands over what it was sent. */
import { request } from 'node:http';
import type { HttpHandler, HttpRequest } from '@azure/functions';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type FunctionsHost,
  runTimer,
  serveFunctions,
} from '../../../../../cloud/platforms/azure/local/functions/host.ts';

const KEY = 'a-function-key';

let host: FunctionsHost;
let seen: { request: HttpRequest; body: string }[];
let log: string[];
const echo: HttpHandler = async (asked, context) => {
  seen.push({ request: asked, body: await asked.text() });
  context.warn('seen', context.functionName);
  return { status: 207, headers: { 'x-seen': 'yes' }, body: '{}' };
};
const broken: HttpHandler = () => Promise.reject(new Error('a bug'));

beforeEach(async () => {
  [seen, log] = [[], []];
  host = await serveFunctions({
    functions: { echo, broken },
    ...{ key: KEY, bodyLimit: 1_000, log: (level, ...args) => log.push(`${level} ${args.map(String).join(' ')}`) },
  });
});
afterEach(() => host.close());

const ask = (path: string, init: RequestInit = {}) => fetch(`${host.url}${path}`, init);

describe('the key', () => {
  test.each<[string, string, Record<string, string>, number]>([
    ['in its header', '/api/echo', { 'x-functions-key': KEY }, 207],
    ['in the address', `/api/echo?code=${KEY}`, {}, 207],
    ['missing', '/api/echo', {}, 401],
    ['wrong', '/api/echo', { 'x-functions-key': `${KEY}x` }, 401],
    ['wrong in the address', '/api/echo?code=', {}, 401],
    ['in another header', '/api/echo', { authorization: KEY }, 401],
  ])('%s', async (_where, path, headers, status) => {
    for (const method of ['GET', 'PUT']) expect((await ask(path, { method, headers })).status).toBe(status);
    expect(seen).toHaveLength(status === 401 ? 0 : 2);
  });

  test('is asked for of functions that are there', async () => {
    for (const path of ['/', '/api/', '/api/other', '/echo', '/api/echo/more', '/api/toString', '/admin/host/keys']) {
      expect((await ask(`${path}?code=${KEY}`)).status).toBe(404);
    }
  });
});

test('method, headers, address and body arrive, and the answer goes back', async () => {
  const headers = { 'x-functions-key': KEY, 'X-Own': 'é is not ASCII'.slice(2) };
  const answer = await ask('/api/echo?a=b', { method: 'PUT', headers, body: 'pressed' });
  expect([answer.status, answer.headers.get('x-seen'), await answer.text()]).toEqual([207, 'yes', '{}']);
  const [{ request: asked, body } = {} as never] = seen;
  expect([asked.method, asked.headers.get('x-own'), asked.query.get('a'), body]).toEqual([
    ...['PUT', 'is not ASCII', 'b'],
    'pressed',
  ]);
  expect(asked.url).toBe(`${host.url}/api/echo?a=b`);
  expect(log).toEqual(['warning seen echo']);
});

test.each([
  [1_000, 207],
  [1_001, 413],
])('a body of %d bytes: %d', async (length, status) => {
  const init = { method: 'PUT', headers: { 'x-functions-key': KEY }, body: Buffer.alloc(length, 0x20) };
  expect((await ask('/api/echo', init)).status).toBe(status);
});

test('a header that is sent twice arrives as both', async () => {
  const status = await new Promise((resolve, reject) => {
    const sent = request(`${host.url}/api/echo?code=${KEY}`, { headers: { 'x-key': ['one', 'two'] } });
    sent
      .on('error', reject)
      .on('response', (answer) => resolve(answer.resume().statusCode))
      .end();
  });
  expect(status).toBe(207);
  expect(seen[0]?.request.headers.get('x-key')).toBe('one, two');
});

test('a function that fails: 500, and only the log says why', async () => {
  const answer = await ask('/api/broken', { headers: { 'x-functions-key': KEY } });
  expect([answer.status, await answer.text()]).toEqual([500, '']);
  expect(log).toEqual(['error the host failed Error: a bug']);
});

test('a timer is handed its schedule, and its failure is passed on', async () => {
  const timers: unknown[] = [];
  await runTimer(
    'sweep',
    (timer, context) => void timers.push([timer.isPastDue, context.functionName]),
    () => {},
  );
  expect(timers).toEqual([[false, 'sweep']]);
  await expect(
    runTimer(
      'sweep',
      () => Promise.reject(new Error('a bug')),
      () => {},
    ),
  ).rejects.toThrow('a bug');
});

test('closing waits for what is under way', async () => {
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  let begun: () => void = () => {};
  const began = new Promise<void>((resolve) => (begun = resolve));
  const slow: HttpHandler = async () => {
    begun();
    await held;
    return { status: 200 };
  };
  const other = await serveFunctions({ functions: { slow }, key: KEY, log: () => {} });
  const asked = fetch(`${other.url}/api/slow?code=${KEY}`);
  await began;
  const closed = other.close();
  release();
  expect((await asked).status).toBe(200);
  await closed;
});
