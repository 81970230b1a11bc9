import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FormatError } from '../../../../cloud/protocol/errors.ts';
import type { NotificationData } from '../../../../cloud/protocol/notification/message.ts';
import { counterOf } from '../../../../cloud/protocol/payload/counter.ts';
import { encodeTlv, type TlvEntry, type TlvResource } from '../../../../cloud/protocol/payload/tlv.ts';

const COUNTER = '/3200/0/5501';
const TLV_TYPE = 'application/vnd.oma.lwm2m+tlv';

const base64 = (bytes: string | Uint8Array) => Buffer.from(bytes).toString('base64');
const plain = (text: string, path = COUNTER): NotificationData => ({
  ep: 'n',
  path,
  ct: 'text/plain',
  payload: base64(text),
});
const tlv = (path: string, ...entries: TlvEntry[]): NotificationData => ({
  ep: 'n',
  path,
  ct: TLV_TYPE,
  payload: base64(encodeTlv(entries)),
});
const resource = (id: number, ...value: number[]): TlvResource => ({
  kind: 'resource',
  id,
  value: Uint8Array.from(value),
});
const instance = (id: number, ...resources: TlvResource[]): TlvEntry => ({ kind: 'object-instance', id, resources });
const multiple: TlvEntry = { kind: 'multiple-resource', id: 5501, instances: [] };
const [counter, timer] = [resource(5501, 0x01, 0x02), resource(5502, 9)];
const many = Array.from({ length: 200_000 }, (_, id) => resource(id % 5501));

const told: [name: string, notification: NotificationData, value: number][] = [
  ['text', plain('123'), 123],
  ['0', plain('0'), 0],
  ['65,535', plain('65535'), 65_535],
  ['text without a type', { ep: 'n', path: COUNTER, payload: 'MTIz' }, 123],
  ['a number for a type', { ep: 'n', path: COUNTER, ct: '0', payload: 'MTIz' }, 123],
  ['TLV of the resource', tlv(COUNTER, counter), 0x0102],
  ['TLV of the resource in its instance', tlv(COUNTER, instance(0, counter)), 0x0102],
  ['the instance', tlv('/3200/0', timer, counter), 0x0102],
  ['the instance, wrapped', tlv('/3200/0', instance(0, timer, counter)), 0x0102],
  ['the instance without a type', { ep: 'n', path: '/3200/0', payload: base64(encodeTlv([counter])) }, 0x0102],
  ['the object', tlv('/3200', instance(0, timer, counter)), 0x0102],
  ['the object with another instance', tlv('/3200', instance(1, resource(5501, 7)), instance(0, counter)), 0x0102],
  ['65,535 in 4 bytes', tlv('/3200/0', resource(5501, 0, 0, 0xff, 0xff)), 65_535],
  ['a small one in 8 bytes', tlv('/3200/0', resource(5501, 0, 0, 0, 0, 0, 0, 0, 5)), 5],
  ['one of very many resources', tlv('/3200', instance(0, ...many.slice(0, 9)), instance(0, counter)), 0x0102],
];

const nothing: [name: string, notification: NotificationData][] = [
  ['the timer', plain('5', '/3200/0/5502')],
  ['another instance', plain('5', '/3200/1/5501')],
  ['another object', plain('5', '/3201/0/5501')],
  ['a longer path', plain('5', '/3200/0/5501/0')],
  ['a path that begins alike', plain('5', '/3200/0/55010')],
  ['another path with a payload that is no base64', { ep: 'n', path: '/1', payload: '!' }],
  ['an instance without it', tlv('/3200/0', timer)],
  ['an instance of another id', tlv('/3200/0', instance(1, counter))],
  ['an empty instance', tlv('/3200/0')],
  ['an object without instance 0', tlv('/3200', instance(1, counter))],
  ['an object with resources but no instance', tlv('/3200', counter)],
  ['an object with an instance without it', tlv('/3200', instance(0, timer))],
  ['an instance of 200,000 other resources', tlv('/3200', { kind: 'object-instance', id: 0, resources: many })],
];

