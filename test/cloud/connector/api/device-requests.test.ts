/** Pelion's way to ask a board: the caller names the async-response. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Served, serve } from './served.ts';
import { reasonOf, User } from './user.ts';

const READ = { method: 'GET', uri: '/3201/0/5853' };
const URL_OF = 'POST /v2/device-requests/board-0?async-id=';

describe('device-requests', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve('pelion');
  });
  afterAll(async () => {
    await served[Symbol.asyncDispose]();
    expect(served.problems).toEqual([]);
  });

  it.each([
    ['no async-id', '', READ, 400, 'MALFORMED_ASYNC_ID'],
    ['one of 41 characters', 'x'.repeat(41), READ, 400, 'MALFORMED_ASYNC_ID'],
    ['one with a space', 'a%20b', READ, 400, 'MALFORMED_ASYNC_ID'],
    ['two of them', 'a&async-id=b', READ, 400, 'MALFORMED_ASYNC_ID'],
    ['no method', 'a', { uri: '/3/0' }, 400, 'MALFORMED_METHOD'],
    ['a method in small letters', 'a', { ...READ, method: 'get' }, 400, 'MALFORMED_METHOD'],
    ['no uri', 'a', { method: 'GET' }, 400, 'MALFORMED_URI'],
    ['a uri without a slash', 'a', { ...READ, uri: '3/0' }, 400, 'MALFORMED_URI'],
    ['a uri of 256 bytes', 'a', { ...READ, uri: `/${'語'.repeat(85)}` }, 400, 'MALFORMED_URI'],
    ['a type that no board takes', 'a', { ...READ, 'content-type': 'text/html' }, 400, 'UNSUPPORTED_CONTENT_TYPE'],
    ['an accept that no board gives', 'a', { ...READ, accept: 40 }, 400, 'UNSUPPORTED_CONTENT_TYPE'],
    ['what is no base64', 'a', { ...READ, 'payload-b64': 'a' }, 400, 'MALFORMED_PAYLOAD'],
    ['a payload that is no text', 'a', { ...READ, 'payload-b64': 1 }, 400, 'MALFORMED_PAYLOAD'],
    ['no object', 'a', [], 400, 'the body is no JSON object'],
    ['11 retries', 'a&retry=11', READ, 400, 'retry is from 0 to 10'],
    ['-1 retries', 'a&retry=-1', READ, 400, 'retry is from 0 to 10'],
    ['59 s', 'a&expiry-seconds=59', READ, 400, 'expiry-seconds is from 60 to 2592000'],
    ['31 days', 'a&expiry-seconds=2678400', READ, 400, 'expiry-seconds is from 60 to 2592000'],
  ])('%s', async (_what, query, body, status, reason) => {
    const user = await new User(served).poll();
    const answer = await user.ask(`${URL_OF}${query}`, JSON.stringify(body));
    expect([answer.status, reasonOf(answer)]).toEqual([status, reason]);
  });

  it('a board that is not there, and a key without a channel: 404', async () => {
    const user = new User(served);
    const [board, channel] = [
      await user.ask('POST /v2/device-requests/nobody?async-id=a', JSON.stringify(READ)),
      await user.ask(`${URL_OF}a`, JSON.stringify(READ)),
    ];
    expect([board.status, reasonOf(board)]).toEqual([404, 'DEVICE_NOT_CONNECTED']);
    expect([channel.status, reasonOf(channel)]).toEqual([404, 'CHANNEL_NOT_FOUND']);
  });

  it('a write and a read, under the ids that were chosen', async () => {
    const user = await new User(served).poll();
    const write = { method: 'PUT', uri: READ.uri, 'content-type': 'text/plain', 'payload-b64': btoa('7:7') };
    expect(await user.answered(`${URL_OF}my-1&retry=3&expiry-seconds=60`, JSON.stringify(write))).toMatchObject({
      ...{ id: 'my-1', status: 200 },
    });
    const read = await user.answered(`${URL_OF}my_2`, JSON.stringify({ ...READ, accept: 'text/plain' }));
    expect(read).toMatchObject({ id: 'my_2', status: 200, ct: 'text/plain', payload: '7:7' });
    const gone = await user.answered(`${URL_OF}3`, JSON.stringify({ ...READ, method: 'DELETE', accept: null }));
    expect(gone).toMatchObject({ id: '3', status: expect.any(Number), error: expect.any(String) });
  });
});
