import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FormatError } from '../../../../cloud/protocol/errors.ts';
import {
  decodeTlv,
  encodeTlv,
  type TlvEntry,
  type TlvMultipleResource,
  type TlvResource,
  type TlvResourceInstance,
  tlvInteger,
} from '../../../../cloud/protocol/payload/tlv.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const ascii = (text: string) => new TextEncoder().encode(text);

const resource = (id: number, value: Uint8Array | string): TlvResource => ({
  kind: 'resource',
  id,
  value: typeof value === 'string' ? hex(value) : value,
});
const instance = (id: number, value: string): TlvResourceInstance => ({
  kind: 'resource-instance',
  id,
  value: hex(value),
});
const multiple = (id: number, ...instances: TlvResourceInstance[]): TlvMultipleResource => ({
  kind: 'multiple-resource',
  id,
  instances,
});
const object = (id: number, ...resources: (TlvResource | TlvMultipleResource)[]): TlvEntry => ({
  kind: 'object-instance',
  id,
  resources,
});

const DEVICE_HEX = `
  C8 00 14 4F 70 65 6E 20 4D 6F 62 69 6C 65 20 41 6C 6C 69 61 6E 63 65
  C8 01 16 4C 69 67 68 74 77 65 69 67 68 74 20 4D 32 4D 20 43 6C 69 65 6E 74
  C8 02 09 33 34 35 30 30 30 31 32 33 C3 03 31 2E 30 86 06 41 00 01 41 01 05
  88 07 08 42 00 0E D8 42 01 13 88 87 08 41 00 7D 42 01 03 84 C1 09 64 C1 0A 0F
  83 0B 41 00 00 C4 0D 51 82 42 8F C6 0E 2B 30 32 3A 30 30 C1 10 55`.replaceAll('\n', ' ');
const DEVICE = [
  resource(0, ascii('Open Mobile Alliance')),
  resource(1, ascii('Lightweight M2M Client')),
  resource(2, ascii('345000123')),
  resource(3, ascii('1.0')),
  multiple(6, instance(0, '01'), instance(1, '05')),
  multiple(7, instance(0, '0ED8'), instance(1, '1388')),
  multiple(8, instance(0, '7D'), instance(1, '0384')),
  resource(9, '64'),
  resource(10, '0F'),
  multiple(11, instance(0, '00')),
  resource(13, '5182428F'),
  resource(14, ascii('+02:00')),
  resource(16, ascii('U')),
];

/** The examples of OMA-TS-LightweightM2M-V1_0, sections 6.4.3.1 to 6.4.3.3, then the edges of each width. */
const vectors: [name: string, bytes: string, entries: TlvEntry[]][] = [
  ['6.4.3.1: the resources of /3/0', DEVICE_HEX, DEVICE],
  ['6.4.3.2 A: /3 with its one instance', `08 00 79 ${DEVICE_HEX}`, [object(0, ...DEVICE)]],
  [
    '6.4.3.2 B: /2 with two instances',
    `08 00 0E C1 00 01 C1 01 00 83 02 41 7F 07 C1 03 7F
     08 02 12 C1 00 03 C1 01 00 87 02 41 7F 07 61 01 36 01 C1 03 7F`.replaceAll('\n', ' '),
    [
      object(0, resource(0, '01'), resource(1, '00'), multiple(2, instance(0x7f, '07')), resource(3, '7F')),
      object(
        2,
        resource(0, '03'),
        resource(1, '00'),
        multiple(2, instance(0x7f, '07'), instance(310, '01')),
        resource(3, '7F'),
      ),
    ],
  ],
  [
    '6.4.3.2 C: /1 with its one instance',
    '08 00 0F C1 00 01 C4 01 00 01 51 80 C1 06 01 C1 07 55',
    [object(0, resource(0, '01'), resource(1, '00015180'), resource(6, '01'), resource(7, '55'))],
  ],
  [
    '6.4.3.3: /65/0 with object links',
    '88 00 0C 44 00 00 42 00 00 44 01 00 42 00 01 C8 01 0D 38 36 31 33 38 30 30 37 35 35 35 30 30 C4 02 12 34 56 78',
    [
      multiple(0, instance(0, '00420000'), instance(1, '00420001')),
      resource(1, ascii('8613800755500')),
      resource(2, '12345678'),
    ],
  ],
  ['nothing', '', []],
  ['an empty value', 'C0 09', [resource(9, '')]],
  ['the press counter', 'E2 15 7D 01 00', [resource(5501, '0100')]],
  ['id 255', 'C1 FF 01', [resource(255, '01')]],
  ['id 256', 'E1 01 00 01', [resource(256, '01')]],
  ['id 65,535', 'E1 FF FF 01', [resource(65_535, '01')]],
  ['7 bytes', `C7 00 ${'AA'.repeat(7)}`, [resource(0, 'AA'.repeat(7))]],
  ['8 bytes', `C8 00 08 ${'AA'.repeat(8)}`, [resource(0, 'AA'.repeat(8))]],
  ['255 bytes', `C8 00 FF ${'AA'.repeat(255)}`, [resource(0, 'AA'.repeat(255))]],
  ['256 bytes', `D0 00 01 00 ${'AA'.repeat(256)}`, [resource(0, 'AA'.repeat(256))]],
  ['65,536 bytes', `D8 00 01 00 00 ${'AA'.repeat(65_536)}`, [resource(0, 'AA'.repeat(65_536))]],
  ['an empty instance', '00 03', [object(3)]],
  ['an empty multiple resource', '80 06', [multiple(6)]],
];

