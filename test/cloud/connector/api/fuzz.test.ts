/** Whatever is sent to the API: an answer that is known, never a mistake of ours, never nothing. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { ASKER, Faked } from './faked.ts';

const KNOWN = new Set([200, 201, 202, 204, 205, 400, 401, 404, 409, 410, 412, 413, 414, 415, 426, 429]);
const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS'] as const;
const LONGEST_MS = 60_000;

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ maxLength: 300 }),
  ...[fc.constantFrom('', '/', '..', '%', '%zz', '%00', '%ff', '__proto__', 'constructor', '\ud800')],
);
const word = fc.constantFrom(
  ...[
    'endpoints',
    'subscriptions',
    'notification',
    'device-requests',
    'limits',
    'rest-versions',
    'v2',
    'awake',
    'asleep',
  ],
  ...['3200', '0', '5501', '3', 'callback', 'pull', 'channel', 'websocket', 'websocket-connect'],
);
const encoded = text.map((segment) => encodeURIComponent(segment.toWellFormed()));
const path = fc
  .oneof(
    fc.array(fc.oneof(word, encoded, fc.constantFrom('%', '%zz', '', '*', ';', '%2F')), { maxLength: 7 }),
    fc.constantFrom(
      ...['v2/endpoints/awake/3200/0/5501', 'v2/endpoints/asleep/9', 'v2/subscriptions/awake/3200/0/5501'],
      ...['v2/subscriptions', 'v2/subscriptions/awake', 'v2/notification/callback', 'v2/notification/pull'],
      ...['v2/notification/websocket', 'v2/device-requests/awake', 'v2/device-requests/asleep'],
    ),
  )
  .map((segments) => `/${typeof segments === 'string' ? segments : segments.join('/')}`);
const name = fc.constantFrom(
  'async-id',
  'retry',
  'expiry-seconds',
  'noResp',
  'cacheOnly',
  'noWait',
  'type',
  '__proto__',
);
const value = fc.oneof(fc.constantFrom('true', 'false', '', 'a', '1', '60', '99999999999'), encoded);
const query = fc
  .array(fc.tuple(fc.oneof(name, encoded), value), { maxLength: 4 })
  .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map((pair) => pair.join('=')).join('&')}`));

const anything = fc.jsonValue({ maxDepth: 3 });
const flag = fc.oneof(fc.constantFrom('true', 'false', true, false, null), anything);
const fields = {
  url: fc.oneof(fc.constantFrom('http://127.0.0.1:1/', 'x'), anything),
  headers: fc.oneof(fc.dictionary(text, fc.oneof(text, anything)), anything),
  serialization: fc.oneof(
    fc.record(
      {
        type: fc.oneof(fc.constant('v2'), anything),
        max_chunk_size: fc.oneof(fc.constantFrom(100, '100', 1e9), anything),
        cfg: fc.oneof(fc.record({ include_uid: flag, include_timestamp: flag }, { requiredKeys: [] }), anything),
      },
      { requiredKeys: [] },
    ),
    anything,
  ),
  method: fc.oneof(fc.constantFrom('GET', 'PUT', 'get'), anything),
  uri: fc.oneof(fc.constantFrom('/3200/0/5501', '/', '3'), text, anything),
  accept: fc.oneof(fc.constantFrom('text/plain', 'text/html'), anything),
  'content-type': fc.oneof(fc.constant('text/plain'), anything),
  'payload-b64': fc.oneof(fc.base64String(), anything),
};
const rule = {
  'endpoint-name': fc.oneof(text, anything),
  'endpoint-type': fc.oneof(text, anything),
  'resource-path': fc.oneof(fc.array(text), anything),
};
const body = fc.oneof(
  fc.constant(''),
  ...[
    fc.record(fields, { requiredKeys: [] }),
    fc.array(fc.record(rule, { requiredKeys: [] }), { maxLength: 3 }),
    fc.oneof(anything, fc.constant(JSON.parse('{"__proto__":{"url":1},"url":"x"}'))),
  ].map((json) => json.map((one) => JSON.stringify(one))),
  text,
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
);
const visible = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) });
const headers = fc.record(
  {
    authorization: fc.oneof(
      { weight: 8, arbitrary: fc.constant('Bearer key') },
      fc.constantFrom('Bearer old', 'Bearer', 'Basic eDp5', 'Bearer key key'),
      visible,
    ),
    'content-type': fc.oneof(
      fc.constantFrom(
        'application/json',
        'text/plain',
        'multipart/form-data; boundary=x',
        'a/b/c',
        ';',
        'text/plain; charset',
      ),
      visible,
    ),
    accept: fc.oneof(fc.constantFrom('application/link-format', '*/*'), visible),
  },
  { requiredKeys: ['authorization'] },
);

