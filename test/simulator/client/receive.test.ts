import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { METHODS, RESPONSES } from '../../../cloud/protocol/coap/codes.ts';
import type { CoapMessage } from '../../../cloud/protocol/coap/message.ts';
import { OPTIONS, pathOptions } from '../../../cloud/protocol/coap/options.ts';
import type { ClientTransport, RefusalReason } from '../../../simulator/client/events.ts';
import { ascii, bytesOf, hexOf, textOf, WiredBoard } from './driver.ts';
import { LOCATION, observe, registered, TOKEN } from './service.ts';

/** What one read of the board's TLS takes: BUFFER_LENGTH - 1 (mbed-client m2mconstants.h). */
const MOST_BYTES = 1_151;
const COUNTER = pathOptions(OPTIONS.UriPath, '/3200/0/5501');
const BIG_DATA = pathOptions(OPTIONS.UriPath, '/1000/0/1');
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const RST = '70007777';

const TABLE: readonly (readonly [string, string, string | undefined, RefusalReason | undefined])[] = [
  ['a ping', '40007777', RST, undefined],
  ['nothing', '', undefined, 'not-coap'],
  ['three bytes', '400077', undefined, 'not-coap'],
  ['version 0', '00017777', undefined, 'not-coap'],
  ['version 2', '80017777', undefined, 'not-coap'],
  ['a method that mbed-coap does not have', '40057777', undefined, 'not-coap'],
  ['a response that it does not have', '605e7777', undefined, 'not-coap'],
  ['a reserved class', '40207777', RST, 'format'],
  ['a token of 9 bytes', `49017777${'00'.repeat(9)}`, RST, 'format'],
  ['a token cut short', '4401 7777 00', RST, 'format'],
  ['an option cut short', '4001 7777 b4 72', RST, 'format'],
  ['an option delta of 15', '4001 7777 f0', RST, 'format'],
  ['a marker without a payload', '4001 7777 ff', RST, 'format'],
  ['an ACK with an unknown option: reset as well', '6045 7777 d0 f0', RST, 'option'],
  ['Content-Format twice', '4003 7777 c0 00', RST, 'option'],
  ['Content-Format of three bytes', '4003 7777 c3 000000', RST, 'option'],
  ['Uri-Host of none', '4001 7777 30', RST, 'option'],
  ['a response nobody asked for', '5045 7777', undefined, 'unmatched'],
  ['an ACK to nothing', '6000 7777', undefined, 'unmatched'],
  ['a reset of nothing', '7000 7777', undefined, 'unmatched'],
  ['an ACK that is a request', '6001 7777', undefined, 'unmatched'],
  ['an ACK with a block', '6045 7777 d1 0a 06', undefined, 'block'],
];

describe('what the service sends', () => {
  test.each(TABLE)('%s', async (_, hex, sent, refused) => {
    const board = await registered();
    board.give(bytes(hex));
    expect(board.sent.map((one) => hexOf(one.bytes))).toEqual(sent === undefined ? [] : [sent]);
    expect(board.did('refused').map(({ why }) => why)).toEqual(refused === undefined ? [] : [refused]);
    expect(board.client.phase).toBe('up');
  });

  test('an acknowledgement with a block acknowledges nothing', async () => {
    const board = await registered();
    observe(board);
    board.press();
    const { messageId } = board.last;
    const options = [{ number: OPTIONS.Block2, value: Uint8Array.of(6) }];
    board.give({ type: 'ACK', code: RESPONSES.Content, messageId, options });
    expect([board.client.queue.length, board.did('acknowledged')]).toEqual([1, []]);
  });

  test('an Empty acknowledgement with a token is one', async () => {
    const board = await registered();
    observe(board);
    board.press();
    board.give({ type: 'ACK', messageId: board.last.messageId, token: TOKEN });
    expect(board.did('acknowledged')).toHaveLength(1);
  });

  test('before it is connected, and without power, nothing is heard', async () => {
    const board = new WiredBoard();
    expect(board.give({ messageId: 1 })).toEqual([]);
    board.network = 'silent';
    board.powerUp();
    expect(board.give({ messageId: 1 })).toEqual([]);
    expect(board.give(new Uint8Array(2_000))).toEqual([]);
  });
});

/** A write of 1000/0/1 that is so many bytes long in all. */
function writeOf(size: number): Uint8Array {
  const message = { code: METHODS.PUT, token: TOKEN, options: BIG_DATA };
  const head = bytesOf({ ...message, payload: ascii('x') }).length - 1;
  return bytesOf({ ...message, payload: new Uint8Array(size - head).fill(0x78) });
}

describe('a message longer than the buffer', () => {
  test.each<[ClientTransport, number]>([
    ['udp', MOST_BYTES],
    ['tls', MOST_BYTES],
    ['tcp', MOST_BYTES - 4],
  ])('%s: %d bytes are taken whole', async (transport, most) => {
    const board = await registered({ transport });
    board.give(writeOf(most));
    expect(board.takeSent().map(({ code }) => code)).toEqual([RESPONSES.Changed]);
    expect([board.did('refused'), board.client.values['1000/0/1'].length]).toEqual([[], most - 16]);
  });

  test('in TLS it is two broken messages: one cut short and taken, one made of its end', async () => {
    const board = await registered();
    board.give(writeOf(MOST_BYTES + 5));
    expect(board.client.values['1000/0/1']).toHaveLength(MOST_BYTES - 16);
    // 0x78 is version 1, a reset, with a token of 8 bytes: a format error, and reset in turn.
    expect(board.takeSent().map((one) => hexOf(one.bytes))).toEqual(['62447777aabb', '70007878']);
    expect(board.did('refused').map(({ why }) => why)).toEqual(['too-long', 'format']);
  });

  test('as a datagram it loses its end', async () => {
    const board = await registered({ transport: 'udp' });
    board.give(writeOf(MOST_BYTES + 500));
    expect(board.client.values['1000/0/1']).toHaveLength(MOST_BYTES - 16);
    expect(board.takeSent().map(({ code }) => code)).toEqual([RESPONSES.Changed]);
  });

  test('in plain TCP it is dropped', async () => {
    const board = await registered({ transport: 'tcp' });
    board.give(writeOf(MOST_BYTES - 3));
    expect([board.sent, board.did('refused')]).toEqual([[], [{ do: 'refused', why: 'too-long' }]]);
  });
});

