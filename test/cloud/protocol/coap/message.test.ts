import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type CoapMessage,
  decodeMessage,
  encodeMessage,
  MOST_OPTIONS,
} from '../../../../cloud/protocol/coap/message.ts';
import { FormatError } from '../../../../cloud/protocol/errors.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const ascii = (text: string) => new TextEncoder().encode(text);
const empty = new Uint8Array(0);

/** The messages that RFC 7252 Appendix A spells out in bytes, and what a K64F sends and is sent. */
const VECTORS: readonly (readonly [name: string, hex: string, message: CoapMessage])[] = [
  [
    'Figure 16: GET coap://server/temperature',
    '40 01 7d34 bb 74656d7065726174757265',
    {
      type: 'CON',
      code: 1,
      messageId: 0x7d34,
      token: empty,
      options: [{ number: 11, value: ascii('temperature') }],
      payload: empty,
    },
  ],
  [
    'Figure 16: its piggybacked answer, 2.05 "22.3 C"',
    '60 45 7d34 ff 32322e332043',
    { type: 'ACK', code: 0x45, messageId: 0x7d34, token: empty, options: [], payload: ascii('22.3 C') },
  ],
  [
    'Figure 17: the same with a token',
    '41 01 7d35 20 bb 74656d7065726174757265',
    {
      type: 'CON',
      code: 1,
      messageId: 0x7d35,
      token: bytes('20'),
      options: [{ number: 11, value: ascii('temperature') }],
      payload: empty,
    },
  ],
  ['a reset', '70 00 7d38', { type: 'RST', code: 0, messageId: 0x7d38, token: empty, options: [], payload: empty }],
  ['a CoAP ping', '40 00 0001', { type: 'CON', code: 0, messageId: 1, token: empty, options: [], payload: empty }],
  [
    'a notification of 5501: Observe 2, Content-Format 0, Max-Age 0, "7"',
    '42 45 0102 abcd 61 02 60 20 ff 37',
    {
      type: 'CON',
      code: 0x45,
      messageId: 0x0102,
      token: bytes('abcd'),
      options: [
        { number: 6, value: bytes('02') },
        { number: 12, value: empty },
        { number: 14, value: empty },
      ],
      payload: ascii('7'),
    },
  ],
  [
    'option deltas and lengths of one and two bytes more',
    `40 01 0000 dd 00 00 ${'61'.repeat(13)} ee 0000 0000 ${'62'.repeat(269)}`,
    {
      type: 'CON',
      code: 1,
      messageId: 0,
      token: empty,
      options: [
        { number: 13, value: ascii('a'.repeat(13)) },
        { number: 282, value: ascii('b'.repeat(269)) },
      ],
      payload: empty,
    },
  ],
];

describe.each(VECTORS)('%s', (_name, hex, message) => {
  test('is read', () => expect(decodeMessage(bytes(hex))).toEqual(message));
  test('is written', () => expect(encodeMessage(message)).toEqual(bytes(hex)));
});

/** §3, §3.1, §4.1: what is no message, by the rule it breaks. */
const BAD: readonly (readonly [rule: string, hex: string])[] = [
  ['nothing at all', ''],
  ['a header cut short', '40 01 00'],
  ['version 0', '00 01 0001'],
  ['version 2', '80 01 0001'],
  ['token length 9', '49 01 0001 000000000000000000'],
  ['token length 15', '4f 01 0001 000000000000000000000000000000'],
  ['a token cut short', '48 01 0001 0102'],
  ['an option cut short', '40 01 0001 b5 6162'],
  ['an option delta of 15', '40 01 0001 f1 61'],
  ['an option length of 15', '40 01 0001 bf 61'],
  ['an extended delta cut short', '40 01 0001 d0'],
  ['a delta of two bytes more cut short', '40 01 0001 e0 01'],
  ['an extended length cut short', '40 01 0001 bd'],
  ['an option number above 65,535', '40 01 0001 e0 ffff'],
  ['option numbers that add up to more', '40 01 0001 e0 fe00 e0 0100'],
  ['a payload marker without a payload', '40 01 0001 ff'],
  ['the same after an option', '40 01 0001 b1 61 ff'],
  ['code class 1', '40 20 0001'],
  ['code class 6', '40 c0 0001'],
  ['code class 7', '40 e1 0001'],
  ['an Empty message with a token', '41 00 0001 aa'],
  ['an Empty message with an option', '40 00 0001 b1 61'],
  ['an Empty message with a payload', '60 00 0001 ff 61'],
  ['an Empty message that is non-confirmable', '50 00 0001'],
  ['a reset with a code', '70 45 0001'],
  ['more options than anybody has a use for', `40 01 0001 ${'00'.repeat(MOST_OPTIONS + 1)}`],
];

