/** Registering, asking for and deleting a webhook, against a service as the documents describe it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { deleteCallback, getCallback, putCallback } from '../../../../cloud/connector/client/callback.ts';
import { fullSerialization } from '../../../../cloud/connector/client/registration.ts';
import { KEY, opened } from './opened.ts';
import { type Era, V2Api } from './v2-api.ts';

const SECRET = 'value-of-the-header';
const headers = { 'x-api-key': SECRET };
const serialization = fullSerialization(5000);

/** A receiver that demands the header. */
const receiver = createServer((request, response) => {
  response.writeHead(request.url === '/moved' ? 302 : request.headers['x-api-key'] === SECRET ? 200 : 401);
  response.end();
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/webhook`;
});
afterAll(() => {
  receiver.closeAllConnections();
  receiver.close();
});

const apis: V2Api[] = [];
afterEach(async () => {
  for (const api of apis.splice(0)) await api.close();
});

async function start(era: Era): Promise<V2Api> {
  const api = await new V2Api(KEY, era).listen();
  apis.push(api);
  return api;
}

let pelion: V2Api;
beforeEach(async () => {
  pelion = await start('pelion');
});

test('Pelion takes all of it, and is asked once', async () => {
  const { service } = opened(pelion.origin);
  expect(await putCallback(service, { url, headers, serialization })).toEqual({ serialization, refused: undefined });
  expect(pelion.callback).toEqual({ url, headers, serialization });
  expect(pelion.callback?.serialization).toEqual({
    type: 'v2',
    max_chunk_size: 5000,
    cfg: { deregistrations_as_object: true, include_uid: true, include_timestamp: true },
  });
  expect(pelion.asked).toEqual([
    expect.objectContaining({
      headers: expect.objectContaining({ authorization: `Bearer ${KEY}`, 'content-type': 'application/json' }),
    }),
  ]);
  expect(await getCallback(service)).toEqual({ url, headers });
});

test('Device Connector knows no serialization: it is registered without, and the reason is kept', async () => {
  const mdc = await start('mdc');
  const { service } = opened(mdc.origin);
  const registered = await putCallback(service, { url, headers, serialization });
  expect(registered).toEqual({
    serialization: undefined,
    refused: { status: 400, reason: 'unknown field: serialization' },
  });
  expect(mdc.callback).toEqual({ url, headers });
});

test('a path before /v2 is kept', async () => {
  const { service } = opened(`${pelion.origin}/behind/proxy/`);
  expect(await getCallback(service)).toBeUndefined();
  expect(pelion.calls).toEqual(['GET /behind/proxy/v2/notification/callback']);
});

test('a webhook that refuses the header: the reason, without the header', async () => {
  const { service } = opened(pelion.origin);
  const refused = putCallback(service, { url, headers: { 'x-api-key': 'wrong-value' }, serialization });
  await expect(refused).rejects.toMatchObject({ code: 'SERVER', status: 400, passing: false });
  await expect(refused).rejects.toThrow(/answered 400 when registering .*It says: the URL cannot be used: 401/);
  expect(pelion.callback).toBeUndefined();
});

test('a redirect of the webhook is not followed by the service', async () => {
  const { service } = opened(pelion.origin);
  await expect(putCallback(service, { url: url.replace('webhook', 'moved'), headers })).rejects.toThrow('302');
});

test('two reasons are both told, one reason once', async () => {
  const mdc = await start('mdc');
  const { service } = opened(mdc.origin);
  const unreachable = { url: 'http://127.0.0.1:9/webhook', headers, serialization };
  await expect(putCallback(service, unreachable)).rejects.toThrow(
    /the URL cannot be used: ECONNREFUSED from \S+; with serialization 400: unknown field: serialization$/,
  );
  const once = await putCallback(opened(pelion.origin).service, unreachable).catch((error: Error) => error.message);
  expect(String(once).match(/cannot be used/g)).toHaveLength(1);
});

test.each(['LONG_POLLING', 'WEB_SOCKET'] as const)('another channel, %s, is named', async (channel) => {
  pelion.channel = channel;
  const { service } = opened(pelion.origin);
  await expect(putCallback(service, { url, headers, serialization })).rejects.toThrow(
    `another channel exists; the key has a channel of type ${channel}`,
  );
});

test('what the service says of secrets is not repeated, in whatever form', async () => {
  const secret = 'a"b c=secret';
  const secretUrl = 'http://user:pass%20word@127.0.0.1:9/webhook?code=query-secret';
  pelion.scripted.push({
    status: 403,
    body: `no ${secret} ${JSON.stringify(secret)} ${encodeURIComponent(secret)} ${KEY} ${secretUrl} pass word`,
  });
  const refused = await putCallback(opened(pelion.origin).service, {
    url: secretUrl,
    headers: { 'X-Key': secret },
  }).catch((error: Error) => error.message);
  expect(refused).toContain('It says: no *** "***" *** *** http://user:***@127.0.0.1:9/webhook?code=*** ***');
});

test('without a registration: none, and nothing to delete', async () => {
  const { service } = opened(pelion.origin);
  expect(await getCallback(service)).toBeUndefined();
  expect(await deleteCallback(service)).toBe(false);
});

test('deleting takes it and the subscriptions away', async () => {
  const { service } = opened(pelion.origin);
  await putCallback(service, { url, headers });
  pelion.rules = [{ 'resource-path': ['/1'] }];
  expect(await deleteCallback(service)).toBe(true);
  expect(pelion).toMatchObject({ callback: undefined, rules: [] });
});

test.each([
  ['no JSON', '{'],
  ['no object', '[]'],
  ['null', 'null'],
  ['no URL', '{"headers":{}}'],
  ['headers that are a list', '{"url":"http://x/","headers":["a"]}'],
  ['a header that is a number', '{"url":"http://x/","headers":{"a":1}}'],
  ['too much', `{"url":"${'x'.repeat(2 ** 20)}"}`],
])('an answer with %s is no answer of this API', async (_what, body) => {
  pelion.scripted.push({ status: 200, body });
  await expect(getCallback(opened(pelion.origin).service)).rejects.toMatchObject({
    code: 'SERVER',
    message: expect.stringContaining('answered 200 when asking for the webhook, but'),
    fix: expect.stringContaining('--host'),
  });
});

test('a web page is no registration, no absence of one, and no consent', async () => {
  const page = { headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<html>Welcome</html>' };
  const { service } = opened(pelion.origin);
  const calls: [number, () => Promise<unknown>][] = [
    [404, () => getCallback(service)],
    [404, () => deleteCallback(service)],
    [200, () => putCallback(service, { url, headers })],
  ];
  for (const [status, call] of calls) {
    pelion.scripted.push({ status, ...page });
    const refused = call();
    await expect(refused).rejects.toThrow('with a web page');
    await expect(refused).rejects.not.toThrow('Welcome');
  }
});