const wrong: [name: string, bytes: string, message: string][] = [
  ['no id', 'C1', 'at byte 1: needs 1 more bytes, has 0'],
  ['half an id', 'E1 15', 'at byte 1: needs 2 more bytes, has 1'],
  ['no value', 'C1 00', 'at byte 2: needs 1 more bytes, has 0'],
  ['half a length', 'D0 00 01', 'at byte 2: needs 2 more bytes, has 1'],
  ['no length', 'D8 00', 'at byte 2: needs 3 more bytes, has 0'],
  ['a short value after a good one', 'C1 00 01 C8 01 09 AA', 'at byte 6: needs 9 more bytes, has 1'],
  ['a value past the end of its instance', '03 00 C2 00 01 02', 'at byte 4: needs 2 more bytes, has 1'],
  ['a value past the end of its resource', '83 06 42 00 01 02', 'at byte 4: needs 2 more bytes, has 1'],
  ['an instance past the end', '08 00 79 C1', 'at byte 3: needs 121 more bytes, has 1'],
  ['a resource instance at the top', 'C1 00 01 41 00 01', 'at byte 3: resource-instance 0 has no place at the top'],
  ['one in an instance', '03 00 41 07 01', 'at byte 2: resource-instance 7 has no place in an object instance'],
  ['an instance in an instance', '02 00 00 05', 'at byte 2: object-instance 5 has no place in an object instance'],
  ['a resource in a resource', '83 06 C1 00 01', 'at byte 2: resource 0 has no place in a multiple resource'],
  ['a multiple resource in one', '82 06 80 01', 'at byte 2: multiple-resource 1 has no place in a multiple resource'],
];

const ids = fc.oneof(fc.nat(0xff), fc.nat(0xffff));
const values = fc.oneof(fc.uint8Array({ maxLength: 9 }), fc.uint8Array({ minLength: 250, maxLength: 260 }));
const resources: fc.Arbitrary<TlvResource> = fc.record({ kind: fc.constant('resource'), id: ids, value: values });
const instances: fc.Arbitrary<TlvResourceInstance> = fc.record({
  kind: fc.constant('resource-instance'),
  id: ids,
  value: values,
});
const multiples: fc.Arbitrary<TlvMultipleResource> = fc.record({
  kind: fc.constant('multiple-resource'),
  id: ids,
  instances: fc.array(instances, { maxLength: 4 }),
});
const entries: fc.Arbitrary<TlvEntry> = fc.oneof(
  resources,
  multiples,
  fc.record({
    kind: fc.constant('object-instance' as const),
    id: ids,
    resources: fc.array(fc.oneof(resources, multiples), { maxLength: 4 }),
  }),
);

describe('TLV', () => {
  test.each(vectors)('%s: from bytes', (_name, bytes, expected) => {
    expect(decodeTlv(hex(bytes))).toEqual(expected);
  });

  test.each(vectors)('%s: to bytes', (_name, bytes, given) => {
    expect(Buffer.from(encodeTlv(given)).equals(hex(bytes))).toBe(true);
  });

  test.each(wrong)('%s is refused, with its offset', (_name, bytes, message) => {
    const refuse = () => decodeTlv(hex(bytes));
    expect(refuse).toThrow(FormatError);
    expect(refuse).toThrow(expect.objectContaining({ code: 'TLV_FORMAT', message: `bad TLV ${message}` }));
  });

  test('the low bits of the type mean nothing where the length has bytes of its own', () => {
    expect(decodeTlv(hex('CF 00 01 AA'))).toEqual([resource(0, 'AA')]);
  });

  test('decoding gives back any entries', () => {
    fc.assert(
      fc.property(fc.array(entries, { maxLength: 5 }), (given) => {
        expect(decodeTlv(encodeTlv(given))).toEqual(given);
      }),
    );
  });

  test.each([-1, 65_536, 1.5, Number.NaN])('id %d is the caller’s mistake', (id) => {
    expect(() => encodeTlv([resource(id, '01')])).toThrow(RangeError);
  });

  test('a value of 2^24 bytes is the caller’s mistake', () => {
    expect(() => encodeTlv([resource(0, new Uint8Array(2 ** 24))])).toThrow(RangeError);
  });
});

describe('tlvInteger', () => {
  const integers: [bytes: string, value: number | bigint][] = [
    ['00', 0],
    ['7F', 127],
    ['80', -128],
    ['FF', -1],
    ['00FF', 255],
    ['8000', -32_768],
    ['0000FFFF', 65_535],
    ['FFFFFFFF', -1],
    ['80000000', -2_147_483_648],
    ['001FFFFFFFFFFFFF', Number.MAX_SAFE_INTEGER],
    ['0020000000000000', 2n ** 53n],
    ['FFFFFFFFFFFFFFFE', -2],
    ['8000000000000000', -(2n ** 63n)],
  ];
  test.each(integers)('%s is %s', (bytes, value) => {
    expect(tlvInteger(hex(bytes))).toBe(value);
  });

  test('reads a view where it lies', () => {
    expect(tlvInteger(hex('AA 01 02 BB').subarray(1, 3))).toBe(0x0102);
  });

  test.each([0, 3, 5, 6, 7, 9])('%d bytes are no integer', (length) => {
    expect(() => tlvInteger(new Uint8Array(length))).toThrow(
      expect.objectContaining({ code: 'TLV_FORMAT', message: `a TLV integer has ${length} bytes` }),
    );
  });
});
