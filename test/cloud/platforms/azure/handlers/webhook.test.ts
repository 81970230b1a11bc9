/** What a sender relies on, through Azure's own types of requests and contexts. */

import { HttpRequest, type HttpResponseInit } from '@azure/functions';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { demandHeader } from '../../../../../cloud/ingest/demanded-header.ts';
import {
  BODY_LIMIT,
  METHODS,
  type WebhookDeps,
  webhookHandler,
} from '../../../../../cloud/platforms/azure/handlers/webhook.ts';
import { StoreError } from '../../../../../cloud/protocol/errors.ts';
import { collect } from '../../../../conformance/store.ts';
import { counter, type Invoking, invoking, NOW } from './invoking.ts';

let parts: Invoking;
beforeEach(async () => {
  parts = await invoking();
});
afterEach(() => parts.stop());

interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

async function invoke({ method = 'PUT', headers = {}, body }: Sent, deps: Partial<WebhookDeps> = {}) {
  const bytes = body === undefined ? undefined : Buffer.from(body as string);
  const url = 'https://mbed.azurewebsites.net/api/webhook?code=function-key';
  const request = new HttpRequest({ method, url, headers, ...(bytes === undefined ? {} : { body: { bytes } }) });
  return (await webhookHandler({ ...parts, ...deps })(request, parts.context())) as HttpResponseInit & {
    readonly headers: Record<string, string>;
    readonly body: string;
  };
}

const SECRET = 'Bearer 5f1c-secret';
const oneBoard = JSON.stringify({ registrations: [{ ep: 'board' }], notifications: [counter('board', '3')] });

test('PUT: 200 {} once the store has it, and the same again counts once', async () => {
  for (const _again of [1, 2, 3]) {
    const answer = await invoke({ body: oneBoard });
    expect(answer).toEqual({ status: 200, headers: { 'content-type': 'application/json' }, body: '{}' });
  }
  expect(await parts.store.totals()).toMatchObject({ presses: 3, setAside: 0 });
});

test('PUT without a body: 200, and nothing of it is kept', async () => {
  expect(await invoke({})).toMatchObject({ status: 200, body: '{}' });
  expect(await parts.store.totals()).toMatchObject({ presses: 0, setAside: 0 });
});

test('GET says that it is there, without the demanded header', async () => {
  const { status, body } = await invoke({ method: 'GET' }, { header: demandHeader('x-key', SECRET) });
  expect(status).toBe(200);
  expect(JSON.parse(body)).toMatchObject({ webhook: 'mbed-time-series', method: 'PUT' });
});

test.each(METHODS.filter((method) => method !== 'GET' && method !== 'PUT'))('%s: 405', async (method) => {
  const body = method === 'HEAD' ? {} : { body: oneBoard };
  expect(await invoke({ method, ...body })).toMatchObject({ status: 405, headers: { allow: 'PUT, GET' } });
  expect(await parts.store.totals()).toMatchObject({ presses: 0 });
});

test.each<[string, Record<string, string>, number]>([
  ['right', { 'x-key': SECRET }, 200],
  ['right, its name in capitals', { 'X-Key': SECRET }, 200],
  ['wrong', { 'x-key': `${SECRET}x` }, 401],
  ['sent twice', { 'x-key': `${SECRET}, ${SECRET}` }, 401],
  ['empty', { 'x-key': '' }, 401],
  ['missing', {}, 401],
  ['another', { 'x-keys': SECRET }, 401],
])('the demanded header %s', async (_how, headers, status) => {
  const answer = await invoke({ headers, body: oneBoard }, { header: demandHeader('X-Key', SECRET) });
  expect(answer.status).toBe(status);
  expect(await parts.store.totals()).toMatchObject({ presses: status === 200 ? 3 : 0 });
  expect(`${parts.log.join()}${answer.body}`).not.toMatch(/secret|function-key/);
});

test.each<[string, string | Uint8Array]>([
  ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0x00, 0x7b])],
  ['not JSON', 'presses: 3'],
  ['an array', '[]'],
  ['a truncated message', oneBoard.slice(0, -5)],
])('%s: set aside as it came, 200', async (_what, body) => {
  expect(await invoke({ body })).toMatchObject({ status: 200, body: '{}' });
  const [item, ...more] = await collect(parts.store.aside());
  expect(Buffer.from(item?.body ?? []).equals(Buffer.from(body as string))).toBe(true);
  expect(more).toEqual([]);
  expect(parts.log.join()).toMatch(/^warning set aside/);
});