test.each(BAD)('%s is refused', (_rule, hex) => {
  expect(() => decodeMessage(bytes(hex))).toThrow(FormatError);
});

describe("the board's acknowledgement that has a token", () => {
  const ack = bytes('62 00 0007 abcd');

  test('is refused, unless it is asked for by its name', () => {
    expect(() => decodeMessage(ack)).toThrow('an Empty message with a token');
    expect(decodeMessage(ack, { tokenInEmptyAck: true })).toMatchObject({ type: 'ACK', code: 0, token: bytes('abcd') });
  });

  test.each([
    ['anything behind it', '62 00 0007 abcd 00'],
    ['a ping', '42 00 0007 abcd'],
    ['a reset', '72 00 0007 abcd'],
  ])('nothing else is let through: %s', (_what, hex) => {
    expect(() => decodeMessage(bytes(hex), { tokenInEmptyAck: true })).toThrow(FormatError);
  });
});

const anyBytes = (most: number) => fc.uint8Array({ maxLength: most });
const anyOption = fc.record({ number: fc.nat(0xffff), value: fc.oneof(anyBytes(20), anyBytes(600)) });
const anyMessage: fc.Arbitrary<CoapMessage> = fc.record({
  type: fc.constantFrom('CON', 'NON', 'ACK'),
  code: fc.oneof(fc.integer({ min: 1, max: 31 }), fc.integer({ min: 0x40, max: 0xbf })),
  messageId: fc.nat(0xffff),
  token: anyBytes(8),
  options: fc.array(anyOption, { maxLength: 20 }),
  payload: anyBytes(1200),
});

test('what is written is read again, its options in order', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const options = message.options.toSorted((a, b) => a.number - b.number);
      expect(decodeMessage(encodeMessage(message))).toEqual({ ...message, options });
    }),
    { numRuns: 1_000 },
  );
});

test('writing leaves what it was given as it was', () => {
  const options = Object.freeze([
    { number: 15, value: ascii('b') },
    { number: 11, value: ascii('a') },
  ]);
  const message: CoapMessage = Object.freeze({
    type: 'CON',
    code: 1,
    messageId: 1,
    token: empty,
    options,
    payload: empty,
  });
  expect(decodeMessage(encodeMessage(message)).options.map(({ number }) => number)).toEqual([11, 15]);
  expect(options[0]?.number).toBe(15);
});

test('any bytes are a message or a FormatError, and a message is written as it came, but for longer forms', () => {
  const seeded = VECTORS.map(([, hex]) => bytes(hex));
  const mutated = fc
    .tuple(fc.constantFrom(...seeded), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 4 }), fc.nat(400))
    .map(([message, changes, length]) => {
      const copy = Uint8Array.from(message).subarray(0, Math.max(4, length));
      for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
      return copy;
    });
  fc.assert(
    fc.property(fc.oneof(anyBytes(64), mutated), fc.boolean(), (input, tokenInEmptyAck) => {
      let message: CoapMessage;
      try {
        message = decodeMessage(input, { tokenInEmptyAck });
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
        return;
      }
      const written = encodeMessage(message);
      expect(written.length).toBeLessThanOrEqual(input.length);
      expect(decodeMessage(written, { tokenInEmptyAck })).toEqual(message);
    }),
    { numRuns: 20_000 },
  );
});

test.each<[string, Partial<CoapMessage>]>([
  ['a token of 9 bytes', { token: new Uint8Array(9) }],
  ['a message id of 65,536', { messageId: 0x1_0000 }],
  ['an option number of 65,536', { options: [{ number: 0x1_0000, value: empty }] }],
  ['an Empty message with a payload', { code: 0, payload: ascii('x') }],
])('%s is the caller’s own mistake', (_what, wrong) => {
  const good: CoapMessage = { type: 'CON', code: 1, messageId: 1, token: empty, options: [], payload: empty };
  expect(() => encodeMessage({ ...good, ...wrong })).toThrow(RangeError);
});
