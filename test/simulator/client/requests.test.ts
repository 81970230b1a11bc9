import { describe, expect, test } from '@jest/globals';
import { METHODS, type Method, RESPONSES } from '../../../cloud/protocol/coap/codes.ts';
import type { CoapMessage, CoapOption } from '../../../cloud/protocol/coap/message.ts';
import { OPTIONS, pathOptions, textOption, uintOption } from '../../../cloud/protocol/coap/options.ts';
import { decodeTlv } from '../../../cloud/protocol/payload/tlv.ts';
import { LINKS } from '../../../simulator/client/links.ts';
import { ascii, bytesOf, hexOf, nothing, textOf, type WiredBoard } from './driver.ts';
import { registered, TOKEN } from './service.ts';

const ID = 0x7777;
/** ACK or NON, code, message ID and token. */
const ACK = (code: string, id = '7777') => `62${code}${id}aabb`;
const NON = (code: string, id: string) => `52${code}${id}aabb`;
const CONTENT = '45';
/** Content-Format 0, Max-Age 0. */
const TEXT = 'c020ff';
const hex = (text: string): string => hexOf(ascii(text));

const format = (number: number): CoapOption => uintOption(OPTIONS.ContentFormat, number);
const query = (text: string): CoapOption => textOption(OPTIONS.UriQuery, text);

interface Asked {
  readonly method: Method;
  readonly path: string;
  readonly payload?: string;
  readonly options?: readonly CoapOption[];
  readonly type?: 'CON' | 'NON';
  readonly token?: Uint8Array;
}

function requestOf({ method, path, payload = '', options = [], type = 'CON', token = TOKEN }: Asked): CoapMessage {
  const all = [...pathOptions(OPTIONS.UriPath, path), ...options];
  return { type, code: METHODS[method], messageId: ID, token, options: all, payload: ascii(payload) };
}

function ask(board: WiredBoard, asked: Asked): string[] {
  board.takeSent();
  board.give(requestOf(asked));
  return board.takeSent().map(({ bytes }) => hexOf(bytes));
}

const read = (board: WiredBoard, path: string): string => {
  board.give(requestOf({ method: 'GET', path }));
  return textOf(board.takeSent().at(-1)!.payload);
};