test.each([
  ['a counter that is no number', counter('board', 'three')],
  ['an endpoint name of 1,024 characters', counter('x'.repeat(1_024), '3')],
  ['no endpoint name', { path: '/3200/0/5501', payload: 'Mw==' }],
])('%s: that element is set aside, the rest counts, 200', async (_what, bad) => {
  const body = JSON.stringify({ registrations: [{ ep: 'good' }], notifications: [bad, counter('good', '2')] });
  expect(await invoke({ body })).toMatchObject({ status: 200 });
  expect(await parts.store.totals()).toMatchObject({ presses: 2, setAside: 1 });
});

test('an endpoint that the store cannot keep is set aside', async () => {
  const { store } = parts;
  const refusing: WebhookDeps['store'] = {
    apply: (batch) => store.apply(batch),
    setAside: (items) => store.setAside(items),
    refusal: (endpoint) => (endpoint === 'board' ? 'not this one' : undefined),
  };
  expect(await invoke({ body: oneBoard }, { store: refusing })).toMatchObject({ status: 200 });
  expect(await store.totals()).toMatchObject({ presses: 0, setAside: 1 });
});

describe('large bodies', () => {
  test('4 MB that are no message are kept to the byte', async () => {
    const bytes = Uint8Array.from({ length: 4 * 1024 ** 2 }, (_, index) => (index * 7) % 256);
    expect(await invoke({ body: bytes })).toMatchObject({ status: 200 });
    const [item] = await collect(parts.store.aside());
    expect(Buffer.from(item?.body ?? []).equals(Buffer.from(bytes))).toBe(true);
  });

  test.each<[string, Record<string, string>, number]>([
    ['announced', { 'content-length': String(BODY_LIMIT + 1) }, 10],
    ['not announced', {}, BODY_LIMIT + 1],
  ])('beyond the limit, %s: 413, and nothing is kept', async (_how, headers, length) => {
    expect(await invoke({ headers, body: Buffer.alloc(length, 0x20) })).toMatchObject({ status: 413 });
    expect(await parts.store.totals()).toMatchObject({ setAside: 0 });
  });
});

test.each(['STORE_DOWN', 'STORE_SCHEMA', 'ASIDE_FULL'] as const)(
  '%s: 503 with Retry-After, and logged',
  async (code) => {
    const failing: WebhookDeps['store'] = {
      apply: () => Promise.reject(new StoreError(code, 'the table is gone', 'Make it.')),
      setAside: () => Promise.reject(new StoreError(code, 'the table is gone')),
    };
    const answer = await invoke({ body: oneBoard }, { store: failing });
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(JSON.parse(answer.body)).toMatchObject({ error: code });
    expect(parts.log.join()).toMatch(/^error the table is gone.*Make it/s);
  },
);

test('a bug of ours: 500, told in the log alone', async () => {
  const buggy = { ...parts.store, apply: () => Promise.reject(new TypeError('x is not a function')) };
  const answer = await invoke({ body: oneBoard }, { store: buggy as unknown as WebhookDeps['store'] });
  expect(answer.status).toBe(500);
  expect(answer.body).not.toContain('function');
  expect(parts.log.join()).toContain('x is not a function');
});

test('each of several requests at once has its own 15 s, and outside of them there is no time', async () => {
  const seen: number[] = [];
  let clock = NOW;
  const store: WebhookDeps['store'] = {
    setAside: async () => {},
    async apply() {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(parts.deadline.at());
      return { presses: 0, stale: 0 };
    },
  };
  const now = (): number => (clock += 1_000);
  await Promise.all([1, 2, 3].map(() => invoke({ body: oneBoard }, { store, now })));
  expect(seen).toEqual([1_000, 2_000, 3_000].map((later) => NOW + later + 15_000));
  expect(parts.deadline.at()).toBe(0);
});

test('whatever comes, it answers, and never another 4xx for content', async () => {
  const body = fc.oneof(fc.uint8Array({ maxLength: 64 }), fc.json(), fc.constant(oneBoard));
  await fc.assert(
    fc.asyncProperty(body, async (bytes) => {
      expect((await invoke({ body: bytes })).status).toBe(200);
    }),
    { numRuns: 100 },
  );
});
