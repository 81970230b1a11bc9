/** API Gateway's stand-in: its event, its key, its limits, its answers. */

import { afterEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { requestOf } from '../../../../../cloud/platforms/aws/handlers/http-event.ts';
import { EventTooLarge, type Invoked } from '../../../../../cloud/platforms/aws/local/functions/invocation.ts';
import { answerOf } from '../../../../../cloud/platforms/aws/local/gateway/answer.ts';
import {
  type Gateway,
  type GatewayOptions,
  startGateway,
} from '../../../../../cloud/platforms/aws/local/gateway/gateway.ts';
import { throttleBy } from '../../../../../cloud/platforms/aws/local/gateway/throttle.ts';
import { send } from '../../../ingest/listening.ts';

const KEY = 'k'.repeat(40);
const WITH_KEY = { 'x-api-key': KEY };
let gateway: Gateway;
afterEach(() => gateway.close());

test('the function gets the event of a REST API, with the bytes as they were sent', async () => {
  const body = Buffer.from([0, 0xff, 0x80, 0x7b]);
  const { port, events } = await started();
  const headers = { ...WITH_KEY, 'Content-Type': 'application/json', 'X-Two': 'a', host: 'example.test:80' };
  const { status } = await send(port, 'PUT', '/prod/webhook?a=1&a=2', headers, body);
  expect(status).toBe(200);
  const [event] = events;
  expect(event).toMatchObject({
    ...{ resource: '/webhook', path: '/webhook', httpMethod: 'PUT', isBase64Encoded: true },
    body: body.toString('base64'),
    queryStringParameters: { a: '2' },
    multiValueQueryStringParameters: { a: ['1', '2'] },
    ...{ pathParameters: null, stageVariables: null },
    headers: { 'Content-Type': 'application/json', 'X-Two': 'a', 'X-Forwarded-For': '127.0.0.1' },
    multiValueHeaders: { 'X-Two': ['a'] },
    requestContext: {
      ...{
        stage: 'prod',
        resourcePath: '/webhook',
        path: '/prod/webhook',
        httpMethod: 'PUT',
        domainName: 'example.test',
      },
      ...{ requestTimeEpoch: Date.UTC(2026, 2, 1, 12), requestTime: '01/Mar/2026:12:00:00 +0000' },
      identity: { sourceIp: '127.0.0.1', apiKeyId: 'local', apiKey: null },
    },
  });
  expect(requestOf(event)).toMatchObject({ method: 'PUT', body: new Uint8Array(body) });
});

test('GET asks for no key and has no body', async () => {
  const { port, events } = await started();
  expect((await send(port, 'GET', '/webhook', {})).status).toBe(200);
  expect(events).toMatchObject([
    { httpMethod: 'GET', body: null, isBase64Encoded: false, queryStringParameters: null },
  ]);
});

test('PUT without the key, or with another, is Forbidden and reaches nothing', async () => {
  const { port, events } = await started();
  for (const headers of [{}, { 'x-api-key': 'other' }, { 'x-api-key': '' }, { 'x-api-key': `${KEY}x` }] as Record<
    string,
    string
  >[]) {
    const { status, body, headers: answered } = await send(port, 'PUT', '/webhook', headers, '{}');
    expect([status, JSON.parse(body), answered['x-amzn-errortype']]).toEqual([
      403,
      { message: 'Forbidden' },
      'ForbiddenException',
    ]);
  }
  expect(events).toEqual([]);
});

test('what the API does not have is a missing token', async () => {
  const { port, events } = await started();
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/dev/webhook'],
    ['POST', '/webhook'],
    ['PUT', '/webhook/'],
    ['DELETE', '/webhook'],
  ] as const) {
    const { status, body } = await send(port, method, path, WITH_KEY);
    expect([method, path, status, JSON.parse(body)]).toEqual([
      method,
      path,
      403,
      { message: 'Missing Authentication Token' },
    ]);
  }
  expect(events).toEqual([]);
});

test('beyond the burst it is Too Many Requests, until the rate has made room', async () => {
  const { port, advance } = await started({ throttle: { rate: 2, burst: 3 } });
  const statuses = async () =>
    Promise.all([1, 2, 3, 4].map(async () => (await send(port, 'PUT', '/webhook', WITH_KEY, '{}')).status));
  expect((await statuses()).sort()).toEqual([200, 200, 200, 429]);
  advance(500);
  expect((await statuses()).sort()).toEqual([200, 429, 429, 429]);
});

test('a throttle never lets more pass than burst and rate allow', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(2_000)),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      (steps, rate, burst) => {
        let [time, passed] = [0, 0];
        const passes = throttleBy({ rate, burst }, () => time);
        for (const step of steps) {
          time += step;
          if (passes()) passed += 1;
        }
        return passed <= burst + (time / 1000) * rate + 1e-6;
      },
    ),
  );
});

