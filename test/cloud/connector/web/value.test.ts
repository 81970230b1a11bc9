/** What people read on the connector's page: names of resources, and values as text. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nameOf } from '../../../../cloud/connector/web/names.ts';
import { valueText } from '../../../../cloud/connector/web/value.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('nameOf', () => {
  it.each([
    ['/3200/0/5501', { object: 'Digital Input', resource: 'Counter', type: 'integer' }],
    ['/3/0', { object: 'Device' }],
    ['/1000/0/1', { object: 'Object 1000', resource: 'Resource 1' }],
    ['/sen/light', undefined],
    ['/3200/0/5501/0/1', undefined],
  ])('%s', (path, name) => {
    expect(nameOf(path)).toEqual(name);
  });

  it('takes any path', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.webPath()), (path) => void nameOf(path)));
  });
});

describe('valueText', () => {
  it.each([
    ['text', bytes('500:500'), 0, '500:500'],
    ['nothing', bytes(''), 0, ''],
    ['bytes that are no text', Uint8Array.of(0xff, 0), undefined, '0xff00'],
    ['characters that move a cursor', bytes('a\u001b[2J'), 0, '0x611b5b324a'],
    // OMA-TS-LightweightM2M-V1_0 §6.4.3: a resource of one byte's length, and its value.
    ['TLV', Uint8Array.of(0xc3, 0, 0x41, 0x52, 0x4d), 99, '0: ARM'],
    ['TLV that is none', Uint8Array.of(0xc3, 0), 11542, '0xc300'],
  ] as const)('%s', (_what, value, contentFormat, text) => {
    expect(valueText(value, contentFormat)).toBe(text);
  });

  it('makes text of any bytes, without control characters but tabs and line ends', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(undefined, 0, 42, 99, 11542),
        (value, contentFormat) => {
          expect(valueText(value, contentFormat).replaceAll(/[\t\r\n]/g, '')).not.toMatch(/\p{Cc}/u);
        },
      ),
    );
  });
});
