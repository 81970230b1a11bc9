/** What a sender relies on, through the server that Google runs the function in. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Deadline } from '../../../../../cloud/ingest/deadline.ts';
import { demandHeader } from '../../../../../cloud/ingest/demanded-header.ts';
import {
  BODY_LIMIT,
  type WebhookDeps,
  webhookFunction,
} from '../../../../../cloud/platforms/google/handlers/webhook.ts';
import { type LocalStore, openLocalStore } from '../../../../../cloud/platforms/local/store.ts';
import { StoreError } from '../../../../../cloud/protocol/errors.ts';
import { hearing, type ServedFunction, serveFunction } from './served.ts';

const SECRET = '5f1c-secret';
const KEY = { 'x-mts-key': SECRET };
const NOW = Date.UTC(2026, 10, 25, 12, 30);
const oneBoard = JSON.stringify({
  registrations: [{ ep: 'board' }],
  notifications: [{ ep: 'board', path: '/3200/0/5501', ct: 'text/plain', payload: btoa('3'), 'max-age': 0 }],
});

let dir: string;
let store: LocalStore;
let served: ServedFunction | undefined;
let heard: ReturnType<typeof hearing>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-google-'));
  store = openLocalStore({ dir, create: true, maxAside: 1_000 });
  heard = hearing();
});
afterEach(async () => {
  await served?.close();
  served = undefined;
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

async function serve(deps: Partial<WebhookDeps> = {}): Promise<string> {
  const parts = { store, header: demandHeader('X-Mts-Key', SECRET), now: () => NOW, deadline: new Deadline() };
  served = await serveFunction(webhookFunction({ ...parts, log: heard.log, ...deps }));
  return served.url;
}

async function put(url: string, body: string | Uint8Array, headers: Record<string, string> = {}) {
  const response = await fetch(url, { method: 'PUT', headers: { ...KEY, ...headers }, body: Buffer.from(body) });
  return { status: response.status, body: await response.text(), headers: response.headers };
}

/** Sends exactly these headers: fetch adds some. */
function bare(url: string, method: string, headers: Record<string, string>, body?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    request.once('error', reject);
    request.end(body);
  });
}

test('PUT: 200 {} once the store has it, and once alone when it comes again', async () => {
  const url = await serve();
  for (let again = 0; again < 3; again += 1) {
    expect(await put(url, oneBoard)).toMatchObject({ status: 200, body: '{}' });
  }
  expect(await store.totals()).toMatchObject({ presses: 3, setAside: 0 });
});

test.each([
  'application/json',
  'application/json; charset=utf-8',
  'application/json; charset=klingon',
  'application/cloudevents+json',
  'application/x-www-form-urlencoded',
  'text/plain; charset=utf-16',
  'multipart/form-data; boundary=x',
  'nonsense',
])('the bytes decide, whatever the content type says: %s', async (type) => {
  const url = await serve();
  expect(await put(url, oneBoard, { 'content-type': type })).toMatchObject({ status: 200, body: '{}' });
  expect(await store.totals()).toMatchObject({ presses: 3, setAside: 0 });
});

test('without a content type, of a known length or in chunks', async () => {
  const url = await serve();
  expect(await bare(url, 'PUT', { ...KEY, 'content-length': String(oneBoard.length) }, oneBoard)).toBe(200);
  expect(await bare(url, 'PUT', { ...KEY, 'transfer-encoding': 'chunked' }, oneBoard)).toBe(200);
  expect(await store.totals()).toMatchObject({ presses: 3, setAside: 0 });
});

test('no JSON, sent as JSON: 200, and the bytes are set aside as they came', async () => {
  const url = await serve();
  const body = Buffer.from([0x7b, 0xff, 0x00, 0x22]);
  expect(await put(url, body, { 'content-type': 'application/json' })).toMatchObject({ status: 200, body: '{}' });
  for await (const item of store.aside()) expect(Buffer.from(item.body).equals(body)).toBe(true);
  expect(await store.totals()).toMatchObject({ setAside: 1 });
  expect(heard.said).toContainEqual(expect.objectContaining({ severity: 'WARNING', message: 'set aside' }));
});

test.each(['gzip', 'br', 'klingon'])(
  'a body said to be encoded by %s is taken as the bytes it is',
  async (encoding) => {
    const url = await serve();
    const body = encoding === 'gzip' ? gzipSync(oneBoard) : Buffer.from('x');
    expect(await put(url, body, { 'content-encoding': encoding })).toMatchObject({ status: 200 });
    for await (const item of store.aside()) expect(Buffer.from(item.body).equals(body)).toBe(true);
    expect(await store.totals()).toMatchObject({ presses: 0, setAside: 1 });
  },
);

