/** libcoap's client before a simulated board: where the board keeps to RFC 7252 and 7641, and where mbed-client does not. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { METHODS } from '../../../cloud/protocol/coap/codes.ts';
import { OPTIONS, optionUint } from '../../../cloud/protocol/coap/options.ts';
import { decodeTlv } from '../../../cloud/protocol/payload/tlv.ts';
import { CoapClient, coap, libcoapWanted, type Received } from '../../libcoap.ts';
import { ServedBoard } from './served-board.ts';

const describeIf = libcoapWanted ? describe : describe.skip;
const BUTTON = '/3200/0/5501';
const PATTERN = '/3201/0/5853';
const BIG_DATA = '/1000/0/1';

describeIf("libcoap's client before a simulated board", () => {
  let board: ServedBoard;

  beforeEach(async () => {
    board = await ServedBoard.start();
  });
  afterEach(() => board[Symbol.asyncDispose]());

  /** The answer to one request. */
  async function ask(path: string, ...words: string[]): Promise<Received | undefined> {
    return (await coap(...words, `${board.origin}${path}`)).at(-1);
  }

  test('reads the counter: text, of no age', async () => {
    expect(await ask(BUTTON)).toMatchObject({
      ...{ type: 'ACK', code: '2.05', payload: '0' },
      options: ['Content-Format:text/plain', 'Max-Age:0'],
    });
  });

  test('reads without confirmation, and is answered likewise', async () => {
    expect(await ask(BUTTON, '-N')).toMatchObject({ type: 'NON', code: '2.05', payload: '0' });
  });

  test('reads the device object: TLV, whose values are the resources of their own', async () => {
    expect(await ask('/3/0')).toMatchObject({ code: '2.05', options: ['Content-Format:99', 'Max-Age:0'] });
    const read = new Map<string, string>();
    for (const entry of decodeTlv(board.sent.at(-1)!.payload)) {
      if (entry.kind === 'resource') read.set(`/3/0/${entry.id}`, String(Buffer.from(entry.value)));
    }
    expect(read.size).toBeGreaterThan(3);
    for (const path of ['/3/0/0', '/3/0/1']) expect((await ask(path))?.payload).toBe(read.get(path));
  });

  test('writes the pattern, and reads it back', async () => {
    expect(await ask(PATTERN, '-m', 'put', '-e', '50:70')).toMatchObject({ type: 'ACK', code: '2.04' });
    expect((await ask(PATTERN))?.payload).toBe('50:70');
    expect((await ask(PATTERN, '-m', 'put'))?.code).toBe('2.04');
    expect((await ask(PATTERN))?.payload).toBe('50:70');
    expect((await ask(PATTERN, '-m', 'put', '-t', '99', '-e', 'x'))?.code).toBe('4.15');
  });

  test('writes up to a kilobyte at once', async () => {
    const long = 'x'.repeat(1_000);
    expect((await ask(BIG_DATA, '-m', 'put', '-e', long))?.code).toBe('2.04');
    expect((await ask(BIG_DATA))?.payload).toBe(long);
  });

  test('observes: each press is told, in order, and acknowledged; none is told after the end', async () => {
    await using client = new CoapClient('-s', '2', `${board.origin}${BUTTON}`);
    for (let presses = 0; presses <= 5; presses++) {
      await client.receives(({ payload }) => payload === String(presses));
      if (presses < 5) board.press();
    }
    const received = await client.end();
    expect(received.map(({ payload }) => payload).slice(0, 6)).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(received.map(({ type }) => type).slice(0, 6)).toEqual(['ACK', 'CON', 'CON', 'CON', 'CON', 'CON']);
    expect(received.slice(0, 6).map(({ options }) => options[0])).toEqual(
      [0, 1, 2, 3, 4, 5].map((n) => `Observe:${n}`),
    );
    const told = board.sent.filter(({ type }) => type === 'CON').map(({ messageId }) => messageId);
    const acknowledged = board.came.filter(({ type }) => type === 'ACK').map(({ messageId }) => messageId);
    expect(acknowledged).toEqual(told);
    await board.until(() => board.came.some(({ options }) => optionUint(options, OPTIONS.Observe) === 1));
    board.press();
    // The main loop took the press when this is read.
    for (let value = '5'; value !== '6'; ) value = (await ask(BUTTON))?.payload ?? '';
    expect(board.sent.filter(({ type }) => type === 'CON')).toHaveLength(told.length);
  });

  test('one observer at a time: the second takes the place of the first', async () => {
    const url = `${board.origin}${BUTTON}`;
    for (const token of ['first', 'second']) {
      await using client = new CoapClient('-T', token, '-s', '5', url);
      // It is killed: nothing is cancelled.
      await client.receives(({ payload }) => payload === '0');
    }
    await using third = new CoapClient('-T', 'third', '-s', '5', url);
    const { token } = await third.receives(({ payload }) => payload === '0');
    board.press();
    expect(await third.receives(({ type }) => type === 'CON')).toMatchObject({ payload: '1', token });
    expect(board.sent.filter(({ type }) => type === 'CON')).toHaveLength(1);
  });

  test.each([
    ['Block2', ['-b', '64']],
    ['Block1', ['-m', 'put', '-e', 'x', '-O', '27,0x02']],
  ])('does not hear a request with %s, and is none the worse for it', async (_option, words) => {
    expect(await ask(BIG_DATA, ...words, '-B', '1')).toBeUndefined();
    expect(board.came.map(({ code }) => code)).toHaveLength(1);
    expect(board.sent).toEqual([]);
    expect(await ask(BIG_DATA)).toMatchObject({ code: '2.05', payload: '0' });
  });

  test('resets what libcoap says beside Block1 (Request-Tag)', async () => {
    expect(await ask(BIG_DATA, '-m', 'put', '-b', '64', '-e', 'x'.repeat(200))).toMatchObject({
      type: 'RST',
      code: '0.00',
    });
  });

  test.each([
    ['4.04', '/3200/0/9999', 'get'],
    ['4.04', '/3200/0', 'get'],
    ['4.04', '/', 'get'],
    ['4.05', '/3201/0/5850', 'get'],
    ['4.05', BUTTON, 'put'],
    ['4.05', PATTERN, 'delete'],
    ['4.04', '/3201/0', 'delete'],
  ])('%s: %s, %s', async (code, path, method) => {
    const payload = method === 'put' ? ['-e', '1'] : [];
    expect(await ask(path, '-m', method, ...payload)).toMatchObject({ type: 'ACK', code });
  });

  test('lists its resources without the token, which the client takes for no answer', async () => {
    const answer = await ask('/.well-known/core', '-B', '1');
    expect(answer).toMatchObject({ type: 'ACK', code: '2.05', token: '' });
    expect(answer?.payload).toContain(`<${BUTTON}>;rt="Button";obs`);
  });

  test('blinks, although its acknowledgement with a token is no message to the client', async () => {
    await ask(PATTERN, '-m', 'put', '-e', '10:10');
    await using client = new CoapClient('-m', 'post', `${board.origin}/3201/0/5850`);
    const answer = await client.receives(({ code }) => code === '2.05');
    expect(answer).toMatchObject({ type: 'CON', options: ['Content-Format:text/plain'], payload: '' });
    const acknowledgement = board.sent.find(({ type, code }) => type === 'ACK' && code === 0);
    expect(acknowledgement?.token).toEqual(board.came.find(({ code }) => code === METHODS.POST)?.token);
    expect(board.came.filter(({ type }) => type === 'RST').map(({ messageId }) => messageId)).toEqual([
      acknowledgement?.messageId,
    ]);
  });
});