const BLINK_PATTERN = '500:500:500:500:500:500:500';
const TABLE: readonly (readonly [string, Asked, string | undefined])[] = [
  ['GET the counter', { method: 'GET', path: '/3200/0/5501' }, ACK(CONTENT) + TEXT + hex('0')],
  ['GET the timer', { method: 'GET', path: '/3200/0/5502' }, ACK(CONTENT) + TEXT + hex('0')],
  ['GET the big data', { method: 'GET', path: '/1000/0/1' }, ACK(CONTENT) + TEXT + hex('0')],
  ['GET the pattern', { method: 'GET', path: '/3201/0/5853' }, ACK(CONTENT) + TEXT + hex(BLINK_PATTERN)],
  ['GET the manufacturer', { method: 'GET', path: '/3/0/0' }, ACK(CONTENT) + TEXT + hex('Manufacturer_String')],
  ['GET the model', { method: 'GET', path: '/3/0/1' }, ACK(CONTENT) + TEXT + hex('ModelNumber_String')],
  ['GET the serial number', { method: 'GET', path: '/3/0/2' }, ACK(CONTENT) + TEXT + hex('SerialNumber_String')],
  ['GET the type', { method: 'GET', path: '/3/0/17' }, ACK(CONTENT) + TEXT + hex('Type_String')],
  [
    'Accept is ignored',
    { method: 'GET', path: '/3200/0/5501', options: [uintOption(OPTIONS.Accept, 11_542)] },
    ACK(CONTENT) + TEXT + hex('0'),
  ],
  [
    'a NON request: a NON answer, with an ID of the board',
    { method: 'GET', path: '/3200/0/5501', type: 'NON' },
    NON(CONTENT, '0002') + TEXT + hex('0'),
  ],
  ['a NON request to nothing: with its own ID', { method: 'GET', path: '/9', type: 'NON' }, NON('84', '7777')],
  ['GET the command: 4.05', { method: 'GET', path: '/3201/0/5850' }, ACK('85')],
  ['GET an instance: 4.04', { method: 'GET', path: '/3200/0' }, ACK('84')],
  ['GET an object: 4.04', { method: 'GET', path: '/3200' }, ACK('84')],
  ['GET nothing: 4.04', { method: 'GET', path: '/1/2/3' }, ACK('84')],
  ['GET the root: 4.04', { method: 'GET', path: '/' }, ACK('84')],
  ['GET the reboot command: 4.05', { method: 'GET', path: '/3/0/4' }, ACK('85')],
  ['PUT a pattern', { method: 'PUT', path: '/3201/0/5853', payload: '1:2' }, ACK('44')],
  ['PUT a pattern, format 0', { method: 'PUT', path: '/3201/0/5853', payload: '1:2', options: [format(0)] }, ACK('44')],
  ['PUT a pattern, format 42', { method: 'PUT', path: '/3201/0/5853', payload: '1', options: [format(42)] }, ACK('44')],
  ['PUT a pattern, TLV: 4.15', { method: 'PUT', path: '/3201/0/5853', payload: '1', options: [format(99)] }, ACK('8f')],
  [
    'PUT a pattern, the TLV of OMA: 4.15',
    { method: 'PUT', path: '/3201/0/5853', payload: '1', options: [format(11_542)] },
    ACK('8f'),
  ],
  ['PUT an empty pattern: 2.04', { method: 'PUT', path: '/3201/0/5853' }, ACK('44')],
  ['PUT the counter: 4.05', { method: 'PUT', path: '/3200/0/5501', payload: '7' }, ACK('85')],
  ['PUT the command: 4.05', { method: 'PUT', path: '/3201/0/5850', payload: '7' }, ACK('85')],
  [
    'PUT attributes of the counter: 4.05',
    { method: 'PUT', path: '/3200/0/5501', options: [query('pmin=5')] },
    ACK('85'),
  ],
  [
    'PUT attributes of the pattern: 4.00',
    { method: 'PUT', path: '/3201/0/5853', options: [query('pmin=5')] },
    ACK('80'),
  ],
  ['PUT nothing: 4.04', { method: 'PUT', path: '/3200/0/1', payload: '7' }, ACK('84')],
  ['POST the counter: 4.05', { method: 'POST', path: '/3200/0/5501', payload: '7' }, ACK('85')],
  ['POST an instance of an object, empty: 4.00', { method: 'POST', path: '/3200/9' }, ACK('80')],
  ['POST an instance of no object: 4.05', { method: 'POST', path: '/9/0' }, ACK('85')],
  ['POST nothing: 4.04', { method: 'POST', path: '/1/2/3', payload: '7' }, ACK('84')],
  [
    'POST the command as bytes: 4.15',
    { method: 'POST', path: '/3201/0/5850', payload: '7', options: [format(42)] },
    ACK('8f'),
  ],
  ['DELETE an instance: 4.04', { method: 'DELETE', path: '/3201/0' }, ACK('84')],
  ['DELETE a pattern: 4.05', { method: 'DELETE', path: '/3201/0/5853' }, ACK('85')],
  [
    'an unknown critical option: reset',
    { method: 'GET', path: '/3200/0/5501', options: [{ number: 2_049, value: nothing }] },
    '70007777',
  ],
  [
    'an unknown elective one: reset as well',
    { method: 'GET', path: '/3200/0/5501', options: [{ number: 2_048, value: nothing }] },
    '70007777',
  ],
  [
    'If-Match: reset',
    { method: 'PUT', path: '/1000/0/1', options: [{ number: OPTIONS.IfMatch, value: nothing }] },
    '70007777',
  ],
  [
    'Block1: no answer',
    { method: 'PUT', path: '/1000/0/1', payload: 'x', options: [uintOption(OPTIONS.Block1, 6)] },
    undefined,
  ],
  ['Block2: no answer', { method: 'GET', path: '/1000/0/1', options: [uintOption(OPTIONS.Block2, 2)] }, undefined],
  ['Proxy-Uri: 5.05', { method: 'GET', path: '/x', options: [textOption(OPTIONS.ProxyUri, 'coap://a/b')] }, ACK('a5')],
  [
    'Uri-Host and Uri-Port are passed over',
    {
      method: 'GET',
      path: '/3200/0/5501',
      options: [textOption(OPTIONS.UriHost, 'h'), uintOption(OPTIONS.UriPort, 5_683)],
    },
    ACK(CONTENT) + TEXT + hex('0'),
  ],
  ['no token: none back', { method: 'GET', path: '/3200/0/5501', token: nothing }, `60457777${TEXT}${hex('0')}`],
];

