/** Long polls and websockets over the API, and which channel a key has. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { startReceiver } from '../channels/webhook/receiver.ts';
import { type Served, serve } from './served.ts';
import { until } from './until.ts';
import { reasonOf, User } from './user.ts';

const PULL = '/v2/notification/pull';
const SOCKET = '/v2/notification/websocket';
const CHANNEL = 'GET /v2/notification/channel';
const BUTTON = '/v2/subscriptions/board-0/3200/0/5501';

describe.each(['mdc', 'pelion'] as const)('%s', (dialect) => {
  let served: Served;
  beforeAll(async () => {
    served = await serve(dialect);
  });
  afterAll(async () => {
    await served[Symbol.asyncDispose]();
    expect(served.problems).toEqual([]);
  });
  const stateOf = ({ id }: User) => served.connector.channels.states().find(({ key }) => key === id);
  const waits = (user: User) => until(() => stateOf(user)?.doing === 'a GET is open');

  it('a key has no channel until it asks for one', async () => {
    await using receiver = await startReceiver();
    expect((await new User(served).ask(CHANNEL)).status).toBe(404);
    const [poll, socket, callback] = [await new User(served).poll(), new User(served), new User(served)];
    await socket.ask(`PUT ${SOCKET}`);
    await callback.ask('PUT /v2/notification/callback', JSON.stringify({ url: receiver.url }));
    const kinds = await Promise.all([poll, socket, callback].map(async (user) => (await user.ask(CHANNEL)).text));
    expect(kinds.map((kind) => JSON.parse(kind).delivery_mechanism)).toEqual([
      ...['LONG_POLLING', 'WEB_SOCKET', 'CALLBACK'],
    ]);
    await callback.ask('DELETE /v2/notification/callback');
    expect((await callback.ask(CHANNEL)).status).toBe(404);
  });

  it.each([
    ['poll', `GET ${PULL}?noWait=true`, `DELETE ${PULL}`],
    ['websocket', `PUT ${SOCKET}`, `DELETE ${SOCKET}`],
  ])('a %s that is deleted takes what its key subscribed with it, and no other’s', async (_kind, make, remove) => {
    const [user, other] = [new User(served), await new User(served).poll()];
    await user.ask(make);
    for (const one of [user, other]) {
      await one.ask('PUT /v2/subscriptions', '[{"resource-path":["/3200/0/5501"]}]');
      expect((await one.ask(`PUT ${BUTTON.replace('5501', '5502')}`)).status).toBe(202);
    }
    await user.ask(remove);
    expect((await user.ask('GET /v2/subscriptions')).text).toBe('[]');
    expect((await user.ask('GET /v2/subscriptions/board-0')).status).toBe(404);
    expect((await other.ask('GET /v2/subscriptions/board-0')).status).toBe(200);
    // It has another channel, or none: nothing is deleted.
    if (_kind === 'websocket') await other.ask(remove);
    else expect((await user.ask(remove)).text).toBe('ALREADY_DELETED');
    expect((await other.ask('GET /v2/subscriptions/board-0')).status).toBe(200);
  });

  it.each([
    ['poll', `GET ${PULL}?noWait=true`],
    ['websocket', `PUT ${SOCKET}`],
  ])('rules rest until their key has a %s: nothing waits in a queue that nobody takes', async (_kind, make) => {
    const [user, other] = [new User(served), await new User(served).poll()];
    const waiting = () => served.connector.events.queue.numbers(user.id)?.events ?? 0;
    await user.ask('PUT /v2/subscriptions', '[{"resource-path":["/3200/0/5501"]}]');
    const value = Number((await other.answered(`PUT ${BUTTON}`)).payload);
    served.fleet.edge(0);
    await other.pull(({ notifications }) => notifications?.find(({ payload }) => Number(atob(payload)) > value));
    expect([waiting(), stateOf(user)]).toEqual([0, undefined]);
    await user.ask(make);
    // What was pressed meanwhile: nobody presses again, and the other key has had it watched all the time.
    const { queue } = served.connector.events;
    const waits = () => queue.peek(user.id, { mostItems: 100, mostBytes: 1e6 });
    await until(() =>
      waits().some(({ kind, data }) => kind === 'notification' && Number(atob(data.payload ?? '')) > value),
    );
  });

  describe('long poll', () => {
    it('noWait is answered at once', async () => {
      const user = new User(served);
      expect(await user.ask(`GET ${PULL}?noWait=true`)).toMatchObject({ status: 204, text: '' });
      expect(await user.ask('GET /notification/pull/?noWait=true')).toMatchObject({ status: 204, text: '' });
    });

    it('waits, and has what comes', async () => {
      const user = await new User(served).poll();
      const waiting = user.ask(`GET ${PULL}?noWait=false`);
      await waits(user);
      await user.ask(`PUT ${BUTTON}`);
      const { status, type, text } = await waiting;
      expect([status, type]).toEqual([200, 'application/json']);
      expect(Object.keys(JSON.parse(text))).toEqual(
        expect.arrayContaining([expect.stringMatching(/^(notifications|async-responses)$/)]),
      );
    });

    it('nothing is lost with a client that leaves, or only asks what it would get', async () => {
      const user = await new User(served).poll();
      const leaving = new AbortController();
      const left = user.ask(`GET ${PULL}`, undefined, {}, leaving.signal).catch(() => 'left');
      await waits(user);
      leaving.abort();
      expect(await left).toBe('left');
      const answered = user.answered(`PUT ${BUTTON}`);
      expect((await user.ask(`HEAD ${PULL}`)).status).toBe(404);
      expect(await answered).toMatchObject({ status: 200 });
    });

    it('a second one is refused by Pelion, and ends the first in Device Connector', async () => {
      const user = await new User(served).poll();
      const first = user.ask(`GET ${PULL}`);
      await waits(user);
      if (dialect === 'mdc') {
        const second = user.ask(`GET ${PULL}`);
        expect((await first).status).toBe(204);
        await user.ask(`PUT ${BUTTON}`);
        expect((await second).status).toBe(200);
      } else {
        const second = await user.ask(`GET ${PULL}`);
        expect([second.status, reasonOf(second)]).toEqual([409, 'another long poll of this key is open']);
        await user.ask(`DELETE ${PULL}`);
        expect(await first).toMatchObject({ status: 410 });
      }
    });

    it('deleted, it is gone for a while', async () => {
      const user = await new User(served).poll();
      expect(await user.ask(`DELETE ${PULL}`)).toMatchObject({ status: 200, text: 'REMOVED' });
      expect(await user.ask(`DELETE ${PULL}`)).toMatchObject({ status: 200, text: 'ALREADY_DELETED' });
      expect((await user.ask(CHANNEL)).status).toBe(404);
      const again = await user.ask(`GET ${PULL}?noWait=true`);
      if (dialect === 'mdc') expect(again.status).toBe(204);
      else expect([again.status, reasonOf(again)]).toEqual([410, 'CHANNEL_DELETED']);
    });
  });

  describe('websocket', () => {
    const urlOf = (path = `${SOCKET}-connect`) => `${served.host.replace('http', 'ws')}${path}`;
    const bearer = ({ key }: User) => ({ headers: { authorization: `Bearer ${key}` } });
    const opened = (socket: WebSocket): Promise<WebSocket> =>
      new Promise((resolve, reject) => socket.once('open', () => resolve(socket)).once('error', reject));
    const refused = (socket: WebSocket): Promise<number | undefined> =>
      new Promise((resolve) => {
        socket.once('error', () => undefined);
        socket.once('unexpected-response', (request, { statusCode }) => {
          request.destroy();
          resolve(statusCode);
        });
      });
    const closed = (socket: WebSocket): Promise<number> => new Promise((resolve) => socket.once('close', resolve));
    const isConnected = async (user: User) => JSON.parse((await user.ask(`GET ${SOCKET}`)).text).status === 'connected';

    it('is made, shown, made again and deleted', async () => {
      const user = new User(served);
      expect((await user.ask(`GET ${SOCKET}`)).status).toBe(404);
      expect((await user.ask(`DELETE ${SOCKET}`)).status).toBe(404);
      expect(await user.ask(`PUT ${SOCKET}`)).toMatchObject({ status: 201, text: '' });
      expect((await user.ask(`PUT ${SOCKET}/`, '{"serialization":{"type":"v2"}}')).status).toBe(200);
      expect(JSON.parse((await user.ask(`GET ${SOCKET}`)).text)).toEqual({ status: 'disconnected', queue_size: 0 });
      expect((await user.ask(`PUT ${SOCKET}`, '{"serialization":{}}')).status).toBe(400);
      expect((await user.ask(`PUT ${SOCKET}`, 'x')).status).toBe(400);
      expect((await user.ask(`GET ${PULL}?noWait=true`)).status).toBe(400);
      const socket = await opened(new WebSocket(urlOf(), bearer(user)));
      expect(await isConnected(user)).toBe(true);
      const over = closed(socket);
      expect((await user.ask(`DELETE ${SOCKET}`)).status).toBe(204);
      expect(await over).toBe(1000);
    });

    it.each([
      ['a header', (user: User) => new WebSocket(urlOf(), bearer(user)), ''],
      [
        'a header, without /v2',
        (user: User) => new WebSocket(urlOf('/notification/websocket-connect/'), bearer(user)),
        '',
      ],
      ['a protocol', ({ key }: User) => new WebSocket(urlOf(), ['wss', `pelion_${key}`]), 'wss'],
    ] as const)('the key comes as %s; frames have what is told', async (_what, connect, protocol) => {
      const user = new User(served);
      await user.ask(`PUT ${SOCKET}`);
      const socket = connect(user);
      const told: { path: string; payload: string }[] = [];
      socket.on('message', (data, isBinary) => {
        if (!isBinary) told.push(...(JSON.parse(data.toString()).notifications ?? []));
      });
      await opened(socket);
      expect(socket.protocol).toBe(protocol);
      await user.ask(`PUT ${BUTTON}`);
      await until(() => told.length > 0);
      expect(told[0]).toMatchObject({ path: '/3200/0/5501' });
      const before = Number(atob(told[0]!.payload));
      served.fleet.edge(0);
      await until(() => told.some(({ payload }) => atob(payload) === String(before + 1)));
      socket.terminate();
    });

    it('a key that is removed closes it: 1008', async () => {
      const user = new User(served);
      await user.ask(`PUT ${SOCKET}`);
      const socket = await opened(new WebSocket(urlOf(), bearer(user)));
      const over = closed(socket);
      served.connector.keys.remove(user.id);
      expect(await over).toBe(1008);
      expect((await user.ask(`GET ${SOCKET}`)).status).toBe(401);
    });

    it('is refused without a key, with a wrong one, and without a channel', async () => {
      const user = new User(served);
      expect(await refused(new WebSocket(urlOf()))).toBe(401);
      expect(await refused(new WebSocket(urlOf(), ['wss', 'pelion_ak_no']))).toBe(401);
      expect(await refused(new WebSocket(urlOf(), bearer(user)))).toBe(400);
      expect(await refused(new WebSocket(urlOf('/nowhere'), bearer(user)))).toBe(404);
    });

    it('an ordinary GET is told to upgrade', async () => {
      const answer = await new User(served).ask(`GET ${SOCKET}-connect`);
      expect([answer.status, answer.headers.get('upgrade')]).toEqual([426, 'websocket']);
    });
  });
});
