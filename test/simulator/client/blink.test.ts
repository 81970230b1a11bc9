import { describe, expect, test } from '@jest/globals';
import { METHODS, RESPONSES } from '../../../cloud/protocol/coap/codes.ts';
import type { CoapMessage } from '../../../cloud/protocol/coap/message.ts';
import { OPTIONS, pathOptions } from '../../../cloud/protocol/coap/options.ts';
import { waitsOf } from '../../../simulator/client/blink.ts';
import { ascii, hexOf, nothing, type WiredBoard } from './driver.ts';
import { keepAnswering, observe, registered, TOKEN } from './service.ts';

const BLINK = pathOptions(OPTIONS.UriPath, '/3201/0/5850');
const PATTERN = pathOptions(OPTIONS.UriPath, '/3201/0/5853');

/** A board that acknowledges nothing by itself, and has no ticks to send updates at. */
async function blinking(): Promise<WiredBoard> {
  const board = await registered();
  board.board.powered = false;
  return board;
}

const post = (board: WiredBoard, message: Partial<CoapMessage> = {}) =>
  board.give({ code: METHODS.POST, token: TOKEN, options: BLINK, ...message });
const setPattern = (board: WiredBoard, pattern: string) => {
  board.give({ code: METHODS.PUT, token: TOKEN, options: PATTERN, payload: ascii(pattern) });
  board.takeSent();
};

describe('the command', () => {
  test('is acknowledged with the token, which no CoAP message has, and answered 2.05 behind the pattern', async () => {
    const board = await blinking();
    post(board);
    expect(board.takeSent().map(({ bytes }) => hexOf(bytes))).toEqual(['62007777aabb']);
    await board.world.pass(3_499);
    expect(board.sent).toEqual([]);
    await board.world.pass(1);
    expect(board.takeSent().map(({ bytes }) => hexOf(bytes))).toEqual(['42450002aabbc0']);
    expect(board.client.queue).toHaveLength(1);
    board.give({ type: 'ACK', messageId: 2 });
    expect(board.client.queue).toEqual([]);
  });

  test('its answer is sent again until it is acknowledged', async () => {
    const board = await blinking();
    setPattern(board, '0');
    post(board);
    await board.world.pass(75_000);
    expect(board.sent.filter(({ type }) => type === 'CON').map(({ atMs }) => atMs / 1_000)).toEqual([0, 5, 15, 35]);
  });

  test.each([
    ['500:200:500', [500, 200, 500]],
    ['10:x:-1:20', [10, 0, -1, 20]],
    [' 7 : +8 :9z', [7, 8, 9]],
    ['500', []],
    ['', []],
    ['5:', [5, 0]],
    [':', [0, 0]],
    ['99999999999:1', [0x7fff_ffff, 1]],
  ])('pattern %j waits %j', (pattern, waits) => {
    expect(waitsOf(pattern)).toEqual(waits);
  });

  test('toggles the LED between them', async () => {
    const board = await blinking();
    setPattern(board, '100:200:300');
    const from = board.world.now();
    post(board);
    await board.world.pass(1_000);
    expect(board.timesOf('led').map((at) => at - from)).toEqual([0, 100, 300, 600]);
    expect(board.did('led').map(({ on }) => on)).toEqual([true, false, true, false]);
  });

  test('a wait below zero has no end', async () => {
    const board = await blinking();
    setPattern(board, '1:-1:1');
    post(board);
    board.takeSent();
    await board.world.pass(1_000_000);
    expect(board.sent).toEqual([]);
  });

  test('without a token: no acknowledgement, and the answer has the token of the one before', async () => {
    const board = await blinking();
    setPattern(board, '0');
    post(board, { token: nothing });
    expect(board.takeSent().map(({ bytes }) => hexOf(bytes))).toEqual(['40450002c0']);
    post(board);
    board.takeSent();
    board.give({ type: 'ACK', messageId: 2 });
    board.give({ type: 'ACK', messageId: 3 });
    post(board, { token: nothing });
    expect(board.takeSent().map(({ type, token }) => [type, hexOf(token)])).toEqual([['CON', 'aabb']]);
  });

  test('non-confirmable: acknowledged all the same', async () => {
    const board = await blinking();
    post(board, { type: 'NON' });
    expect(hexOf(board.last.bytes)).toBe('62007777aabb');
  });

  test('with text, or none of its format: taken', async () => {
    const board = await blinking();
    post(board, { payload: ascii('hello') });
    expect(hexOf(board.last.bytes)).toBe('62007777aabb');
    post(board, { options: [...BLINK, { number: OPTIONS.ContentFormat, value: Uint8Array.of(42) }] });
    expect(hexOf(board.last.bytes)).toBe('62007777aabb');
  });

  test('a copy of it is run as well: copies are not told from their originals', async () => {
    const board = await blinking();
    post(board);
    post(board);
    expect(board.takeSent().map(({ bytes }) => hexOf(bytes))).toEqual(['62007777aabb', '62007777aabb']);
    await board.world.pass(4_000);
    expect(board.takeSent().map(({ code }) => code)).toEqual([RESPONSES.Content]);
  });

  test('its answer has no place in a full queue, and is gone', async () => {
    const board = await registered();
    observe(board);
    board.press(2);
    setPattern(board, '0');
    post(board);
    expect(board.takeSent().map(({ type }) => type)).toEqual(['ACK']);
    keepAnswering(board);
    await board.world.pass(60_000);
    expect(board.sent.some(({ code, options }) => code === RESPONSES.Content && options.length === 1)).toBe(false);
  });

  test('a reset ends it', async () => {
    const board = await blinking();
    post(board);
    board.takeSent();
    board.powerOff();
    await board.world.pass(10_000);
    expect(board.sent).toEqual([]);
  });
});