test('PUT without a body: 200, as nothing could be understood', async () => {
  const url = await serve();
  expect(await bare(url, 'PUT', KEY)).toBe(200);
});

test('GET says that it is there, without the header', async () => {
  const response = await fetch(await serve());
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ webhook: 'mbed-time-series', method: 'PUT' });
});

test.each(['POST', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'])('%s: 405', async (method) => {
  const response = await fetch(await serve(), { method });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('PUT, GET');
});

test.each<[string, Record<string, string>, number]>([
  ['right', { 'x-mts-key': SECRET }, 200],
  ['right, its name in capitals', { 'X-MTS-Key': SECRET }, 200],
  ['wrong', { 'x-mts-key': `${SECRET}x` }, 401],
  ['empty', { 'x-mts-key': '' }, 401],
  ['missing', {}, 401],
  ['another', { 'x-mts-keys': SECRET }, 401],
])('the demanded header %s', async (_how, headers, status) => {
  const url = await serve();
  const response = await fetch(url, { method: 'PUT', headers, body: oneBoard });
  expect(response.status).toBe(status);
  expect(await store.totals()).toMatchObject({ presses: status === 200 ? 3 : 0 });
  expect(JSON.stringify(heard.said)).not.toContain(SECRET);
});

test('a body larger than Cloud Run takes: 413, and nothing of it is kept', async () => {
  const url = await serve();
  expect(await put(url, new Uint8Array(BODY_LIMIT + 1))).toMatchObject({ status: 413 });
  expect(await store.totals()).toMatchObject({ setAside: 0 });
});

test('a store that is down: 503, and when to come again', async () => {
  const url = await serve({
    store: {
      apply: async () => Promise.reject(new StoreError('STORE_DOWN', 'Firestore does not answer')),
      setAside: async () => {},
    },
  });
  const { status, headers, body } = await put(url, oneBoard);
  expect([status, headers.get('retry-after'), JSON.parse(body).error]).toEqual([503, '1', 'STORE_DOWN']);
  expect(heard.said).toContainEqual(
    expect.objectContaining({ severity: 'ERROR', message: 'Firestore does not answer' }),
  );
});

test('no room for what is not understood: 503', async () => {
  const url = await serve();
  expect(await put(url, 'x'.repeat(1_001))).toMatchObject({ status: 503 });
});

test('a fault of ours: 500, without what it was', async () => {
  const broken = { apply: async () => Promise.reject(new TypeError('x is no function')), setAside: async () => {} };
  const { status, body } = await put(await serve({ store: broken }), oneBoard);
  expect(status).toBe(500);
  expect(body).not.toContain('function');
  expect(JSON.stringify(heard.said)).toContain('x is no function');
});

test('whatever bytes come with whatever content type: 200', async () => {
  const url = await serve({ store: { apply: (batch) => store.apply(batch), setAside: async () => {} } });
  const types = fc.constantFrom('application/json', 'text/plain', 'application/x-www-form-urlencoded', 'a/b;charset=c');
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), types, async (body, type) => {
      expect((await put(url, body, { 'content-type': type })).status).toBe(200);
    }),
    { numRuns: 150 },
  );
});

test('other servers of the process keep their content types', async () => {
  await serve();
  const other = createServer((request, response) => response.end(request.headers['content-type']));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = other.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}`, { headers: { 'content-type': 'text/x' } });
    expect(await response.text()).toBe('text/x');
  } finally {
    other.closeAllConnections();
    other.close();
  }
});

test('each request has its own time, whatever is under way beside it', async () => {
  let clock = NOW;
  const seen: number[] = [];
  const deadline = new Deadline();
  const all = Promise.withResolvers<void>();
  const slow = {
    setAside: async () => {},
    async apply() {
      if (clock === NOW + 3_000) all.resolve();
      await all.promise;
      seen.push(deadline.at());
      return { presses: 0, stale: 0 };
    },
  };
  const url = await serve({ store: slow, deadline, now: () => (clock += 1_000) });
  await Promise.all([1, 2, 3].map(() => put(url, oneBoard)));
  expect(seen.sort()).toEqual([1_000, 2_000, 3_000].map((later) => NOW + later + 15_000));
});