describe('whatever comes', () => {
  const anyMessage = fc.record({
    type: fc.constantFrom('CON' as const, 'NON' as const, 'ACK' as const),
    code: fc.constantFrom(...Object.values(METHODS), ...Object.values(RESPONSES)),
    messageId: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.nat(0xffff)),
    token: fc.uint8Array({ maxLength: 8 }),
    path: fc.constantFrom('/3200/0/5501', '/1000/0/1', '/3201/0/5850', '/3201/0/5853', '/3/0', '/3200/0', '/rd/x', '/'),
    others: fc.array(
      fc.record({
        number: fc.oneof(fc.constantFrom(...Object.values(OPTIONS)), fc.nat(0xffff)),
        value: fc.uint8Array({ maxLength: 6 }),
      }),
      { maxLength: 3 },
    ),
    payload: fc.oneof(fc.uint8Array({ maxLength: 30 }), fc.stringMatching(/^[-0-9:]{0,30}$/).map(ascii)),
  });
  const wellFormed = anyMessage.map(({ path, others, ...message }): Uint8Array => {
    const options = [...pathOptions(OPTIONS.UriPath, path), ...others];
    return bytesOf({ ...message, options: options.toSorted((a, b) => a.number - b.number) } satisfies CoapMessage);
  });
  const damaged = fc.tuple(wellFormed, fc.nat(), fc.nat(255)).map(([whole, at, byte]) => {
    const copy = whole.slice();
    copy[at % copy.length] = byte;
    return copy;
  });
  const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), wellFormed, damaged, fc.uint8Array({ maxLength: 3_000 }));

  test('the board lives on, within its bounds, and nothing passes without a trace', async () => {
    const property = fc.asyncProperty(
      fc.constantFrom<ClientTransport>('udp', 'tls', 'tcp'),
      fc.array(fc.tuple(anyBytes, fc.constantFrom(0, 10, 5_000, 20_000)), { minLength: 1, maxLength: 20 }),
      async (transport, script) => {
        const board = await registered({ transport });
        for (const [came, afterMs] of script) {
          const { connected, phase, updateId, queue } = board.client;
          const queued = queue.length;
          const actions = board.give(came);
          const heard = connected && phase !== 'crashed';
          // The answer to an update changes nothing but that.
          const taken = board.client.updateId !== updateId || queue.length !== queued;
          expect(actions.length > 0 || taken || !heard).toBe(true);
          board.press();
          await board.world.pass(afterMs);
          expect(board.client.queue.length).toBeLessThanOrEqual(2);
        }
        const { values } = board.client;
        expect(Object.values(values).every(({ length }) => length <= MOST_BYTES)).toBe(true);
        if (board.client.phase === 'crashed') return;
        expect(textOf(values['3200/0/5501'])).toBe(String(board.board.counter));
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });

  test('location and tokens are kept, whatever becomes of the bytes they came in', async () => {
    const board = new WiredBoard().powerUp();
    await board.world.pass(0);
    const options = [{ number: OPTIONS.Observe, value: new Uint8Array(0) }, ...COUNTER];
    const script: Partial<CoapMessage>[] = [
      { type: 'ACK', code: RESPONSES.Created, messageId: board.last.messageId, options: LOCATION },
      { code: METHODS.GET, token: TOKEN, options },
      { code: METHODS.POST, token: TOKEN, options: pathOptions(OPTIONS.UriPath, '/3201/0/5850') },
    ];
    for (const message of script) {
      const came = bytesOf(message);
      board.give(came);
      came.fill(0xff);
    }
    board.takeSent();
    board.press();
    await board.world.pass(3_500);
    expect(board.takeSent().map(({ token }) => hexOf(token))).toEqual(['aabb', 'aabb']);
    board.give({ type: 'ACK', messageId: 2 });
    board.give({ type: 'ACK', messageId: 3 });
    await board.world.pass(11_500);
    const path = board.last.options
      .filter(({ number }) => number === OPTIONS.UriPath)
      .map(({ value }) => textOf(value));
    expect(path).toEqual(['rd', 'abcdefg']);
  });

  test('the caller may use its bytes again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(wellFormed, { maxLength: 8 }), async (script) => {
        const [kept, reused] = [await registered(), await registered()];
        for (const came of script) {
          kept.give(came);
          const copy = came.slice();
          reused.give(copy);
          copy.fill(0xff);
          for (const board of [kept, reused]) {
            board.press();
            await board.world.pass(4_000);
          }
        }
        expect(reused.sent.map((one) => hexOf(one.bytes))).toEqual(kept.sent.map((one) => hexOf(one.bytes)));
      }),
      { numRuns: 100 },
    );
  });
});