describe('reads and writes', () => {
  test.each(TABLE)('%s', async (_, asked, expected) => {
    const board = await registered();
    expect(ask(board, asked)).toEqual(expected === undefined ? [] : [expected]);
    expect(board.client.phase).toBe('up');
  });

  test('GET 3/0 is TLV (99) of the device', async () => {
    const board = await registered();
    board.give(requestOf({ method: 'GET', path: '/3/0' }));
    expect(hexOf(board.last.bytes)).toMatch(/^62457777aabbc16320ff/);
    const texts = decodeTlv(board.last.payload).map((entry) => [
      entry.id,
      entry.kind === 'resource' ? textOf(entry.value) : entry.kind,
    ]);
    expect(texts).toEqual([
      [4, ''],
      [11, 'multiple-resource'],
      [16, 'U'],
      [0, 'Manufacturer_String'],
      [17, 'Type_String'],
      [1, 'ModelNumber_String'],
      [2, 'SerialNumber_String'],
    ]);
  });

  test.each(['CON', 'NON'] as const)(
    'GET .well-known/core: the links, without the token, in an ACK; %s',
    async (type) => {
      const board = await registered();
      const [answer] = ask(board, { method: 'GET', path: '/.well-known/core', type });
      expect(answer).toBe(`60457777c128ff${hexOf(LINKS)}`);
    },
  );

  test('values are the present ones', async () => {
    const board = await registered();
    board.press(41);
    expect(read(board, '/3200/0/5501')).toBe('41');
    board.press();
    expect(read(board, '/3200/0/5501')).toBe('42');
    await board.world.pass(15_000);
    expect(read(board, '/3200/0/5502')).toBe('1');
  });

  test('what is written is read, but not an empty or refused write', async () => {
    const board = await registered();
    ask(board, { method: 'PUT', path: '/3201/0/5853', payload: '100:200' });
    expect(read(board, '/3201/0/5853')).toBe('100:200');
    ask(board, { method: 'PUT', path: '/3201/0/5853' });
    ask(board, { method: 'PUT', path: '/3201/0/5853', payload: '9', options: [format(99)] });
    ask(board, { method: 'PUT', path: '/3201/0/5853', payload: '9', options: [query('pmin=1')] });
    expect(read(board, '/3201/0/5853')).toBe('100:200');
  });

  test.each([600, 1_100])('PUT 1000/0/1 of %d bytes in one piece is read back whole', async (size) => {
    const board = await registered();
    const payload = 'x'.repeat(size);
    expect(ask(board, { method: 'PUT', path: '/1000/0/1', payload })).toEqual([ACK('44')]);
    expect(read(board, '/1000/0/1')).toBe(payload);
  });

  test('a write is kept as it came, whatever becomes of the datagram', async () => {
    const board = await registered();
    const bytes = bytesOf(requestOf({ method: 'PUT', path: '/1000/0/1', payload: 'kept' }));
    board.give(bytes);
    bytes.fill(0);
    expect(read(board, '/1000/0/1')).toBe('kept');
  });

  test('a board that is refused for good still answers', async () => {
    const board = await registered();
    board.press();
    await board.world.pass(15_000);
    board.give({ type: 'ACK', code: RESPONSES.NotFound, messageId: board.last.messageId });
    board.give({ type: 'ACK', code: RESPONSES.Forbidden, messageId: board.last.messageId });
    expect(board.client.phase).toBe('dead');
    expect(read(board, '/3200/0/5501')).toBe('1');
  });

  test('values are those of a reset after a reset', async () => {
    const board = await registered();
    board.press(3);
    ask(board, { method: 'PUT', path: '/3201/0/5853', payload: '1:1' });
    board.powerOff();
    board.powerUp();
    await board.world.pass(0);
    expect([read(board, '/3200/0/5501'), read(board, '/3201/0/5853')]).toEqual(['0', BLINK_PATTERN]);
  });
});
