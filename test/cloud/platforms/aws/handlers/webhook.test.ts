/** What a sender relies on, whichever of AWS's front doors it comes through. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { demandHeader } from '../../../../../cloud/ingest/demanded-header.ts';
import {
  type HttpAnswer,
  type WebhookDeps,
  webhookHandler,
} from '../../../../../cloud/platforms/aws/handlers/webhook.ts';
import { StoreError } from '../../../../../cloud/protocol/errors.ts';
import { collect } from '../../../../conformance/store.ts';
import { functionUrlEvent, httpApiEvent, restEvent } from './http-events.ts';
import { counter, EIGHTEEN_SECONDS, type Invoking, invoking, NOW } from './invoking.ts';

let parts: Invoking;
beforeEach(async () => {
  parts = await invoking();
});
afterEach(() => parts.stop());

function invoke(event: unknown, deps: Partial<WebhookDeps> = {}, context = EIGHTEEN_SECONDS): Promise<HttpAnswer> {
  return webhookHandler({ ...parts, ...deps })(event, context);
}

const SECRET = 'Bearer 5f1c-secret';
const oneBoard = JSON.stringify({ registrations: [{ ep: 'board' }], notifications: [counter('board', '3')] });

describe.each([
  ['REST API', restEvent],
  ['HTTP API', httpApiEvent],
  ['function URL', functionUrlEvent],
])('%s', (_door, event) => {
  test.each([
    ['as text', oneBoard, false],
    ['in base64', oneBoard, true],
  ])('PUT, the body %s: 200 {} once the store has it', async (_how, body, base64) => {
    const answer = await invoke(event({ method: 'PUT', body, base64 }));
    expect(answer).toEqual({ statusCode: 200, headers: { 'content-type': 'application/json' }, body: '{}' });
    expect(await parts.store.totals()).toMatchObject({ presses: 3, setAside: 0 });
    expect(parts.tally.counts).toEqual(
      new Map([
        ['presses', 3],
        ['messagesTaken', 1],
      ]),
    );
    expect(parts.tally.published()).toBe(1);
  });

  test('PUT without a body: 200', async () => {
    expect(await invoke(event({ method: 'PUT' }))).toMatchObject({ statusCode: 200, body: '{}' });
  });

  test('the same again counts once', async () => {
    const put = event({ method: 'PUT', body: oneBoard });
    for (const again of [put, put, put]) expect(await invoke(again)).toMatchObject({ statusCode: 200 });
    expect(await parts.store.totals()).toMatchObject({ presses: 3 });
  });

  test('GET says that it is there', async () => {
    const { statusCode, body } = await invoke(event({ method: 'GET' }), { header: demandHeader('x-key', SECRET) });
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ webhook: 'mbed-time-series', method: 'PUT' });
  });

  test.each(['POST', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'])('%s: 405', async (method) => {
    const answer = await invoke(event({ method, body: oneBoard }));
    expect(answer).toMatchObject({ statusCode: 405, headers: { allow: 'PUT, GET' } });
    expect(await parts.store.totals()).toMatchObject({ presses: 0 });
  });

  test.each<[string, Record<string, string>, number]>([
    ['right', { 'x-key': SECRET }, 200],
    ['right, its name in capitals', { 'X-Key': SECRET }, 200],
    ['wrong', { 'x-key': `${SECRET}x` }, 401],
    ['empty', { 'x-key': '' }, 401],
    ['missing', {}, 401],
    ['another', { 'x-keys': SECRET }, 401],
  ])('the demanded header %s', async (_how, headers, status) => {
    const deps = { header: demandHeader('X-Key', SECRET) };
    const answer = await invoke(event({ method: 'PUT', headers, body: oneBoard }), deps);
    expect(answer.statusCode).toBe(status);
    expect(await parts.store.totals()).toMatchObject({ presses: status === 200 ? 3 : 0 });
    expect(`${parts.log.lines.join()}${answer.body}`).not.toContain('secret');
  });

  test.each<[string, string | Uint8Array]>([
    ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0x00, 0x7b])],
    ['not JSON', 'presses: 3'],
    ['an array', '[]'],
    ['a truncated message', oneBoard.slice(0, -5)],
  ])('%s: set aside as it came, 200', async (_what, body) => {
    expect(await invoke(event({ method: 'PUT', body }))).toMatchObject({ statusCode: 200, body: '{}' });
    const [item, ...more] = await collect(parts.store.aside());
    expect(Buffer.from(item?.body ?? []).equals(Buffer.from(body))).toBe(true);
    expect(more).toEqual([]);
    expect(parts.log.lines.join()).toContain('set aside');
    expect(parts.tally.counts.get('setAside')).toBe(1);
  });

  test.each([
    ['a counter that is no number', counter('board', 'three')],
    ['a counter beyond 16 bits', counter('board', '65536')],
    ['an endpoint name of 1,024 characters', counter('x'.repeat(1_024), '3')],
    ['an endpoint name with a control character', counter('a\u001fb', '3')],
    ['an endpoint name that is half a character', counter('\ud800', '3')],
    ['no endpoint name', { path: '/3200/0/5501', payload: 'Mw==' }],
  ])('%s: that element is set aside, the rest counts, 200', async (_what, bad) => {
    const body = JSON.stringify({ registrations: [{ ep: 'good' }], notifications: [bad, counter('good', '2')] });
    expect(await invoke(event({ method: 'PUT', body }))).toMatchObject({ statusCode: 200 });
    expect(await parts.store.totals()).toMatchObject({ presses: 2, setAside: 1 });
    const [item] = await collect(parts.store.aside());
    expect(JSON.parse(Buffer.from(item?.body ?? []).toString())).toEqual({ notifications: [bad] });
  });

  test.each(['日本語', ':colon', ' ', "'; DROP TABLE", 'a'.repeat(256)])('the name %p counts', async (ep) => {
    const body = JSON.stringify({ registrations: [{ ep }], notifications: [counter(ep, '2')] });
    expect(await invoke(event({ method: 'PUT', body }))).toMatchObject({ statusCode: 200 });
    expect(await parts.store.totals()).toMatchObject({ presses: 2, setAside: 0 });
  });

  test('a body of 4 MB counts, and one of 4 MB that is none is kept to the byte', async () => {
    const good = {
      registrations: [{ ep: 'board' }],
      notifications: [counter('board', '3')],
      ü: 'ß€😀'.repeat(440_000),
    };
    const body = JSON.stringify(good);
    expect(Buffer.byteLength(body)).toBeGreaterThan(3.9e6);
    expect(await invoke(event({ method: 'PUT', body }))).toMatchObject({ statusCode: 200 });
    const bytes = Uint8Array.from({ length: 4 * 1024 ** 2 }, (_, index) => (index * 7) % 256);
    expect(await invoke(event({ method: 'PUT', body: bytes }))).toMatchObject({ statusCode: 200 });
    expect(await parts.store.totals()).toMatchObject({ presses: 3, setAside: 1 });
    const [item] = await collect(parts.store.aside());
    expect(Buffer.from(item?.body ?? []).equals(Buffer.from(bytes))).toBe(true);
  });
});

test('the demanded header sent twice is not the one that was agreed', async () => {
  const header = demandHeader('x-key', SECRET);
  const base = restEvent({ method: 'PUT', body: oneBoard });
  const twice = { ...base, headers: { 'X-Key': SECRET }, multiValueHeaders: { 'X-Key': ['wrong', SECRET] } };
  expect(await invoke(twice, { header })).toMatchObject({ statusCode: 401 });
  const twoNames = { ...base, headers: { 'X-Key': SECRET, 'x-key': SECRET }, multiValueHeaders: null };
  expect(await invoke(twoNames, { header })).toMatchObject({ statusCode: 401 });
  const only = { ...base, headers: { 'X-Key': SECRET }, multiValueHeaders: null };
  expect(await invoke(only, { header })).toMatchObject({ statusCode: 200 });
});

test.each([
  ['STORE_DOWN', 'messagesStoreDown'],
  ['ASIDE_FULL', 'messagesAsideFull'],
] as const)('%s: 503, to be sent again', async (code, counted) => {
  const fails = async (): Promise<never> => {
    throw new StoreError(code, 'the table x is not there', 'Look at it.');
  };
  const event = restEvent({ method: 'PUT', body: JSON.stringify({ notifications: [counter('a', 'x')] }) });
  const answer = await invoke(event, { store: { apply: fails, setAside: fails } });
  expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
  expect(JSON.parse(answer.body)).toMatchObject({ error: code });
  expect(parts.tally.counts).toEqual(new Map([[counted, 1]]));
  expect(parts.log.lines.join()).toContain('Look at it.');
});

test('no room for what is set aside: 503, and nothing of the body counts', async () => {
  const small = await invoking(10);
  try {
    const body = JSON.stringify({
      registrations: [{ ep: 'a' }],
      notifications: [counter('a', '1'), counter('a', 'x')],
    });
    const answer = await webhookHandler(small)(restEvent({ method: 'PUT', body }), EIGHTEEN_SECONDS);
    expect(answer.statusCode).toBe(503);
    expect(await small.store.totals()).toMatchObject({ presses: 0, setAside: 0 });
  } finally {
    await small.stop();
  }
});

test('a bug of ours: 500, in the log, and nothing of it in the answer', async () => {
  const apply = async (): Promise<never> => {
    throw new TypeError('x is not a function of secret');
  };
  const answer = await invoke(restEvent({ method: 'PUT', body: oneBoard }), { store: { ...parts.store, apply } });
  expect(answer.statusCode).toBe(500);
  expect(answer.body).not.toContain('secret');
  expect(parts.log.lines.join()).toContain('x is not a function');
  expect(parts.tally.counts).toEqual(new Map([['messagesFailed', 1]]));
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a text', 'PUT secret'],
  ['a list', [1, 2]],
  ['an empty object', {}],
  ['an event of a queue', { Records: [{ body: 'secret' }] }],
  ['a method that is none', { httpMethod: 7, body: 'secret' }],
  ['a body that is none', { httpMethod: 'PUT', body: { secret: 1 } }],
  ['base64 that is none', { httpMethod: 'PUT', body: '%%secret%%', isBase64Encoded: true }],
])('%s is no request: 500, logged, and nobody learns what it was', async (_what, event) => {
  const answer = await invoke(event);
  expect(answer).toMatchObject({ statusCode: 500, headers: { 'content-type': 'application/json' } });
  expect(`${parts.log.lines.join()}${answer.body}`).not.toContain('secret');
  expect(parts.log.lines).toHaveLength(1);
  expect(parts.tally.counts).toEqual(new Map([['messagesRefused', 1]]));
});

test.each([
  ['whole 18 s', 18_000, 15_000],
  ['less', 10_000, 7_000],
  ['nearly none', 1_000, -2_000],
])('with %s left, no write begins after its time', async (_what, remaining, latest) => {
  let told: number | undefined;
  const apply: WebhookDeps['store']['apply'] = async () => {
    told = parts.deadline.at();
    return { presses: 0, stale: 0 };
  };
  const deps = { store: { ...parts.store, apply } };
  await invoke(restEvent({ method: 'PUT', body: oneBoard }), deps, { getRemainingTimeInMillis: () => remaining });
  expect(told).toBe(NOW + latest);
});

test('whatever the event: an answer', async () => {
  const text = fc.oneof(
    fc.constantFrom('PUT', 'GET', '2.0', oneBoard, btoa(oneBoard), '', 'x-key', SECRET),
    fc.string(),
  );
  const value = fc.oneof(text, fc.anything({ maxDepth: 2 }), fc.boolean());
  const field = fc.constantFrom(
    ...['httpMethod', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded', 'version', 'requestContext'],
  );
  const headers = fc.dictionary(text, fc.oneof(text, fc.array(text), value));
  const context = fc.record({ http: fc.oneof(fc.record({ method: value }), value) });
  const event = fc.oneof(
    fc.anything(),
    fc.dictionary(field, fc.oneof(value, headers, context)),
    fc.record({ httpMethod: fc.constant('PUT'), headers, body: value, isBase64Encoded: value }),
  );
  const deps = { header: demandHeader('x-key', SECRET) };
  await fc.assert(
    fc.asyncProperty(event, async (any) => {
      const { statusCode, body } = await invoke(any, deps);
      expect([200, 401, 405, 500]).toContain(statusCode);
      JSON.parse(body);
    }),
    { numRuns: 1_000 },
  );
  expect(parts.tally.counts.get('messagesFailed')).toBeUndefined();
});

test('any bytes, through any door: 200, and counted or kept', async () => {
  const doors = fc.constantFrom(restEvent, httpApiEvent, functionUrlEvent);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 50 }), doors, async (bytes, event) => {
      // No text begins with this byte.
      const body = new Uint8Array([0xff, ...bytes]);
      await parts.store.dropAside((await collect(parts.store.aside())).map(({ key }) => key));
      expect(await invoke(event({ method: 'PUT', body }))).toMatchObject({ statusCode: 200 });
      const [item] = await collect(parts.store.aside());
      expect([...(item?.body ?? [])]).toEqual([...body]);
    }),
    { numRuns: 200 },
  );
});
