/** What a simulated board over UDP never does, or no test can wait for: fresh values, queue mode, a broken disk, two hours. */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { Transactions } from '../../../../cloud/connector/api/about.ts';
import type { BoardAnswer, Reading } from '../../../../cloud/connector/boards/boards.ts';
import type { PollAnswer } from '../../../../cloud/connector/channels/poll/answer.ts';
import { StoreError } from '../../../../cloud/protocol/errors.ts';
import { ASKER, Faked } from './faked.ts';
import { LONGEST_MS, until } from './until.ts';

const BUTTON = '/3200/0/5501';
const SUBSCRIPTION = `/v2/subscriptions/awake${BUTTON}`;
const ask = (app: FastifyInstance, line: string, payload = '', headers = ASKER) => {
  const [method, url] = line.split(' ') as ['GET', string];
  return app.inject({ method, url, headers, payload });
};

/** Sends a request, and is told when its head is there. */
async function begin(app: FastifyInstance, line: string): Promise<Socket> {
  if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(`${line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key\r\nContent-Length: 0\r\n\r\n`);
  return socket;
}

describe('values', () => {
  const reading = (more: Partial<Reading>): Reading => ({
    ...{ value: Uint8Array.of(0x31), contentFormat: 0, maxAgeS: 60, atMs: 0, isFresh: true, ...more },
  });
  it.each([
    ['text', reading({}), 'text/plain'],
    ['TLV', reading({ contentFormat: 99 }), 'application/vnd.oma.lwm2m+tlv'],
    ['no format at all', reading({ contentFormat: undefined }), 'text/plain'],
    ['a format that has no name', reading({ contentFormat: 64_999 }), 'application/octet-stream'],
  ])('that are fresh come at once, as they are: %s', async (_what, known, type) => {
    const faked = new Faked('mdc');
    await using app = await faked.app();
    faked.channel = undefined;
    faked.known.set(BUTTON, known);
    const answer = await ask(app, `GET /v2/endpoints/awake${BUTTON}`);
    expect([answer.statusCode, answer.headers['content-type'], answer.body]).toEqual([200, type, '1']);
    expect(faked.asked).toEqual([]);
  });

  it('that are not are asked for', async () => {
    const faked = new Faked('mdc');
    await using app = await faked.app();
    faked.known.set(BUTTON, reading({ isFresh: false }));
    expect((await ask(app, `GET /v2/endpoints/awake${BUTTON}`)).statusCode).toBe(202);
    expect((await ask(app, `PUT /v2/endpoints/awake${BUTTON}`, '1')).statusCode).toBe(202);
    expect(faked.asked.map(({ method }) => method)).toEqual(['GET', 'PUT']);
  });
});

describe('the log is told', () => {
  it.each([
    ['no key', {}, 'key/missing', 'it has no key'],
    ['what is no key', { authorization: 'Basic c2VjcmV0' }, 'key/missing', 'it has no key'],
    ['a wrong key', { authorization: 'Bearer c2VjcmV0' }, 'key/unknown', 'nobody has its key'],
    ['a key that has expired', { authorization: 'Bearer old' }, 'key/expired', 'its key has expired'],
  ])('of %s, and never what it was', async (_what, headers, kind, why) => {
    const faked = new Faked('pelion');
    await using app = await faked.app();
    expect((await app.inject({ url: '/v2/endpoints', headers })).statusCode).toBe(401);
    expect(faked.noticed).toEqual([{ kind, why, peer: '127.0.0.1', text: 'a request was refused' }]);
  });

  it('of a callback that is not taken, and why, without its secrets', async () => {
    const faked = new Faked('pelion');
    await using app = await faked.app();
    const url = 'http://user:secret@10.0.0.1/hook?token=secret';
    faked.register = async () => ({ accepted: false, reason: 'the URL leads to an address that is not public' });
    await ask(app, 'PUT /v2/notification/callback', JSON.stringify({ url, headers: { a: 'secret' } }));
    expect(faked.noticed).toMatchObject([
      {
        ...{ kind: 'refused/400 /v2/notification/callback', key: 'k' },
        callback: 'http://***@10.0.0.1/hook?token=***',
        reason: 'the URL leads to an address that is not public',
      },
    ]);
  });

  it('of bodies that are too long or none, and not of what is merely not there', async () => {
    const faked = new Faked('pelion');
    await using app = await faked.app();
    await ask(app, 'GET /v2/endpoints/nobody');
    await ask(app, 'PUT /v2/subscriptions', 'x');
    await ask(app, `PUT /v2/endpoints/awake${BUTTON}`, 'x'.repeat(1_048_577));
    expect(faked.noticed.map(({ status }) => status)).toEqual([400, 413]);
  });
});