describe.each(['mdc', 'pelion'] as const)('%s', (dialect) => {
  const faked = new Faked(dialect);
  let app: FastifyInstance;
  beforeAll(async () => {
    app = await faked.app();
  });
  afterAll(() => app.close());

  it('any request is answered, and not by 500', async () => {
    const request = fc.record({ method: fc.constantFrom(...METHODS), path, query, headers, payload: body });
    const kind = fc.constantFrom(undefined, 'poll', 'callback', 'websocket' as const);
    await fc.assert(
      fc.asyncProperty(request, kind, async ({ path, query, payload, ...rest }, channel) => {
        faked.channel = channel;
        const { promise: late, resolve } = Promise.withResolvers<'late'>();
        const timer = setTimeout(resolve, LONGEST_MS, 'late');
        const answer = await Promise.race([late, app.inject({ ...rest, url: `${path}${query}`, payload })]);
        clearTimeout(timer);
        expect(answer).not.toBe('late');
        if (answer === 'late') return;
        expect(KNOWN).toContain(answer.statusCode);
        if (answer.statusCode === 401) expect(answer.headers['www-authenticate']).toBe('Bearer');
      }),
      { numRuns: 2_000 },
    );
    expect(faked.problems).toEqual([]);
  });

  it('what reaches a board is a path, a known method and bytes', async () => {
    for (const { endpoint, method, path, payload } of faked.asked) {
      expect(['awake', 'asleep']).toContain(endpoint);
      expect(['GET', 'PUT', 'POST', 'DELETE']).toContain(method);
      expect(path).toMatch(/^(\/[^/\p{Cc}]+)+$/u);
      expect(Buffer.byteLength(path)).toBeLessThanOrEqual(255);
      expect(payload ?? new Uint8Array()).toBeInstanceOf(Uint8Array);
    }
    expect(faked.asked.length).toBeGreaterThan(10);
    const ids = faked.told.map(({ data }) => (data as { id: string }).id);
    expect(ids.length).toBeGreaterThan(10);
  });

  it('any handshake is answered', async () => {
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const line = fc.oneof(
      fc.constantFrom(
        'Authorization: Bearer key',
        'Sec-WebSocket-Protocol: wss,pelion_key',
        'Sec-WebSocket-Version: 13',
      ),
      fc.constantFrom(
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
        'Sec-WebSocket-Protocol: ,,',
        'Upgrade: websocket',
      ),
      fc
        .tuple(fc.constantFrom('Sec-WebSocket-Key', 'Sec-WebSocket-Protocol', 'Authorization', 'Upgrade'), visible)
        .map((pair) => pair.join(': ')),
    );
    const target = fc.oneof(fc.constant('/v2/notification/websocket-connect'), path);
    await fc.assert(
      fc.asyncProperty(target, fc.array(line, { maxLength: 6 }), async (url, lines) => {
        const socket = connect(port, '127.0.0.1');
        try {
          const head = [`GET ${url} HTTP/1.1`, 'Host: x', 'Connection: Upgrade', ...lines];
          socket.write(`${head.join('\r\n')}\r\n\r\n`, 'latin1');
          const [got] = await once(socket, 'data', { signal: AbortSignal.timeout(LONGEST_MS) });
          const status = Number(/^HTTP\/1.1 (\d{3}) /.exec(got.toString())?.[1]);
          expect(new Set([...KNOWN, 405])).toContain(status);
        } finally {
          socket.destroy();
        }
      }),
      { numRuns: 300 },
    );
    expect((await app.inject({ url: '/v2/endpoints', headers: ASKER })).statusCode).toBe(200);
    expect(faked.problems).toEqual([]);
  });
});