test('10 MB pass, more is Request Too Long; so is what the function would not take', async () => {
  const { port, events } = await started({
    invoke: async (event) => {
      events.push(event);
      if (JSON.stringify(event).length > 12_000_000) throw new EventTooLarge('too large');
      return answer({ statusCode: 200 });
    },
  });
  const most = 10 * 1024 ** 2;
  expect((await send(port, 'PUT', '/webhook', WITH_KEY, Buffer.alloc(8_000_000))).status).toBe(200);
  expect((await send(port, 'PUT', '/webhook', WITH_KEY, Buffer.alloc(most))).status).toBe(413);
  expect(events).toHaveLength(2);
  const { status, body } = await send(port, 'PUT', '/webhook', { ...WITH_KEY, 'content-length': String(most + 1) }, '');
  expect([status, JSON.parse(body)]).toEqual([413, { message: 'Request Too Long' }]);
  const chunked = await send(
    port,
    'PUT',
    '/webhook',
    { ...WITH_KEY, 'transfer-encoding': 'chunked' },
    Buffer.alloc(most + 1),
  );
  expect([chunked.status, events.length]).toEqual([413, 2]);
});

test('an error of the function is 502, one that takes too long is 504', async () => {
  const error = { requestId: '1', failed: true, payload: '{"statusCode":200,"errorMessage":"secret"}' };
  const failing = await started({ invoke: async () => error });
  const { status, body } = await send(failing.port, 'PUT', '/webhook', WITH_KEY, '{}');
  expect([status, JSON.parse(body)]).toEqual([502, { message: 'Internal server error' }]);
  await gateway.close();
  const slow = await started({
    timeoutMs: 20,
    invoke: () => new Promise((resolve) => setTimeout(resolve, 200, error)),
  });
  const late = await send(slow.port, 'PUT', '/webhook', WITH_KEY, '{}');
  expect([late.status, JSON.parse(late.body)]).toEqual([504, { message: 'Endpoint request timed out' }]);
});

test('status, headers and body of the answer are those of the function', async () => {
  const { port } = await started({
    invoke: async () =>
      answer({
        statusCode: 503,
        headers: { 'Retry-After': '1', 'Content-Length': '99', one: 'x' },
        multiValueHeaders: { 'Set-Cookie': ['a', 'b'] },
        body: Buffer.from([1, 2, 255]).toString('base64'),
        isBase64Encoded: true,
      }),
  });
  const answered = await send(port, 'GET', '/webhook', {});
  expect(answered.status).toBe(503);
  expect(answered.headers).toMatchObject({
    ...{ 'retry-after': '1', 'content-length': '3', 'x-amzn-remapped-content-length': '99', one: 'x' },
    'set-cookie': ['a', 'b'],
  });
});

test('whatever a function returns, the answer can be sent', async () => {
  gateway = (await started()).gateway;
  const text = fc.string({ unit: 'binary' });
  const name = fc.oneof(
    text,
    fc.stringMatching(/^[a-zA-Z-]{1,9}$/),
    fc.constantFrom('Content-Length', 'connection', 'Date'),
  );
  const header = fc.dictionary(name, fc.oneof(text, fc.array(text), fc.anything()));
  const result = fc.oneof(
    fc.anything(),
    fc.record({ statusCode: fc.anything(), headers: fc.anything(), body: fc.anything() }, { requiredKeys: [] }),
    fc.record({
      statusCode: fc.integer({ min: 200, max: 599 }),
      headers: header,
      multiValueHeaders: header,
      body: fc.string(),
    }),
  );
  fc.assert(
    fc.property(result, (value) => {
      const payload = JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one)) ?? 'null';
      const { status, headers, body } = answerOf({ requestId: '1', failed: false, payload });
      new Response(status === 204 || status === 205 || status === 304 ? null : Buffer.from(body), { status });
      for (const [name, one] of Object.entries(headers)) for (const text of [one].flat()) new Headers({ [name]: text });
    }),
    { numRuns: 2_000, examples: [[{ statusCode: 200, headers: { a: { toString: 1 }, b: 'x\r\ny' } }]] },
  );
});

test('a port that is taken is said', async () => {
  const { port } = await started();
  await expect(startGateway({ ...OPTIONS, port })).rejects.toMatchObject({
    code: 'PORT',
    message: expect.stringMatching(/another program/),
  });
});

const OPTIONS: GatewayOptions = {
  ...{ apiKey: KEY, resource: 'webhook', throttle: { rate: 1e6, burst: 1e6 }, port: 0 },
  now: () => Date.UTC(2026, 2, 1, 12),
  invoke: async () => answer({ statusCode: 200, body: '{}' }),
  log: () => undefined,
};

function answer(result: object): Invoked {
  return { requestId: '1', failed: false, payload: JSON.stringify(result) };
}

async function started(options: Partial<GatewayOptions> = {}) {
  const events: object[] = [];
  let time = Date.UTC(2026, 2, 1, 12);
  const invoke = async (event: object) => {
    events.push(event);
    return answer({ statusCode: 200, body: '{}' });
  };
  gateway = await startGateway({ ...OPTIONS, invoke, now: () => time, ...options });
  const advance = (ms: number): void => {
    time += ms;
  };
  return { gateway, events, advance, port: Number(new URL(gateway.url).port) };
}