const wrong: [name: string, notification: NotificationData, code: string][] = [
  ['a negative one', plain('-1'), 'COUNTER_FORMAT'],
  ['65,536', plain('65536'), 'COUNTER_FORMAT'],
  ['text', plain('pressed'), 'COUNTER_FORMAT'],
  ['a fraction', plain('1.5'), 'COUNTER_FORMAT'],
  ['a leading zero', plain('007'), 'COUNTER_FORMAT'],
  ['a line end', plain('7\n'), 'COUNTER_FORMAT'],
  ['an empty payload', { ep: 'n', path: COUNTER, ct: 'text/plain', payload: '' }, 'COUNTER_FORMAT'],
  ['no payload', { ep: 'n', path: COUNTER }, 'COUNTER_FORMAT'],
  ['bytes', { ...plain('5'), ct: 'application/octet-stream' }, 'COUNTER_FORMAT'],
  ['JSON', { ...plain('5'), ct: 'application/json' }, 'COUNTER_FORMAT'],
  ['an instance as text', plain('5', '/3200/0'), 'COUNTER_FORMAT'],
  ['an object as JSON', { ...plain('{}', '/3200'), ct: 'application/vnd.oma.lwm2m+json' }, 'COUNTER_FORMAT'],
  ['TLV of nothing', tlv(COUNTER), 'COUNTER_FORMAT'],
  ['TLV of another resource', tlv(COUNTER, timer), 'COUNTER_FORMAT'],
  ['TLV of a second resource', tlv(COUNTER, counter, timer), 'COUNTER_FORMAT'],
  ['TLV of a second resource, wrapped', tlv(COUNTER, instance(0, counter, timer)), 'COUNTER_FORMAT'],
  ['TLV of the resource and an instance', tlv(COUNTER, counter, instance(1)), 'COUNTER_FORMAT'],
  ['TLV of another instance', tlv(COUNTER, instance(1, counter)), 'COUNTER_FORMAT'],
  ['the same twice', tlv('/3200/0', counter, counter), 'COUNTER_FORMAT'],
  ['the same bare and wrapped', tlv('/3200/0', counter, instance(0, counter)), 'COUNTER_FORMAT'],
  ['several values', tlv('/3200/0', multiple), 'COUNTER_FORMAT'],
  ['a negative one in TLV', tlv('/3200/0', resource(5501, 0xff, 0xff)), 'COUNTER_FORMAT'],
  ['65,536 in TLV', tlv('/3200/0', resource(5501, 0, 1, 0, 0)), 'COUNTER_FORMAT'],
  ['a huge one in TLV', tlv('/3200/0', resource(5501, 0x7f, 0, 0, 0, 0, 0, 0, 0)), 'COUNTER_FORMAT'],
  ['no integer in TLV', tlv('/3200/0', resource(5501, 1, 2, 3)), 'TLV_FORMAT'],
  ['an empty value in TLV', tlv('/3200/0', resource(5501)), 'TLV_FORMAT'],
  ['no TLV', { ep: 'n', path: '/3200', payload: 'MTIz' }, 'TLV_FORMAT'],
  ['no base64', { ep: 'n', path: COUNTER, payload: 'MTI' }, 'PAYLOAD_FORMAT'],
  ['no UTF-8', { ep: 'n', path: COUNTER, payload: '/w==' }, 'PAYLOAD_FORMAT'],
];

describe('counterOf', () => {
  test.each(told)('%s tells it', (_name, notification, value) => {
    expect(counterOf(notification)).toBe(value);
  });

  test.each(nothing)('%s tells nothing', (_name, notification) => {
    expect(counterOf(notification)).toBeUndefined();
  });

  test.each(wrong)('%s is a FormatError', (_name, notification, code) => {
    expect(() => counterOf(notification)).toThrow(FormatError);
    expect(() => counterOf(notification)).toThrow(expect.objectContaining({ code }));
  });

  test('every value from 0 to 65,535 comes back, as text and as TLV', () => {
    fc.assert(
      fc.property(fc.nat(65_535), (value) => {
        const bytes = [0, 0, value >> 8, value & 0xff];
        expect(counterOf(plain(String(value)))).toBe(value);
        expect(counterOf(tlv('/3200/0', resource(5501, ...bytes)))).toBe(value);
        expect(counterOf(tlv('/3200', instance(0, resource(5501, ...bytes))))).toBe(value);
      }),
    );
  });
});
