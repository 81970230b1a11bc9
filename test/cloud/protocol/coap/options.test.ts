import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Block, blockOf, blockOption } from '../../../../cloud/protocol/coap/block.ts';
import { codeText, isRequest, isResponse, methodOf, RESPONSES } from '../../../../cloud/protocol/coap/codes.ts';
import { isNewer } from '../../../../cloud/protocol/coap/observe.ts';
import {
  firstBadOption,
  isCritical,
  OPTIONS,
  optionTexts,
  optionUint,
  optionValue,
  pathOptions,
  textOption,
  uintOption,
} from '../../../../cloud/protocol/coap/options.ts';
import {
  ackWaitMs,
  DEFAULT_TRANSMISSION,
  exchangeLifetimeMs,
  maxTransmitSpanMs,
  maxTransmitWaitMs,
  nonLifetimeMs,
} from '../../../../cloud/protocol/coap/transmission.ts';
import { FormatError } from '../../../../cloud/protocol/errors.ts';

const hex = (value: Uint8Array | undefined) => (value === undefined ? undefined : Buffer.from(value).toString('hex'));

describe('values', () => {
  test.each([
    [0, ''],
    [1, '01'],
    [255, 'ff'],
    [256, '0100'],
    [65_535, 'ffff'],
    [16_777_216, '01000000'],
    [0xffff_ffff, 'ffffffff'],
  ])('%i is written in the fewest bytes (RFC 7252 §3.2)', (value, bytes) => {
    expect(hex(uintOption(OPTIONS.MaxAge, value).value)).toBe(bytes);
  });

  test('numbers come back, with leading zeros too; longer ones are refused', () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), (value) => {
        expect(optionUint([uintOption(OPTIONS.MaxAge, value)], OPTIONS.MaxAge)).toBe(value);
      }),
    );
    expect(optionUint([{ number: OPTIONS.Observe, value: Uint8Array.of(0, 0, 7) }], OPTIONS.Observe)).toBe(7);
    expect(optionUint([], OPTIONS.Observe)).toBeUndefined();
    const tooLong = [{ number: OPTIONS.Observe, value: Uint8Array.of(0, 0, 0, 7) }];
    expect(() => optionUint(tooLong, OPTIONS.Observe)).toThrow(FormatError);
  });

  test('a path is a segment an option, and nothing for the root', () => {
    const options = pathOptions(OPTIONS.UriPath, '/3200/0/5501');
    expect(optionTexts(options, OPTIONS.UriPath)).toEqual(['3200', '0', '5501']);
    expect(pathOptions(OPTIONS.UriPath, '/')).toEqual([]);
  });

  test('texts are UTF-8, or refused', () => {
    expect(optionTexts([textOption(OPTIONS.UriQuery, 'ep=ä')], OPTIONS.UriQuery)).toEqual(['ep=ä']);
    const bad = [{ number: OPTIONS.UriQuery, value: Uint8Array.of(0xff) }];
    expect(() => optionTexts(bad, OPTIONS.UriQuery)).toThrow(FormatError);
  });

  test('the first of several is the value', () => {
    const options = [textOption(OPTIONS.UriQuery, 'a'), textOption(OPTIONS.UriQuery, 'b')];
    expect(hex(optionValue(options, OPTIONS.UriQuery))).toBe('61');
  });
});

describe('options that must be known (RFC 7252 §5.4)', () => {
  const known = new Set<number>(Object.values(OPTIONS));

  test.each([
    ['If-Match', OPTIONS.IfMatch, true],
    ['Uri-Path', OPTIONS.UriPath, true],
    ['Observe', OPTIONS.Observe, false],
    ['Size1', OPTIONS.Size1, false],
    ['2048', 2048, false],
    ['2049', 2049, true],
  ])('%s: critical is %s', (_name, number, critical) => {
    expect(isCritical(number)).toBe(critical);
  });

  test('an unknown critical one is found, an unknown elective one is not', () => {
    expect(firstBadOption([{ number: 2048, value: Uint8Array.of() }], known)).toBeUndefined();
    expect(firstBadOption([{ number: 2049, value: Uint8Array.of() }], known)).toBe(2049);
  });

  test('one that is too long, and one that is there twice, are as if unknown', () => {
    expect(firstBadOption([textOption(OPTIONS.UriPath, 'x'.repeat(256))], known)).toBe(OPTIONS.UriPath);
    const twice = [uintOption(OPTIONS.Accept, 0), uintOption(OPTIONS.Accept, 40)];
    expect(firstBadOption(twice, known)).toBe(OPTIONS.Accept);
    expect(firstBadOption(pathOptions(OPTIONS.UriPath, '/a/b/c'), known)).toBeUndefined();
  });

  test('one that is known, but not to this server, is bad', () => {
    expect(firstBadOption([uintOption(OPTIONS.Block2, 0)], new Set([OPTIONS.UriPath]))).toBe(OPTIONS.Block2);
  });
});

