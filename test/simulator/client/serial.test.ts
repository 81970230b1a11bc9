import { expect, test } from '@jest/globals';
import { METHODS } from '../../../cloud/protocol/coap/codes.ts';
import { OPTIONS, pathOptions } from '../../../cloud/protocol/coap/options.ts';
import { ascii, WiredBoard } from './driver.ts';
import { answer, keepAnswering, TOKEN } from './service.ts';

const SERVER = 'coap://connector.example:5684';

/** What a board prints until it is registered, and then what `live` makes it print. */
async function printed(live: (board: WiredBoard) => void | Promise<void>, transport: 'tls' | 'udp' = 'tls') {
  const board = new WiredBoard({ serialServer: SERVER, transport }).powerUp();
  await board.world.pass(0);
  const start = board.serial;
  board.serial = '';
  await live(board);
  return { start, after: board.serial };
}

const registeredThen = (live: (board: WiredBoard) => void | Promise<void>) => async (board: WiredBoard) => {
  answer(board, board.last);
  keepAnswering(board);
  board.serial = '';
  await live(board);
};
const request = (board: WiredBoard, code: number, path: string, payload: string) =>
  board.give({ code, token: TOKEN, options: pathOptions(OPTIONS.UriPath, path), payload: ascii(payload) });

test.each([
  ['tls', 'TCP'],
  ['udp', 'UDP'],
] as const)('at the start: %s', async (transport, mode) => {
  const { start } = await printed(() => {}, transport);
  expect(start).toBe(`\nStarting mbed Client example\n\r\nSOCKET_MODE : ${mode}\r\nConnecting to ${SERVER}\r\n`);
});

test.each<[string, (board: WiredBoard) => void | Promise<void>, string]>([
  ['a registration', (board) => answer(board, board.last), '\r\nRegistered object successfully!\r\n'],
  ['a press before it', (board) => board.press(), 'simulate button_click, device not registered\n'],
  ['a press', registeredThen((board) => board.press()), 'handle_button_click, new value of counter is 1\n'],
  [
    'a tick: the update is not printed',
    registeredThen((board) => board.world.pass(15_000)),
    'handle_timer_click, new value of counter is 1\n',
  ],
  [
    'a write',
    registeredThen((board) => void request(board, METHODS.PUT, '/3201/0/5853', '1:2')),
    "\r\nPUT Request Received!\r\nName :'5853', \r\nPath : '3201/0/5853', \r\n" +
      "Type : '1' (0 for Object, 1 for Resource), \r\nType : 'Pattern'\r\n",
  ],
  [
    'the command',
    registeredThen((board) => void request(board, METHODS.POST, '/3201/0/5850', 'hi')),
    'led_execute_callback pattern=500:500:500:500:500:500:500\nResource: 3201/0/5850 executed\nPayload: hi\n',
  ],
  [
    'a ping',
    registeredThen((board) => void board.give({ messageId: 9 })),
    '\r\n[ERROR:] M2MInterface::ResponseParseFailed\r\n',
  ],
])('%s', async (_, live, text) => {
  expect((await printed(live)).after).toBe(text);
});

test('nothing unless it is asked for', async () => {
  const board = new WiredBoard().powerUp();
  await board.world.pass(0);
  answer(board, board.last);
  board.press();
  board.give({ messageId: 9 });
  expect([board.serial, board.did('serial')]).toEqual(['', []]);
});
