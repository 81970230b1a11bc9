/** A call to a service: each status in words, what is tried again, and everything that keeps an answer from coming. */
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ANSWER_LIMIT } from '../../../../cloud/connector/client/answer.ts';
import { deleteCallback, getCallback, putCallback } from '../../../../cloud/connector/client/callback.ts';
import type { Service } from '../../../../cloud/connector/client/service.ts';
import { changeRules, getRules } from '../../../../cloud/connector/client/subscriptions.ts';
import { KEY, NOW, opened } from './opened.ts';
import { V2Api } from './v2-api.ts';

let api: V2Api;
beforeEach(async () => {
  api = await new V2Api(KEY, 'pelion').listen();
});
afterEach(() => api.close());

const CALLS: Readonly<Record<string, (service: Service) => Promise<unknown>>> = {
  register: (service) => putCallback(service, { url: 'http://127.0.0.1:9/', headers: {} }),
  show: (service) => getCallback(service),
  delete: (service) => deleteCallback(service),
  rules: (service) => getRules(service),
  subscribe: async (service) => {
    // What it reads first is there; what it writes is refused.
    api.scripted.unshift({ status: 200, body: '[]' });
    await changeRules(service, () => [{ 'endpoint-name': 'a' }]);
  },
};

describe('each status in words, with what to do', () => {
  const WORDS: [number, string, RegExp, RegExp, boolean][] = [
    [
      400,
      'register',
      /does not take this webhook/,
      /a PUT of \{\}.* 200 or 204 within 20 s.*One channel|one channel/,
      false,
    ],
    [400, 'show', /finds fault/, /Mend/, false],
    [400, 'subscribe', /does not take these rules/, /--endpoint/, false],
    [401, 'register', /does not know the API key/, /--key-file/, false],
    [401, 'show', /does not know the API key/, /--key-file/, false],
    [401, 'delete', /does not know the API key/, /--key-file/, false],
    [401, 'rules', /does not know the API key/, /--key-file/, false],
    [403, 'register', /the key may not do this/, /API key/, false],
    [403, 'subscribe', /the key may not do this/, /API key/, false],
    [404, 'register', /there is no such call/, /--host/, false],
    [404, 'subscribe', /there is no such call/, /--host/, false],
    [405, 'delete', /there is no such call/, /--host/, false],
    [408, 'show', /no answer of this API/, /--host/, true],
    [409, 'register', /something else is using the channel/, /other program/, false],
    [410, 'register', /being deleted/, /two minutes/, false],
    [412, 'subscribe', /no notification channel/, /mts webhook register/, false],
    [413, 'subscribe', /too large/, /fewer/, false],
    [415, 'register', /does not take JSON/, /--host/, false],
    [418, 'show', /no answer of this API/, /--host/, false],
    [202, 'subscribe', /no answer of this API/, /--host/, false],
    [429, 'register', /asked too often/, /Wait/, true],
    [500, 'register', /a fault of its own/, /later/, true],
    [502, 'subscribe', /does not reach it/, /later/, true],
    [503, 'delete', /not available/, /later/, true],
    [504, 'show', /in time/, /later/, true],
    [599, 'show', /a fault of its own/, /later/, true],
    [301, 'show', /redirects, which is not followed/, /redirects to/, false],
  ];
  test.each(WORDS)('%i to %s', async (status, call, message, fix, passing) => {
    // Again and again, for what is tried again.
    for (let again = 0; again < 4; again++) api.scripted.push({ status, body: 'the reason' });
    const failed = CALLS[call]!(opened(api.origin).service);
    await expect(failed).rejects.toMatchObject({
      code: 'SERVER',
      status,
      passing,
      message: expect.stringMatching(message),
      fix: expect.stringMatching(fix),
    });
    await expect(failed).rejects.toThrow(`${api.origin} answered ${status} when `);
    await expect(failed).rejects.toThrow('It says: the reason');
  });

  test('a redirect is not followed, and told harmlessly', async () => {
    const location = `http://127.0.0.1:9/\u00e9?key=${KEY}`;
    api.scripted.push({ status: 307, headers: { location } });
    const failed = CALLS.show!(opened(api.origin).service);
    await expect(failed).rejects.toThrow(/to http:\/\/127\.0\.0\.1:9\/\S+\?key=\*\*\*$/);
    expect(api.calls).toHaveLength(1);
  });
});