describe('blocks (RFC 7959)', () => {
  test.each<[string, Block, string]>([
    ['§3.1: Block2 0/1/128', { number: 0, more: true, size: 128 }, '0b'],
    ['§3.1: Block2 1/0/64', { number: 1, more: false, size: 64 }, '12'],
    ['the first of one, of 16 bytes, in no byte at all', { number: 0, more: false, size: 16 }, ''],
    ['the last number there is', { number: 0xf_ffff, more: true, size: 1024 }, 'fffffe'],
  ])('%s', (_name, block, bytes) => {
    const option = blockOption(OPTIONS.Block2, block);
    expect(hex(option.value)).toBe(bytes);
    expect(blockOf({ options: [option] }, OPTIONS.Block2)).toEqual(block);
  });

  test('size exponent 7 is refused; no option is no block', () => {
    expect(() => blockOf({ options: [uintOption(OPTIONS.Block1, 7)] }, OPTIONS.Block1)).toThrow(FormatError);
    expect(blockOf({ options: [] }, OPTIONS.Block1)).toBeUndefined();
  });
});

describe('codes', () => {
  test.each([
    [0, 'Empty'],
    [1, 'GET'],
    [RESPONSES.Content, '2.05 Content'],
    [RESPONSES.UnsupportedContentFormat, '4.15 Unsupported Content Format'],
    [0x5e, '2.30'],
  ])('%i reads %s', (code, text) => expect(codeText(code)).toBe(text));

  test('requests and responses are told apart', () => {
    expect([0, 1, 31].map(isRequest)).toEqual([false, true, true]);
    expect([0, 1, 0x40, 0xa5].map(isResponse)).toEqual([false, false, true, true]);
    expect([methodOf(2), methodOf(9)]).toEqual(['POST', undefined]);
  });
});

describe('which notification is newer (RFC 7641 §3.4)', () => {
  const at = (observe: number, atMs = 0) => ({ observe, atMs });

  test.each([
    ['the next', at(1), at(2), true],
    ['the same again', at(2), at(2), false],
    ['the one before', at(2), at(1), false],
    ['across the end of 24 bits', at(2 ** 24 - 1), at(0), true],
    ['half of the range ahead is behind', at(0), at(2 ** 23), false],
    ['just under half ahead', at(0), at(2 ** 23 - 1), true],
    ['anything after 128 s', at(5), at(1, 128_001), true],
    ['not yet at 128 s', at(5), at(1, 128_000), false],
  ])('%s', (_name, last, next, newer) => expect(isNewer(last, next)).toBe(newer));

  test("the board's numbers go back to 0 after 65,535", () => {
    expect(isNewer(at(65_535), at(0), 2 ** 16)).toBe(true);
    expect(isNewer(at(65_535), at(0))).toBe(false);
  });
});

describe('transmission (RFC 7252 §4.8.2)', () => {
  test('the derived values are those that the RFC prints', () => {
    expect(
      [maxTransmitSpanMs, maxTransmitWaitMs, exchangeLifetimeMs, nonLifetimeMs].map((of) => of(DEFAULT_TRANSMISSION)),
    ).toEqual([45_000, 93_000, 247_000, 145_000]);
  });

  test('waits double, and together are at most MAX_TRANSMIT_WAIT', () => {
    expect([0, 1, 2, 3, 4].map((attempt) => ackWaitMs(DEFAULT_TRANSMISSION, attempt, 0))).toEqual([
      2_000, 4_000, 8_000, 16_000, 32_000,
    ]);
    const longest = [0, 1, 2, 3, 4].map((attempt) => ackWaitMs(DEFAULT_TRANSMISSION, attempt, 1));
    expect(longest.reduce((sum, ms) => sum + ms)).toBe(93_000);
  });
});
