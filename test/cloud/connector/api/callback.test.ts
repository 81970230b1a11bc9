/** A callback over the API: what is refused and why, how events are spelt for it, and what it makes of other channels. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Received, type Receiver, startReceiver } from '../channels/webhook/receiver.ts';
import { type Served, serve } from './served.ts';
import { until } from './until.ts';
import { reasonOf, User } from './user.ts';

const CALLBACK = '/v2/notification/callback';
const BUTTON = '/v2/subscriptions/board-0/3200/0/5501';

describe.each(['mdc', 'pelion'] as const)('%s', (dialect) => {
  let served: Served;
  let receiver: Receiver;
  beforeAll(async () => {
    [served, receiver] = [await serve(dialect), await startReceiver()];
  });
  afterAll(async () => {
    await served[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
    expect(served.problems).toEqual([]);
  });
  const put = (user: User, body: object) => user.ask(`PUT ${CALLBACK}`, JSON.stringify(body));
  const mine = (user: User): Received[] => receiver.received.filter(({ headers }) => headers['x-user'] === user.id);
  const takenBy = (user: User, more: object = {}) =>
    put(user, { url: receiver.url, headers: { 'X-User': user.id }, ...more });

  it('is tried out, shown and deleted', async () => {
    const user = new User(served);
    expect((await user.ask(`GET ${CALLBACK}`)).status).toBe(404);
    expect((await user.ask(`DELETE ${CALLBACK}`)).status).toBe(404);
    expect(await takenBy(user)).toMatchObject({ status: 204, text: '' });
    expect(mine(user)).toMatchObject([{ method: 'PUT', body: '{}' }]);
    expect(JSON.parse((await user.ask('GET /notification/callback/')).text)).toEqual({
      ...{ url: receiver.url, headers: { 'X-User': user.id } },
    });
    const other = `${receiver.url}?other`;
    expect((await put(user, { url: other, headers: null })).status).toBe(204);
    expect(JSON.parse((await user.ask(`GET ${CALLBACK}`)).text)).toEqual({ url: other, headers: {} });
    expect(await user.ask(`DELETE ${CALLBACK}`)).toMatchObject({ status: 204, text: '' });
    expect((await user.ask(`GET ${CALLBACK}`)).status).toBe(404);
  });

  it('URL and header values of 400 characters: the names come on top in Pelion alone', async () => {
    const user = new User(served);
    const room = 400 - receiver.url.length - user.id.length;
    const put = await takenBy(user, { headers: { 'X-User': user.id, 'X-More': 'y'.repeat(room) } });
    expect(put.status).toBe(dialect === 'mdc' ? 204 : 400);
    const more = await takenBy(user, { headers: { 'X-User': user.id, 'X-More': 'y'.repeat(room + 1) } });
    expect(more.status).toBe(400);
  });

  it('takes subscriptions and rules with it when it goes', async () => {
    const user = new User(served);
    await takenBy(user);
    await user.ask('PUT /v2/subscriptions', '[{"resource-path":["/3200/0/5502"]}]');
    expect((await user.ask(`PUT ${BUTTON}`)).status).toBe(202);
    await user.ask(`DELETE ${CALLBACK}`);
    expect((await user.ask('GET /v2/subscriptions')).text).toBe('[]');
    expect((await user.ask('GET /v2/subscriptions/board-0')).status).toBe(404);
  });

  const cfg = (flags: object) => ({ type: 'v2', cfg: flags });
  it.each([
    ['no body', '', 'the body is no JSON'],
    ['no object', '[]', 'the body is no JSON object'],
    ['half a text', '"', 'the body is no JSON'],
    ['no url', {}, 'url is missing, or is no text'],
    ['a url that is no text', { url: 1 }, 'url is missing, or is no text'],
    ['a url that is none', { url: 'here' }, 'the URL is none'],
    ['another scheme', { url: 'ftp://x/' }, 'the URL is neither http: nor https:'],
    ['401 characters', { url: `http://x/${'y'.repeat(392)}` }, 'the URL and its headers have more than 400 characters'],
    ['nobody there', { url: 'http://127.0.0.1:1/' }, /it cannot be reached \(ECONNREFUSED\)$/],
    ['headers that are a list', { url: 'http://x/', headers: ['a'] }, 'headers are no texts by name'],
    ['a header that is a number', { url: 'http://x/', headers: { a: 1 } }, 'headers are no texts by name'],
    ['a header that carries', { url: 'http://x/', headers: { Host: 'y' } }, 'the header host cannot be set'],
    ['a line break', { url: 'http://x/', headers: { a: 'b\r\nc: d' } }, 'the value of the header a is none'],
    ['another form', { url: 'http://x/', serialization: { type: 'v1' } }, 'the type of serialization is v2'],
    ['a form that is a text', { url: 'http://x/', serialization: 'v2' }, 'serialization is no object'],
    ['a flag', { url: 'http://x/', serialization: cfg({ include_uid: 1 }) }, 'include_uid is neither true nor false'],
    ['flags that are a list', { url: 'http://x/', serialization: { type: 'v2', cfg: [] } }, 'cfg is no object'],
    [
      'small messages',
      { url: 'http://x/', serialization: { type: 'v2', max_chunk_size: 99 } },
      'max_chunk_size is from 100 to 10000',
    ],
  ] as const)('is refused with 400 for %s', async (_what, body, reason) => {
    const user = new User(served);
    const answer = await user.ask(`PUT ${CALLBACK}`, typeof body === 'string' ? body : JSON.stringify(body));
    expect(answer.status).toBe(400);
    if (typeof reason === 'string') expect(reasonOf(answer)).toBe(reason);
    else expect(reasonOf(answer)).toMatch(reason);
    expect((await user.ask(`GET ${CALLBACK}`)).status).toBe(404);
  });

  it('is refused with what the receiver says', async () => {
    await using refusing = await startReceiver((response) => response.writeHead(403).end());
    const answer = await put(new User(served), { url: refusing.url });
    expect([answer.status, reasonOf(answer)]).toEqual([400, expect.stringMatching(/403/)]);
  });

  it('bytes that are not UTF-8: 400', async () => {
    const response = await fetch(`${served.host}${CALLBACK}`, {
      ...{ method: 'PUT', headers: { authorization: `Bearer ${served.key}` }, body: Uint8Array.of(0x22, 0xff, 0x22) },
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch('the body is not UTF-8');
  });

  it('a body that says it is no JSON is Device Connector’s to take', async () => {
    const headers = { 'content-type': 'text/plain' };
    const body = JSON.stringify({ url: receiver.url });
    const { status } = await new User(served).ask(`PUT ${CALLBACK}`, body, headers);
    expect(status).toBe(dialect === 'mdc' ? 204 : 415);
  });

  const ALL = ['boot', 'ct', 'ep', 'max-age', 'path', 'payload', 'timestamp', 'uid'];
  const PLAIN = ['ct', 'ep', 'max-age', 'path', 'payload'];
  it.each([
    ['as the connector is set up', {}, ALL],
    ['null, likewise', { serialization: null }, ALL],
    [
      "flags as ARM's example has them",
      { serialization: cfg({ include_uid: 'true', include_timestamp: 'true' }) },
      ALL,
    ],
    ['one flag', { serialization: cfg({ include_uid: true }) }, [...PLAIN, 'uid']],
    ['another', { serialization: cfg({ include_timestamp: 'true' }) }, [...PLAIN, 'timestamp']],
    ['a third', { serialization: cfg({ deregistrations_as_object: true }) }, PLAIN],
    ['a name that they have anyway', { serialization: cfg({ include_original_ep: true }) }, PLAIN],
    ['flags that say no', { serialization: cfg({ include_uid: 'false', include_original_ep: null }) }, PLAIN],
    ['no flags', { serialization: { type: 'v2', max_chunk_size: '100' } }, PLAIN],
  ])('events are spelt: %s', async (_what, more, fields) => {
    const user = new User(served);
    expect((await takenBy(user, more)).status).toBe(204);
    expect((await user.ask(`PUT ${BUTTON}`)).status).toBe(202);
    const told = () => mine(user).flatMap(({ body }) => JSON.parse(body).notifications ?? []);
    await until(() => told().length > 0);
    expect(Object.keys(told()[0]).sort()).toEqual(fields);
  });

  describe('beside others', () => {
    it('a long poll is refused, and so is a websocket', async () => {
      const user = new User(served);
      await takenBy(user);
      const [poll, socket] = [
        await user.ask('GET /v2/notification/pull?noWait=true'),
        await user.ask('PUT /v2/notification/websocket'),
      ];
      for (const answer of [poll, socket]) {
        expect([answer.status, reasonOf(answer)]).toEqual([400, expect.stringContaining(CALLBACK)]);
      }
    });

    it('takes a long poll’s place with what is queued, or is refused', async () => {
      const user = await new User(served).poll();
      // Queued, and not pulled.
      await user.ask(`PUT ${BUTTON}`);
      const answer = await takenBy(user);
      if (dialect === 'pelion') {
        expect([answer.status, reasonOf(answer)]).toEqual([400, expect.stringContaining('/v2/notification/pull')]);
        return;
      }
      expect(answer.status).toBe(204);
      await until(() => mine(user).some(({ body }) => 'notifications' in JSON.parse(body)));
      expect((await user.ask('GET /v2/notification/pull?noWait=true')).status).toBe(400);
    });

    it('takes no websocket’s', async () => {
      const user = new User(served);
      await user.ask('PUT /v2/notification/websocket');
      const answer = await takenBy(user);
      expect([answer.status, reasonOf(answer)]).toEqual([400, expect.stringContaining('/v2/notification/websocket')]);
    });
  });
});