describe('the reason of a stranger', () => {
  const reasonOf = async (body: string | Uint8Array, type = 'text/plain'): Promise<string> => {
    api.scripted.push({ status: 403, headers: { 'content-type': type }, body });
    const message = await CALLS.show!(opened(api.origin).service).catch((error: Error) => error.message);
    return String(message).split('. It says: ')[1] ?? '';
  };
  test.each([
    ['plain text', 'no such thing', 'no such thing'],
    ['an error object', '{"object":"error","code":403,"message":"bad","fields":[]}', 'bad'],
    [
      'its fields',
      '{"message":"bad","fields":[{"name":"url","message":"too long"},{"name":"x"},7,null,{"name":3}]}',
      'bad (url: too long; x)',
    ],
    ['a bare string in quotes', '"QUEUE_IS_FULL"', 'QUEUE_IS_FULL'],
    ['an object without a message', '{"error":"x"}', '{"error":"x"}'],
    ['nothing', '', ''],
    ['several lines', 'a\r\n\r\n\tb', 'a b'],
    ['a terminal it would upset', 'a\u001b[2J\u202eb', 'a·[2J·b'],
    ['the same inside JSON', '{"message":"a\\u001b]0;b\\u0007"}', 'a·]0;b·'],
    ['a web page', '<!DOCTYPE html><title>Sign in</title>', ''],
  ])('%s', async (_what, body, reason) => {
    expect(await reasonOf(body)).toBe(reason);
  });

  test('a long one is cut, and not within a secret', async () => {
    expect(await reasonOf(`${'x'.repeat(290)}${KEY}${'y'.repeat(9_000)}`)).toBe(`${'x'.repeat(290)}***yyyyyyy…`);
  });

  test('bytes that are no UTF-8', async () => {
    expect(await reasonOf(Uint8Array.of(0x61, 0xff, 0x62))).toBe('a\ufffdb');
  });
});

describe('tried again', () => {
  test('5xx to a question, three times at most', async () => {
    const { service, waits } = opened(api.origin);
    api.scripted.push({ status: 503 }, { status: 500 }, { status: 502 });
    expect(await getRules(service)).toEqual([]);
    expect(waits).toEqual([1000, 2000, 4000]);
    for (let again = 0; again < 4; again++) api.scripted.push({ status: 503 });
    await expect(getRules(service)).rejects.toMatchObject({ status: 503 });
    expect(api.calls).toHaveLength(8);
  });

  test('429, when the service says for how long', async () => {
    const { service, waits } = opened(api.origin);
    const date = new Date(NOW + 7_000).toUTCString();
    api.scripted.push(
      { status: 429, headers: { 'retry-after': '3' } },
      { status: 429, headers: { 'retry-after': date } },
    );
    expect(await deleteCallback(service)).toBe(false);
    expect(waits).toEqual([3000, 7000]);
  });

  test('not when that is too long: it is told', async () => {
    const { service, waits } = opened(api.origin);
    api.scripted.push({ status: 429, headers: { 'retry-after': '3600' } });
    await expect(getRules(service)).rejects.toMatchObject({ fix: expect.stringContaining('asks to wait 3600 s') });
    expect(waits).toEqual([]);
  });

  test.each([
    ['5xx to a change', { status: 503, headers: { 'retry-after': '1' } }],
    ['429 to a change, without a time', { status: 429 }],
    ['429 to a change, with a time that is none', { status: 429, headers: { 'retry-after': 'soon' } }],
  ])('%s is not', async (_what, reply) => {
    const { service, waits } = opened(api.origin);
    api.scripted.push(reply);
    await expect(deleteCallback(service)).rejects.toMatchObject({ status: reply.status });
    expect(waits).toEqual([]);
    expect(api.calls).toHaveLength(1);
  });
});

