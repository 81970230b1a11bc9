/** Keys, boards and their resources over the API, as either service would have it: what is asked, and what comes back. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Served, serve } from './served.ts';
import { reasonOf, User } from './user.ts';

const PATTERN = '/v2/endpoints/board-0/3201/0/5853';
const ROUTES = [
  ...['GET /endpoints', 'GET /endpoints/board-0', 'DELETE /endpoints/board-0', 'POST /device-requests/board-0'],
  ...['GET', 'PUT', 'POST', 'DELETE'].map((method) => `${method} /endpoints/board-0/3201/0/5853`),
  ...['GET', 'PUT', 'DELETE'].map((method) => `${method} /subscriptions`),
  ...['GET', 'DELETE'].map((method) => `${method} /subscriptions/board-0`),
  ...['GET', 'PUT', 'DELETE'].map((method) => `${method} /subscriptions/board-0/3200/0/5501`),
  ...['GET', 'PUT', 'DELETE'].map((method) => `${method} /notification/callback`),
  ...['GET', 'PUT', 'DELETE'].map((method) => `${method} /notification/websocket`),
  ...['GET /notification/pull', 'DELETE /notification/pull', 'GET /notification/channel'],
  'GET /notification/websocket-connect',
];

describe.each(['mdc', 'pelion'] as const)('%s', (dialect) => {
  let served: Served;
  let user: User;
  beforeAll(async () => {
    served = await serve(dialect, 2);
    user = new User(served);
  });
  afterAll(async () => {
    await served[Symbol.asyncDispose]();
    expect(served.problems).toEqual([]);
  });

  describe('keys', () => {
    const wrong = [
      ['none', () => ({})],
      ['one that is nobody’s', () => ({ authorization: `Bearer ak_${'0'.repeat(48)}` })],
      ['another scheme', ({ key }: User) => ({ authorization: `Basic ${key}` })],
      ['no scheme', ({ key }: User) => ({ authorization: key })],
      ['nothing behind the scheme', () => ({ authorization: 'Bearer ' })],
    ] as const;
    it.each(wrong)('%s: 401', async (_what, headersOf) => {
      const headers: Record<string, string> = headersOf(user);
      const response = await fetch(`${served.host}/v2/endpoints`, { headers });
      const text = await response.text();
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      if (dialect === 'mdc') expect(text).toBe('the key is missing or wrong');
      else
        expect(JSON.parse(text)).toEqual({
          ...{ object: 'error', code: 401, type: 'invalid_auth', message: 'the key is missing or wrong' },
          request_id: expect.any(String),
        });
    });

    it('no route does without, with or without /v2 and a slash at its end', async () => {
      for (const route of ROUTES) {
        const [method, path] = route.split(' ') as [string, string];
        for (const url of [`/v2${path}`, path, `/v2${path}/`]) {
          const { status } = await fetch(`${served.host}${url}`, { method });
          expect(`${method} ${url}: ${status}`).toBe(`${method} ${url}: 401`);
        }
      }
    });

    it('one that has expired says so', async () => {
      const { text } = served.connector.keys.add({ name: 'short', expiresMs: Date.now() + 3_000 });
      const ask = () => user.ask('GET /v2/endpoints', undefined, { authorization: `bearer ${text}` });
      let answer = await ask();
      expect(answer.status).toBe(200);
      while (answer.status === 200) answer = await ask();
      expect([answer.status, reasonOf(answer)]).toEqual([401, 'the key has expired']);
    });
  });

  describe('boards', () => {
    const listed = (...names: number[]) =>
      names.map((name) => ({ name: `board-${name}`, type: 'test', status: 'ACTIVE' }));
    it.each([
      ['/v2/endpoints', listed(0, 1)],
      ['/v2/endpoints?type=test', listed(0, 1)],
      ['/v2/endpoints?type=tes', []],
      ['/endpoints/', listed(0, 1)],
    ])('GET %s', async (path, boards) => {
      const { status, text } = await user.ask(`GET ${path}`);
      expect([status, JSON.parse(text)]).toEqual([200, boards]);
    });

    it('are links for whoever wants them', async () => {
      const answer = await user.ask('GET /v2/endpoints', undefined, { accept: 'application/link-format' });
      expect([answer.type, answer.text]).toEqual(['application/link-format', '</board-0>,</board-1>']);
    });

    it.each(['/v2/endpoints/board-0', '/endpoints/board-0', '/v2/endpoints/board-0/'])('GET %s', async (path) => {
      const { status, text } = await user.ask(`GET ${path}`);
      expect(status).toBe(200);
      const resources = JSON.parse(text);
      expect(resources).toContainEqual({ uri: '/3200/0/5501', rt: 'Button', obs: true, type: '' });
      expect(resources).toContainEqual({ uri: '/3201/0/5853', rt: 'Pattern', obs: false, type: '' });
    });

    it.each([
      ['GET /v2/endpoints/board', 404],
      ['GET /v2/endpoints/board-*', 404],
      ['DELETE /v2/endpoints/nobody', 404],
      ['GET /v2/endpoints/nobody/3/0/0', 410],
      ['PUT /v2/endpoints/nobody/3201/0/5853', 410],
      ['POST /v2/endpoints/nobody/3201/0/5850', 410],
      ['DELETE /v2/endpoints/nobody/3201/0', 410],
    ])('%s: %d', async (line, status) => {
      const answer = await user.ask(line);
      expect([answer.status, reasonOf(answer)]).toEqual([status, 'no board of this name is registered']);
    });
  });

  describe('resources', () => {
    it.each(['GET', 'PUT', 'POST'])('%s without a channel: 412', async (method) => {
      const answer = await new User(served).ask(`${method} ${PATTERN}`);
      expect([answer.status, reasonOf(answer)]).toEqual([412, 'No notification channel found.']);
    });

    it.each([
      ['one that it does not have', 'GET /v2/endpoints/board-0/3201/0/9', undefined, {}, 404],
      ['an object that it does not have', 'DELETE /v2/endpoints/board-0/9', undefined, {}, 404],
      ['256 characters', `PUT /v2/endpoints/board-0/${'x'.repeat(255)}`, 'x', {}, 404],
      ['256 bytes', `PUT /v2/endpoints/board-0/${encodeURIComponent('語'.repeat(85))}`, 'x', {}, 404],
      ['a segment without a name', 'PUT /v2/endpoints/board-0/3201//5853', 'x', {}, 404],
      ['a control character', 'PUT /v2/endpoints/board-0/3201/%00', 'x', {}, 404],
      ['a type that no board takes', `PUT ${PATTERN}`, '<x/>', { 'content-type': 'application/xml' }, 415],
      ['more than 1 MiB', `PUT ${PATTERN}`, 'x'.repeat(1_048_577), {}, 413],
      ['nothing known, and nobody to be asked', `GET ${PATTERN}?cacheOnly=true`, undefined, {}, 205],
      ['HEAD', `HEAD ${PATTERN}`, undefined, {}, 404],
    ] as const)('%s', async (_what, line, body, headers, status) => {
      expect((await user.ask(line, body, headers)).status).toBe(status);
    });

    it('are read: 202, and the value by the channel', async () => {
      const reader = await new User(served).poll();
      const { id, ...answer } = await reader.answered(`GET ${PATTERN}`);
      expect(id).toMatch(dialect === 'mdc' ? /^\d+#board-0@dom\/3201\/0\/5853$/ : /^[\da-f-]{36}$/);
      expect(answer).toEqual({ status: 200, ct: 'text/plain', 'max-age': 0, payload: '500:500:500:500:500:500:500' });
      // It is not fresh, and known.
      expect((await reader.ask(`GET ${PATTERN}`)).status).toBe(202);
      const known = await reader.ask(`GET ${PATTERN}?cacheOnly`);
      expect([known.status, known.type, known.text]).toEqual([200, 'text/plain', '500:500:500:500:500:500:500']);
    });

    it.each([
      ['a text without a type', '1:2', {}, '1:2'],
      ['text/plain', '1:3', { 'content-type': 'text/plain; charset=utf-8' }, '1:3'],
      ['curl -d', '1:4', { 'content-type': 'application/x-www-form-urlencoded' }, '1:4'],
      ["ARM's Python client: a text as JSON", '"1:5"', { 'content-type': 'application/json' }, '1:5'],
      ['a number as JSON', '16', { 'content-type': 'application/json' }, '16'],
      ['what only says that it is JSON', '1:7', { 'content-type': 'application/json' }, '1:7'],
    ] as const)('are written: %s', async (_what, body, headers, value) => {
      const writer = await new User(served).poll();
      expect(await writer.answered(`PUT ${PATTERN}`, body, headers)).toMatchObject({ status: 200 });
      expect(await writer.answered(`GET ${PATTERN}`)).toMatchObject({ payload: value });
    });

    it('are written without an answer: 204, with no channel', async () => {
      const writer = new User(served);
      expect(await writer.ask(`PUT ${PATTERN}?noResp=true`, '2:2')).toMatchObject({ status: 204, text: '' });
      await writer.poll();
      expect(await writer.answered(`GET ${PATTERN}`)).toMatchObject({ payload: '2:2' });
      expect(writer.pulled.flatMap((message) => message['async-responses'])).toHaveLength(1);
    });

    it('are executed, and refused by the board itself', async () => {
      const asker = await new User(served).poll();
      await asker.answered(`PUT ${PATTERN}`, '1');
      expect(await asker.answered('POST /v2/endpoints/board-0/3201/0/5850')).toMatchObject({ status: 200 });
      expect(await asker.answered('PUT /v2/endpoints/board-0/9/9/9', 'x')).toMatchObject({ status: 404 });
      const much = await asker.answered(`PUT ${PATTERN}`, 'x'.repeat(100_000));
      expect(much).toMatchObject({ status: 413, error: 'REQUEST_ENTITY_TOO_LARGE' });
    });
  });

  it('offers of HTTP/2 are left alone', async () => {
    const { hostname, port } = new URL(served.host);
    const socket = connect(Number(port), hostname);
    socket.write(`GET /v2/endpoints HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.key}\r\n`);
    socket.write('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n');
    const got: Buffer = await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    expect(got.toString()).toMatch(/^HTTP\/1.1 200 /);
  });

  it('a board whose registration is deleted is gone', async () => {
    expect(await user.ask('DELETE /v2/endpoints/board-1')).toMatchObject({ status: 200, text: '' });
    expect((await user.ask('GET /v2/endpoints/board-1')).status).toBe(404);
    expect((await user.ask('GET /v2/endpoints/board-1/3201/0/5853')).status).toBe(410);
  });

  it('what the service says of itself, Device Connector’s alone', async () => {
    const about = await Promise.all(['/', '/rest-versions'].map((path) => fetch(`${served.host}${path}`)));
    const [limits, again] = [await user.ask('GET /v2/limits'), await user.ask('GET /limits/')];
    if (dialect === 'pelion') {
      expect([...about.map(({ status }) => status), limits.status]).toEqual([404, 404, 404]);
      return;
    }
    expect(about[0]!.headers.get('content-type')).toMatch('text/plain');
    expect(await about[0]!.text()).toBe('DeviceServer v0\nREST version = v2');
    expect(await about[1]!.json()).toEqual(['v1', 'v2']);
    const { 'transaction-count': count, ...rest } = JSON.parse(limits.text);
    expect(rest).toEqual({ 'transaction-quota': 10_000, 'endpoint-quota': 100, 'endpoint-count': 1 });
    expect(JSON.parse(again.text)['transaction-count']).toBe(count + 1);
  });
});
