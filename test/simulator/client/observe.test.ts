import { describe, expect, test } from '@jest/globals';
import { METHODS, RESPONSES } from '../../../cloud/protocol/coap/codes.ts';
import { OPTIONS, pathOptions, uintOption } from '../../../cloud/protocol/coap/options.ts';
import { hexOf, nothing, textOf } from './driver.ts';
import { answer, keepAnswering, observe, observeOf, registered, TOKEN } from './service.ts';

const COUNTER = '/3200/0/5501';

describe('an observation', () => {
  test('begins with Observe 0, and notifies: these bytes', async () => {
    const board = await registered();
    expect(hexOf(observe(board).bytes)).toBe('62457777aabb606020ff30');
    board.press();
    // CON 2.05, the board's ID, token, Observe 1, Content-Format 0, Max-Age 0.
    expect(hexOf(board.last.bytes)).toBe('42450002aabb61016020ff31');
  });

  test.each(['/3200/0/5502', '/1000/0/1'])('is also had of %s', async (path) => {
    const board = await registered();
    expect(observeOf(observe(board, TOKEN, path))).toBe(0);
    if (path === '/1000/0/1') {
      const options = pathOptions(OPTIONS.UriPath, path);
      board.give({ code: METHODS.PUT, token: TOKEN, options, payload: Uint8Array.of(0x31) });
      expect(board.takeSent().map(({ type, code }) => [type, code])).toEqual([
        ['ACK', RESPONSES.Changed],
        ['CON', RESPONSES.Content],
      ]);
    } else {
      await board.world.pass(15_000);
      expect(board.sent.find(({ code }) => code === RESPONSES.Content)).toMatchObject({ type: 'CON', token: TOKEN });
    }
  });

  test('is refused of what is not observable, the value beside', async () => {
    const board = await registered();
    const refused = observe(board, TOKEN, '/3201/0/5853');
    expect([refused.code, textOf(refused.payload)]).toEqual([
      RESPONSES.MethodNotAllowed,
      '500:500:500:500:500:500:500',
    ]);
  });

  test.each([0, 1, 8])('has a token of %d bytes', async (length) => {
    const board = await registered();
    const token = new Uint8Array(length).fill(7);
    expect(observe(board, token).token).toEqual(token);
    board.press();
    expect(board.last.token).toEqual(token);
  });

  test('of another token replaces the first one; the numbers go on', async () => {
    const board = await registered();
    keepAnswering(board);
    observe(board);
    board.press(3);
    const other = Uint8Array.of(9);
    expect(observeOf(observe(board, other))).toBe(3);
    board.press();
    expect(board.takeSent().map((one) => [hexOf(one.token), observeOf(one)])).toEqual([['09', 4]]);
  });

  test('asked for again without a token keeps the one that it has', async () => {
    const board = await registered();
    observe(board);
    expect(observe(board, nothing).token).toHaveLength(0);
    board.press();
    expect(board.last.token).toEqual(TOKEN);
  });

  test('ends with Observe 1; the next one begins at 0 again', async () => {
    const board = await registered();
    keepAnswering(board);
    observe(board);
    board.press(3);
    const cancelled = observe(board, TOKEN, COUNTER, 1);
    expect([cancelled.code, observeOf(cancelled)]).toEqual([RESPONSES.Content, undefined]);
    board.press();
    expect(board.takeSent()).toEqual([]);
    expect(observeOf(observe(board))).toBe(0);
    board.press();
    expect(observeOf(board.last)).toBe(1);
  });

  test('does not end with a reset of a notification, which frees its place in the queue', async () => {
    const board = await registered();
    observe(board);
    board.press();
    board.give({ type: 'RST', messageId: board.last.messageId });
    expect(board.did('dropped')).toEqual([{ do: 'dropped', why: 'reset', path: COUNTER, value: '1', messageId: 2 }]);
    board.press();
    expect([observeOf(board.last), textOf(board.last.payload)]).toEqual([2, '2']);
  });

  test('survives a new connection and a new registration, token and numbers', async () => {
    const board = await registered();
    observe(board);
    board.press();
    answer(board, board.last);
    board.close();
    await board.world.pass(15_000);
    board.give({ type: 'ACK', code: RESPONSES.NotFound, messageId: board.last.messageId });
    answer(board, board.last);
    board.takeSent();
    board.press();
    expect([observeOf(board.last), hexOf(board.last.token)]).toEqual([2, 'aabb']);
  });

  test('does not survive a reset', async () => {
    const board = await registered();
    observe(board);
    board.powerOff();
    board.powerUp();
    await board.world.pass(0);
    answer(board, board.last);
    board.takeSent();
    board.press();
    expect(board.takeSent()).toEqual([]);
  });

  test('numbers and counter wrap at 65,536, the ID leaving out 0', async () => {
    const board = await registered();
    keepAnswering(board);
    observe(board);
    board.press(65_534);
    board.takeSent();
    board.press(3);
    const told = board.takeSent();
    expect(told.map((one) => [observeOf(one), textOf(one.payload)])).toEqual([
      [65_535, '65535'],
      [0, '0'],
      [1, '1'],
    ]);
    // It began with 1, which the registration had.
    expect(told.map(({ messageId }) => messageId)).toEqual([1, 2, 3]);
    expect(hexOf(told[1]!.bytes)).toBe('42450002aabb606020ff30');
  });

  test('of another value than 0 and 1 is only a read', async () => {
    const board = await registered();
    expect(observeOf(observe(board, TOKEN, COUNTER, 2))).toBeUndefined();
    board.press();
    expect(board.sent).toEqual([]);
  });

  test('a number of three bytes is a format error to it', async () => {
    const board = await registered();
    const options = [
      { number: OPTIONS.Observe, value: Uint8Array.of(0, 0, 0) },
      ...pathOptions(OPTIONS.UriPath, COUNTER),
    ];
    board.give({ code: METHODS.GET, token: TOKEN, options });
    expect(board.last.type).toBe('RST');
  });

  test('notifications have no Max-Age with mbed-coap before 4.4.3', async () => {
    const board = await registered({ saysMaxAge: false });
    observe(board);
    board.press();
    expect(board.last.options.map(({ number }) => number)).toEqual([OPTIONS.Observe, OPTIONS.ContentFormat]);
  });
});