it('a key that ends while its callback is tried out has no channel afterwards', async () => {
  const faked = new Faked('pelion');
  await using app = await faked.app();
  faked.register = async () => {
    faked.hasEnded = true;
    return { accepted: true };
  };
  const { statusCode } = await ask(app, 'PUT /v2/notification/callback', '{"url":"http://example.com"}');
  expect([statusCode, faked.forgotten]).toEqual([401, ['k']]);
});

it('names of boards are percent-encoded where they stand in a URI', async () => {
  const faked = new Faked('mdc');
  await using app = await faked.app();
  const [board] = faked.parts.boards.list();
  const named = ['<x>, "y"', 'urn:dev:ops:1', 'é%2f'].map((endpoint) => ({ ...board!, endpoint }));
  Object.assign(faked.parts.boards, { list: () => named });
  const headers = { ...ASKER, accept: 'application/link-format' };
  expect((await ask(app, 'GET /v2/endpoints', '', headers)).body).toBe(
    '</%3Cx%3E,%20%22y%22>,</urn:dev:ops:1>,</%C3%A9%252f>',
  );
  await faked.parts.interests.subscribe('k', 'a b', '/1');
  expect((await ask(app, 'GET /v2/subscriptions/a%20b/1')).body).toBe('/subscriptions/a%20b/1');
});

describe('boards in queue mode', () => {
  it('say so, and have to answer', async () => {
    const faked = new Faked('mdc');
    await using app = await faked.app();
    expect((await ask(app, 'GET /v2/endpoints')).json()).toEqual([
      { name: 'awake', type: 'test', status: 'ACTIVE' },
      { name: 'asleep', type: 'test', status: 'ACTIVE', q: true },
    ]);
    expect((await ask(app, `PUT /v2/endpoints/asleep${BUTTON}?noResp`, '1')).statusCode).toBe(409);
    expect(faked.asked).toEqual([]);
  });
});

describe('what is answered later', () => {
  it('is asked for when the 202 has left', async () => {
    const faked = new Faked('mdc');
    await using app = await faked.app();
    let before: number | undefined;
    app.addHook('onResponse', async () => {
      before ??= faked.asked.length;
    });
    faked.answer = () => ({ status: 404, error: 'COAP_4.04', maxAgeS: 60, payload: new Uint8Array() });
    const { 'async-response-id': id } = (await ask(app, `GET /v2/endpoints/awake${BUTTON}`)).json();
    await until(() => faked.told.length > 0);
    expect(before).toBe(0);
    expect(faked.told).toEqual([{ key: 'k', data: { id, status: 404, error: 'COAP_4.04', payload: '' } }]);
  });

  it('is asked for although whoever asked has left meanwhile', async () => {
    const faked = new Faked('mdc');
    await using app = await faked.app();
    const { promise, resolve } = Promise.withResolvers<void>();
    let isSaving = false;
    faked.save = () => {
      isSaving = true;
      return promise;
    };
    const socket = await begin(app, `PUT ${SUBSCRIPTION}`);
    await until(() => isSaving);
    socket.destroy();
    // The server has seen it leave when it has seen another come and go.
    const next = await begin(app, 'GET /v2/endpoints');
    await once(next, 'data', { signal: AbortSignal.timeout(LONGEST_MS) });
    next.destroy();
    resolve();
    await until(() => faked.told.length > 0);
    expect(faked.observed).toEqual([`awake${BUTTON}`]);
  });
});

