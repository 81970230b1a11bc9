/** The functions as they are wired in Azure: whom they ask for tokens, for which audience, and where they go with them. */

import { HttpRequest, InvocationContext } from '@azure/functions';
import { ManagedIdentityCredential } from '@azure/identity';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { Deadline } from '../../../../../cloud/ingest/deadline.ts';
import { settingsOf } from '../../../../../cloud/platforms/azure/handlers/environment.ts';
import { type Parts, partsOf, sinkOf } from '../../../../../cloud/platforms/azure/handlers/parts.ts';
import { webhookHandler } from '../../../../../cloud/platforms/azure/handlers/webhook.ts';
import { hourOf } from '../../../../../cloud/protocol/hour.ts';
import { MemoryTold } from '../monitor/memory-told.ts';
import { SETTINGS_EXAMPLE } from './settings-example.ts';

/** As App Service offers an app's identity: https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference */
const IDENTITY = { IDENTITY_ENDPOINT: 'http://127.0.0.1:41741/msi/token', IDENTITY_HEADER: 'a-header-of-the-app' };

interface Seen {
  readonly what: string;
  readonly token: string | null;
  readonly body: string;
}

let seen: Seen[];
let tokens: string[];
const deadline = new Deadline();
const log: string[] = [];
const server = setupServer(
  http.get(IDENTITY.IDENTITY_ENDPOINT, ({ request }) => {
    const resource = new URL(request.url).searchParams.get('resource') ?? '';
    if (request.headers.get('x-identity-header') !== IDENTITY.IDENTITY_HEADER)
      return new HttpResponse(null, { status: 403 });
    tokens.push(resource);
    const expires_on = String(Math.floor(Date.now() / 1000) + 86_400);
    return HttpResponse.json({ access_token: `for ${resource}`, expires_on, resource, token_type: 'Bearer' });
  }),
  http.all('https://:host/*', async ({ request }) => {
    const { hostname, pathname } = new URL(request.url);
    const token = request.headers.get('authorization');
    seen.push({ what: `${request.method} ${hostname}${pathname}`, token, body: await request.text() });
    if (hostname.includes('.blob.') && request.method === 'GET') return xml(EMPTY_LIST, 200);
    if (hostname.includes('.blob.')) return new HttpResponse(null, { status: 201 });
    if (hostname.includes('.queue.')) return xml(QUEUED, 201);
    return new HttpResponse(null, { status: 200 });
  }),
);

const EMPTY_LIST = '<?xml version="1.0"?><EnumerationResults><Blobs /><NextMarker /></EnumerationResults>';
const QUEUED =
  '<?xml version="1.0"?><QueueMessagesList><QueueMessage><MessageId>1</MessageId><InsertionTime>Wed, 25 Nov 2026 12:00:00 GMT</InsertionTime><ExpirationTime>Wed, 25 Nov 2026 12:00:00 GMT</ExpirationTime><PopReceipt>1</PopReceipt><TimeNextVisible>Wed, 25 Nov 2026 12:00:00 GMT</TimeNextVisible></QueueMessage></QueueMessagesList>';

function xml(text: string, status: number): Response {
  return new HttpResponse(text, { status, headers: { 'content-type': 'application/xml' } });
}

let parts: Parts;
beforeEach(() => {
  [seen, tokens] = [[], []];
  Object.assign(process.env, IDENTITY);
  server.listen({ onUnhandledRequest: 'error' });
  parts = partsOf(settingsOf(SETTINGS_EXAMPLE), deadline, Date.now);
});
afterEach(() => {
  server.close();
  for (const name of Object.keys(IDENTITY)) delete process.env[name];
});

test('what is no message goes into the container, and a message about it into the queue', async () => {
  const handler = webhookHandler({ store: parts.store, now: Date.now, deadline });
  const logHandler = (level: string, ...args: unknown[]): unknown => log.push(`${level} ${JSON.stringify(args)}`);
  const url = 'https://mbed.azurewebsites.net/api/webhook';
  const request = new HttpRequest({ method: 'PUT', url, body: { string: 'open sesame' } });
  expect(await handler(request, new InvocationContext({ logHandler }))).toMatchObject({ status: 200, body: '{}' });
  const written = seen.filter(({ what }) => !what.startsWith('GET'));
  expect(written.map(({ what }) => what.replace(/[0-9a-f]{32}/, 'HASH'))).toEqual([
    'POST presses.queue.core.windows.net/failures/messages',
    'PUT presses.blob.core.windows.net/aside/aside/HASH',
  ]);
  expect(written[1]?.body).toBe('open sesame');
  expect(new Set(seen.map(({ token }) => token))).toEqual(new Set(['Bearer for https://storage.azure.com']));
  expect(log.join()).not.toMatch(/sesame|Bearer/);
});

describe('the metric', () => {
  const total = { endpoint: 'a', hour: hourOf(Date.now()), count: 3 };
  const put = (ms: number): Promise<unknown> => {
    const sink = sinkOf(
      settingsOf(SETTINGS_EXAMPLE),
      new ManagedIdentityCredential(),
      new MemoryTold(),
      deadline,
      Date.now,
    );
    return deadline.within(Date.now() + ms, () => sink.put([total]));
  };

  test('is told in the region of the app, with a token for Azure Monitor, its slash and all', async () => {
    expect(await put(20_000)).toEqual({ refused: [], failed: [] });
    const address = `westeurope.monitoring.azure.com${SETTINGS_EXAMPLE.MTS_RESOURCE_ID}/metrics`;
    expect(seen.map(({ what, token }) => [what, token])).toEqual([
      [`POST ${address}`, 'Bearer for https://monitoring.azure.com/'],
    ]);
    expect(JSON.parse(seen[0]?.body ?? '').data.baseData.series).toMatchObject([{ dimValues: ['a'], sum: 3 }]);
    expect(tokens).toEqual(['https://monitoring.azure.com/']);
  });

  test('is told nothing more 10 s before the end of an invocation', async () => {
    expect(await put(9_900)).toEqual({ refused: [], failed: [total] });
    expect(seen).toEqual([]);
  });
});