describe('the resend queue', () => {
  test.each([2, 6])('of %d: one more is dropped without a word, with its ID and its number', async (resendQueue) => {
    const board = await registered({ resendQueue });
    observe(board);
    board.press(resendQueue + 1);
    expect(board.takeSent()).toHaveLength(resendQueue);
    const value = String(resendQueue + 1);
    expect(board.did('dropped')).toEqual([
      { do: 'dropped', why: 'queue-full', path: COUNTER, value, messageId: resendQueue + 2 },
    ]);
    board.give({ type: 'ACK', messageId: 2 });
    board.press();
    const next = board.takeSent();
    expect(next.map((one) => [one.messageId, observeOf(one), textOf(one.payload)])).toEqual([
      [resendQueue + 3, resendQueue + 2, String(resendQueue + 2)],
    ]);
  });

  test('an acknowledged value is told of once', async () => {
    const board = await registered();
    observe(board);
    board.press();
    const { messageId } = board.last;
    board.give({ type: 'ACK', messageId });
    board.give({ type: 'ACK', messageId });
    expect(board.did('acknowledged')).toEqual([{ do: 'acknowledged', path: COUNTER, value: '1', messageId }]);
    expect(board.did('refused')).toEqual([{ do: 'refused', why: 'unmatched' }]);
  });

  test('a notification is sent four times, and its value is then unanswered', async () => {
    const board = await registered();
    board.board.powered = true;
    observe(board);
    board.press();
    board.board.powered = false;
    await board.world.pass(75_000);
    expect(board.sent.map(({ atMs }) => atMs / 1_000)).toEqual([0, 5, 15, 35]);
    expect(new Set(board.sent.map(({ bytes }) => hexOf(bytes))).size).toBe(1);
    expect(board.did('dropped')).toEqual([
      { do: 'dropped', why: 'unanswered', path: COUNTER, value: '1', messageId: 2 },
    ]);
    expect([board.client.queue, board.did('close')]).toEqual([[], []]);
  });

  test('Observe in one byte, two bytes', async () => {
    const board = await registered();
    keepAnswering(board);
    observe(board);
    board.press(300);
    const options = board.sent.map(({ options: [first] }) => first);
    expect(options[254]).toEqual(uintOption(OPTIONS.Observe, 255));
    expect(options[255]).toEqual(uintOption(OPTIONS.Observe, 256));
  });
});