describe('trouble', () => {
  it.each(['mdc', 'pelion'] as const)('with the disk is 503, and told as such: %s', async (dialect) => {
    const faked = new Faked(dialect);
    await using app = await faked.app();
    faked.save = () => Promise.reject(new StoreError('STORE_DOWN', 'the disk is full'));
    const answer = await ask(app, `PUT ${SUBSCRIPTION}`);
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
    expect(answer.body).toMatch('nothing can be written down just now: try again');
    expect(faked.problems).toEqual([]);
  });

  it('of our own is 500, in the log and nowhere else', async () => {
    const faked = new Faked('mdc');
    await using app = await faked.app();
    faked.save = () => Promise.reject(new TypeError('secret'));
    const answer = await ask(app, `PUT ${SUBSCRIPTION}`);
    expect([answer.statusCode, answer.body]).toEqual([500, 'the request failed; see the log']);
    expect(faked.problems).toMatchObject([{ err: new TypeError('secret') }]);
  });

  it('too many subscriptions are 429', async () => {
    await using app = await new Faked('mdc', { ofKey: 0 }).app();
    const answer = await ask(app, `PUT ${SUBSCRIPTION}`);
    expect([answer.statusCode, answer.body]).toEqual([429, 'the key has 0 subscriptions already']);
  });

  it('a key has 100 requests under way at most, others as many', async () => {
    const faked = new Faked('mdc');
    await using app = await faked.app();
    const { promise, resolve } = Promise.withResolvers<PollAnswer>();
    let open = 0;
    faked.poll = () => {
      open += 1;
      return promise;
    };
    const polls = Array.from({ length: 100 }, () => ask(app, 'GET /v2/notification/pull'));
    const all = Promise.all(polls);
    await until(() => open === 100);
    const refused = await ask(app, 'GET /v2/endpoints');
    expect([refused.statusCode, refused.body]).toEqual([429, 'more than 100 requests at once']);
    const other = await ask(app, 'GET /v2/endpoints', '', { authorization: 'Bearer other' });
    expect(other.statusCode).toBe(200);
    resolve({ status: 204 });
    await all;
    expect((await ask(app, 'GET /v2/endpoints')).statusCode).toBe(200);
  });
});

describe('events of a long poll', () => {
  it.each([
    ['are through when all of them have left', 100, 'delivered'],
    ['come again when the client breaks off', 64 * 1024 ** 2, 'failed'],
  ] as const)('%s', async (_what, length, expected) => {
    const faked = new Faked('mdc');
    await using app = await faked.app();
    const became: string[] = [];
    faked.poll = () => ({
      ...{ status: 200, body: new Uint8Array(length).fill(0x20), events: 1 },
      delivered: async () => void became.push('delivered'),
      failed: () => void became.push('failed'),
    });
    const socket = await begin(app, 'GET /v2/notification/pull');
    await once(socket, 'readable', { signal: AbortSignal.timeout(LONGEST_MS) });
    if (expected === 'failed') socket.destroy();
    await until(() => became.length > 0);
    socket.destroy();
    expect(became).toEqual([expected]);
  });

  it('nobody waits for a client that has left', async () => {
    const faked = new Faked('mdc');
    await using app = await faked.app();
    let [asked, isLeft] = [false, false];
    faked.poll = ({ signal }) => {
      asked = true;
      signal.addEventListener('abort', () => {
        isLeft = true;
      });
      return new Promise(() => undefined);
    };
    const socket = await begin(app, 'GET /v2/notification/pull');
    await until(() => asked);
    socket.destroy();
    await until(() => isLeft);
  });
});