describe('no answer', () => {
  test('nothing listens', async () => {
    const { origin } = api;
    await api.close();
    api = await new V2Api(KEY, 'pelion').listen();
    await expect(getRules(opened(origin).service)).rejects.toMatchObject({
      code: 'SERVER',
      passing: true,
      message: `${origin} cannot be reached: nothing listens there (ECONNREFUSED)`,
    });
  });

  test('the connection is cut', async () => {
    api.scripted.push('cut');
    await expect(deleteCallback(opened(api.origin).service)).rejects.toThrow('the connection was cut');
  });

  test('it is silent for too long: what was being done is told, and that nobody knows', async () => {
    api.scripted.push('silent');
    const { service } = opened(api.origin, { answerMs: 20 });
    await expect(deleteCallback(service)).rejects.toMatchObject({
      passing: true,
      message: `${api.origin} did not answer within 0.02 s when deleting the webhook: whether it was done is not known`,
    });
  });

  test('registering has 20 s more, in which the service tries the URL', async () => {
    api.scripted.push('silent');
    const stop = new AbortController();
    api.onAsked = () => setTimeout(() => stop.abort(), 100);
    const { service } = opened(api.origin, { answerMs: 1, stop: stop.signal });
    await expect(putCallback(service, { url: 'http://x/', headers: {} })).rejects.toThrow(/^stopped while registering/);
  });

  test('Ctrl-C ends a call that is under way, and the next before it begins', async () => {
    api.scripted.push('silent');
    const stop = new AbortController();
    api.onAsked = () => stop.abort();
    const { service } = opened(api.origin, { stop: stop.signal });
    await expect(getRules(service)).rejects.toThrow('stopped while asking for the subscriptions');
    await expect(getRules(service)).rejects.toThrow('stopped');
    expect(api.calls).toHaveLength(1);
  });

  test('https to a server without TLS', async () => {
    const failed = getRules(opened(api.origin.replace('http:', 'https:')).service);
    await expect(failed).rejects.toThrow(/does not speak TLS that this machine understands \((ERR_SSL|EPROTO)\S*\)/);
    await expect(failed).rejects.toMatchObject({ passing: false });
  });

  test('a server that does not speak HTTP', async () => {
    const tcp = createTcpServer((socket) => socket.resume().end('220 mail.example ESMTP\r\n'));
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    try {
      const host = `http://127.0.0.1:${(tcp.address() as AddressInfo).port}`;
      await expect(getRules(opened(host).service)).rejects.toThrow(/answered, but it does not speak HTTP/);
    } finally {
      tcp.close();
    }
  });

  test('a port that fetch does not go to', async () => {
    await expect(getRules(opened('http://127.0.0.1:6000').service)).rejects.toThrow('the port is one');
  });

  test.each([
    ['CERT_HAS_EXPIRED', 'certificate', 'NODE_EXTRA_CA_CERTS'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate', 'NODE_EXTRA_CA_CERTS'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate', 'NODE_EXTRA_CA_CERTS'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate', 'NODE_EXTRA_CA_CERTS'],
    ['ENOTFOUND', 'no machine has that name', '--host'],
    ['EAI_AGAIN', 'cannot be looked up', '--host'],
    ['UND_ERR_CONNECT_TIMEOUT', 'does not take connections in time', '--host'],
    ['ENETUNREACH', 'no way to that network', '--host'],
    ['ESOMETHINGNEW', 'ESOMETHINGNEW', '--host'],
  ])('%s', async (code, message, fix) => {
    const failing = async (): Promise<never> => {
      throw Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(KEY), { code }) });
    };
    const failed = getRules(opened('https://service.example', { fetch: failing }).service);
    await expect(failed).rejects.toMatchObject({
      message: expect.stringContaining(message),
      fix: expect.stringContaining(fix),
    });
    await expect(failed).rejects.not.toThrow(KEY);
  });
});

test('an answer without an end is left after a megabyte', async () => {
  const body = new Uint8Array(4 * ANSWER_LIMIT).fill(0x20);
  api.scripted.push({ status: 200, body });
  await expect(getRules(opened(api.origin).service)).rejects.toThrow('but with far too much');
});
