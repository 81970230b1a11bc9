import type { ServerResponse } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { OutsideError, UsageError } from '../../../../cloud/protocol/errors.ts';
import { isAcknowledged, type PutOptions, webhookClient } from '../../../../simulator/links/webhook/put.ts';
import { verifyWebhook } from '../../../../simulator/links/webhook/verify.ts';
import { startReceiver } from './receiver.ts';

const BODY = new TextEncoder().encode('{"notifications":[]}');
const NOBODY = 'http://127.0.0.1:1/hook';

function client(url: string, options: Partial<PutOptions> = {}) {
  const made = webhookClient({ url, timeoutMs: 10_000, signal: new AbortController().signal, ...options });
  return { ...made, [Symbol.dispose]: () => made.close() };
}

describe('put', () => {
  test('sends the body with its type and the headers given', async () => {
    await using receiver = await startReceiver();
    using webhook = client(receiver.url, { headers: { authorization: 'Bearer x' } });
    expect(await webhook.put(BODY)).toEqual({ kind: 'status', status: 204 });
    expect(receiver.received).toMatchObject([
      {
        method: 'PUT',
        body: '{"notifications":[]}',
        headers: { authorization: 'Bearer x', 'content-type': 'application/json', 'content-length': '20' },
      },
    ]);
  });

  test.each([200, 201, 202, 204, 301, 307, 400, 401, 404, 429, 500, 503])('%d', async (status) => {
    await using receiver = await startReceiver((response) => response.writeHead(status, { location: '/other' }).end());
    using webhook = client(receiver.url);
    const answer = await webhook.put(BODY);
    expect(answer).toEqual({ kind: 'status', status });
    expect(isAcknowledged(answer)).toBe(status === 200 || status === 204);
    expect(receiver.received).toHaveLength(1);
  });

  test('a cut comes after the receiver answered, and is no acknowledgement', async () => {
    await using receiver = await startReceiver();
    using webhook = client(receiver.url);
    const answer = await webhook.put(BODY, { cut: true });
    expect(answer).toEqual({ kind: 'cut' });
    expect(isAcknowledged(answer)).toBe(false);
    expect(receiver.received).toHaveLength(1);
  });

  const endings: readonly [string, (response: ServerResponse) => void, string][] = [
    ['no answer', () => undefined, 'timeout'],
    ['half an answer', (response) => response.writeHead(200, { 'content-length': 10 }).write('ab'), 'timeout'],
    ['a connection that breaks', (response) => response.destroy(), 'unreachable'],
    [
      'a connection that breaks within the answer',
      (response) => {
        response.writeHead(200, { 'content-length': 10 });
        response.write('ab', () => response.destroy());
      },
      'unreachable',
    ],
  ];
  test.each(endings)('%s', async (_, answer, kind) => {
    await using receiver = await startReceiver(answer);
    using webhook = client(receiver.url, { timeoutMs: 150 });
    expect((await webhook.put(BODY)).kind).toBe(kind);
  });

  test('nobody there', async () => {
    using webhook = client(NOBODY);
    expect(await webhook.put(BODY)).toEqual({ kind: 'unreachable', reason: 'ECONNREFUSED' });
  });

  test('ends when the run is abandoned', async () => {
    const abandon = new AbortController();
    await using receiver = await startReceiver(() => abandon.abort());
    using webhook = client(receiver.url, { signal: abandon.signal });
    expect((await webhook.put(BODY)).kind).toBe('unreachable');
    expect((await webhook.put(BODY)).kind).toBe('unreachable');
  });

  test.each(['', 'hook', 'ftp://host/hook', 'http//x'])('refuses the address %j', (url) => {
    expect(() => client(url)).toThrow(UsageError);
  });
});

describe('verifyWebhook', () => {
  test('puts {} and is content with 204', async () => {
    await using receiver = await startReceiver();
    using webhook = client(receiver.url);
    await verifyWebhook(webhook, receiver.url);
    expect(receiver.received.map(({ body }) => body)).toEqual(['{}']);
  });

  test.each([
    [401, 'answered 401', 'header'],
    [403, 'answered 403', 'header'],
    [302, 'answered 302', 'redirects'],
    [404, 'answered 404', 'address'],
    [202, 'answered 202', '200 or 204'],
  ])('%d', async (status, message, fix) => {
    await using receiver = await startReceiver((response) => response.writeHead(status).end());
    using webhook = client(receiver.url);
    const error = await verifyWebhook(webhook, `${receiver.url}?key=secret`).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OutsideError);
    expect(error).toMatchObject({
      code: 'SERVER',
      message: expect.stringContaining(message),
      fix: expect.stringContaining(fix),
    });
    expect(String(error)).not.toContain('secret');
  });

  test('nobody there', async () => {
    using webhook = client(NOBODY);
    await expect(verifyWebhook(webhook, NOBODY)).rejects.toMatchObject({
      code: 'SERVER',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