describe('device-requests', () => {
  const request = (app: FastifyInstance, board: string, query = '') =>
    ask(app, `POST /v2/device-requests/${board}?async-id=a${query}`, `{"method":"GET","uri":"${BUTTON}"}`);
  const NO: BoardAnswer = { status: 503, error: 'NOT_CONNECTED' };

  it.each([
    ['awake', '', 1],
    ['asleep', '', 3],
    ['awake', '&retry=2', 3],
    ['asleep', '&retry=0', 1],
  ])('%s%s, not connected: asked %d times, as often as it speaks', async (board, query, times) => {
    const faked = new Faked('pelion');
    await using app = await faked.app();
    faked.answer = () => NO;
    expect((await request(app, board, query)).statusCode).toBe(202);
    for (let asked = 1; asked < times; asked++) {
      await until(() => faked.asked.length === asked);
      await faked.world.pass(600_000);
      faked.changed(board, 'connection');
      faked.changed('another', 'registered');
      await faked.world.pass(1);
      expect([faked.asked.length, faked.told]).toEqual([asked, []]);
      faked.changed(board, asked === 1 ? 'registered' : 'updated');
      await faked.world.pass(1);
    }
    await until(() => faked.told.length > 0);
    expect(faked.asked).toHaveLength(times);
    expect(faked.told[0]!.data).toEqual({ id: 'a', ...NO });
  });

  it('a board that is connected and does not answer is asked again after 1, 2, 4 s', async () => {
    const faked = new Faked('pelion');
    await using app = await faked.app();
    faked.peer = '192.0.2.1:5683';
    const at: number[] = [];
    faked.answer = () => {
      at.push(faked.world.now());
      return { status: 504, error: 'TIMEOUT' };
    };
    await request(app, 'awake', '&retry=3');
    await until(() => faked.asked.length > 0);
    await faked.world.pass(60_000);
    await until(() => faked.told.length > 0);
    expect(at).toEqual([0, 1_000, 3_000, 7_000]);
    expect(faked.told[0]!.data).toEqual({ id: 'a', status: 504, error: 'TIMEOUT' });
  });

  it('no more wait for a board to come back than may wait for one that is there', async () => {
    const faked = new Faked('pelion');
    await using app = await faked.app();
    faked.answer = () => NO;
    for (let asked = 1; asked <= 21; asked++) {
      await request(app, 'awake', '&retry=1');
      await request(app, 'asleep', '&retry=1');
      await until(() => faked.asked.length === 2 * asked);
    }
    await until(() => faked.told.length > 1);
    const full = { key: 'k', data: { id: 'a', status: 429, error: 'QUEUE_IS_FULL' } };
    expect(faked.told).toEqual([full, full]);
    faked.changed('awake', 'registered');
    await faked.world.pass(1);
    await until(() => faked.told.length === 22);
    await request(app, 'awake', '&retry=1');
    await until(() => faked.asked.length === 63);
    await faked.world.pass(1);
    expect(faked.told).toHaveLength(22);
  });

  it('a board that does not come back until the request expires', async () => {
    const faked = new Faked('pelion');
    await using app = await faked.app();
    faked.answer = () => NO;
    await request(app, 'awake', '&retry=10&expiry-seconds=60');
    await until(() => faked.asked.length > 0);
    await faked.world.pass(59_999);
    expect(faked.told).toEqual([]);
    await faked.world.pass(1);
    await until(() => faked.told.length > 0);
    expect(faked.asked).toHaveLength(1);
    expect(faked.told[0]!.data).toEqual({ id: 'a', status: 429, error: 'REQUEST_EXPIRED' });
  });

  it('what the board itself refuses is not asked again', async () => {
    const faked = new Faked('pelion');
    await using app = await faked.app();
    faked.answer = () => ({ status: 405, error: 'COAP_4.05' });
    await request(app, 'awake', '&retry=10');
    await until(() => faked.told.length > 0);
    expect(faked.asked).toHaveLength(1);
  });

  it.each([
    ['awake', '', 7_200],
    ['asleep', '', 259_200],
    ['asleep', '&expiry-seconds=60', 60],
  ])('%s%s: expires after %d s', async (board, query, seconds) => {
    const faked = new Faked('pelion');
    await using app = await faked.app();
    faked.answer = ({ signal }) =>
      new Promise((resolve) => signal!.addEventListener('abort', () => resolve({ status: 504, error: 'TIMEOUT' })));
    await request(app, board, query);
    await until(() => faked.asked.length > 0);
    await faked.world.pass(seconds * 1_000 - 1);
    expect(faked.told).toEqual([]);
    await faked.world.pass(1);
    await until(() => faked.told.length > 0);
    expect(faked.told[0]!.data).toEqual({ id: 'a', status: 429, error: 'REQUEST_EXPIRED' });
  });
});

it('limits count what was asked in the last 24 hours', () => {
  const hour = 3_600_000;
  let now = 0;
  const transactions = new Transactions(() => now);
  transactions.add();
  now = 23 * hour;
  transactions.add();
  expect(transactions.count).toBe(2);
  now = 24 * hour;
  expect(transactions.count).toBe(1);
  now = 48 * hour;
  transactions.add();
  expect(transactions.count).toBe(1);
});
