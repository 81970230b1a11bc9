import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FormatError } from '../../../../cloud/protocol/errors.ts';
import { decodeValue, type ResourceValue } from '../../../../cloud/protocol/payload/value.ts';

const base64 = (bytes: string | Uint8Array) => Buffer.from(bytes).toString('base64');
const value = (bytes: string | Uint8Array, ct: string | undefined = 'text/plain', path = '/1/2/3') =>
  decodeValue({ path, payload: base64(bytes), ...(ct === '' ? {} : { ct }) });

const TLV = Uint8Array.of(0xc1, 0x09, 0x64);

const forms: [ct: string, path: string, kind: ResourceValue['kind']][] = [
  ['text/plain', '/1', 'text'],
  ['Text/Plain; charset=utf-8', '/1', 'text'],
  [' text/plain ;x', '/1', 'text'],
  ['0', '/1', 'text'],
  ['application/vnd.oma.lwm2m+tlv', '/1/2/3', 'tlv'],
  ['APPLICATION/vnd.oma.lwm2m+TLV;a=b', '/1/2/3', 'tlv'],
  ['99', '/1/2/3', 'tlv'],
  ['11542', '/1/2/3', 'tlv'],
  ['application/octet-stream', '/1/2/3', 'opaque'],
  ['42', '/1/2/3', 'opaque'],
  ['application/json', '/1/2/3', 'opaque'],
  ['50', '/1/2/3', 'opaque'],
  ['00', '/1/2/3', 'opaque'],
  [';', '/1/2/3', 'opaque'],
  ['', '/1/2/3', 'text'],
  ['', '/1/2', 'tlv'],
  ['', '/1', 'tlv'],
  ['', '/1/2/3/4', 'opaque'],
  ['', '/sen/light', 'opaque'],
  ['', '/', 'opaque'],
];

describe('the form of a value', () => {
  test.each(forms)('ct %j at %s: %s', (ct, path, kind) => {
    const bytes = kind === 'tlv' ? TLV : 'some text';
    expect(value(bytes, ct, path).kind).toBe(kind);
  });

  test('an empty ct is a missing one', () => {
    expect(decodeValue({ ct: '', path: '/1/2', payload: base64(TLV) }).kind).toBe('tlv');
  });

  const missing: [ct: string, made: ResourceValue][] = [
    ['text/plain', { kind: 'text', text: '' }],
    ['99', { kind: 'tlv', entries: [] }],
    ['42', { kind: 'opaque', bytes: new Uint8Array() }],
  ];
  test.each(missing)('a missing payload of ct %s is an empty one', (ct, made) => {
    expect(decodeValue({ ct, path: '/1/2/3' })).toEqual(made);
  });
});

describe('text', () => {
  test.each([0, 1, -1, 9, 10, 65_535, -65_536, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])(
    '%d is an integer',
    (n) => {
      expect(value(String(n))).toEqual({ kind: 'integer', value: n });
    },
  );

  test.each([
    '',
    '-',
    '-0',
    '00',
    '01',
    '-01',
    '+1',
    ' 1',
    '1 ',
    '1\n',
    '1.0',
    '1e3',
    '0x10',
    '9007199254740992',
    '-9007199254740992',
    '9007199254740993',
    '123456789012345678901234567890',
    '\ufeff1',
    '１',
    '1:',
    '/1',
  ])('%j is text, to the letter', (text) => {
    expect(value(text)).toEqual({ kind: 'text', text });
  });

  test('any integer is one, and any other text comes back', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.string({ unit: 'grapheme' }), (n, text) => {
        expect(value(String(n))).toEqual({ kind: 'integer', value: n });
        const made = value(text);
        expect(made.kind === 'integer' ? String(made.value) : made).toEqual(
          made.kind === 'integer' ? text : { kind: 'text', text },
        );
      }),
    );
  });
});

describe('what cannot be read', () => {
  const wrong: [name: string, given: Parameters<typeof decodeValue>[0], code: string][] = [
    ['no base64', { path: '/1/2/3', payload: 'MTI' }, 'PAYLOAD_FORMAT'],
    ['no base64 of an unknown type', { path: '/1/2/3', payload: '!', ct: 'x' }, 'PAYLOAD_FORMAT'],
    ['no UTF-8', { path: '/1/2/3', payload: base64(Uint8Array.of(0xff)) }, 'PAYLOAD_FORMAT'],
    ['no TLV', { path: '/1', payload: base64('text') }, 'TLV_FORMAT'],
  ];
  test.each(wrong)('%s is a FormatError', (_name, given, code) => {
    expect(() => decodeValue(given)).toThrow(FormatError);
    expect(() => decodeValue(given)).toThrow(expect.objectContaining({ code }));
  });

  test('bytes that are no UTF-8 are good where they need not be text', () => {
    expect(value(Uint8Array.of(0xff), '42')).toEqual({ kind: 'opaque', bytes: Uint8Array.of(0xff) });
  });
});
