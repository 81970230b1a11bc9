import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeNotification } from '../../../../cloud/protocol/notification/decode.ts';
import { encodeNotification, encodeRefused } from '../../../../cloud/protocol/notification/encode.ts';
import {
  DIALECTS,
  type Dialect,
  type NotificationMessage,
  type RefusedElement,
  WIRE_KEYS,
} from '../../../../cloud/protocol/notification/message.ts';
import { notificationMessages } from '../arbitraries.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const stamp = { timestamp: 1614180566644, uid: 'u-1', originalEp: 'lamp', boot: 1614180000000 };

const MESSAGE: NotificationMessage = {
  notifications: [{ ep: 'n', path: '/3200/0/5501', ct: 'text/plain', payload: 'MQ==', maxAge: 60, ...stamp }],
  registrations: [
    { ep: 'n', ept: 'test', q: false, resources: [{ path: '/3200/0/5501', rt: 'Button', obs: true }], ...stamp },
  ],
  regUpdates: [],
  deRegistrations: [{ ep: 'n', ...stamp }],
  registrationsExpired: [],
  asyncResponses: [{ id: '1', status: 200, payload: 'MQ==', maxAge: 0 }],
};

const wireStamp = { timestamp: 1614180566644, uid: 'u-1', 'original-ep': 'lamp', boot: 1614180000000 };
const value = { ep: 'n', path: '/3200/0/5501', ct: 'text/plain', payload: 'MQ==' };
const endpoint = { ep: 'n', ept: 'test', q: false };

const spelt: [Dialect, object][] = [
  [
    'connector',
    {
      notifications: [{ ...value, 'max-age': 60, ...wireStamp }],
      registrations: [{ ...endpoint, resources: [{ path: '/3200/0/5501', rt: 'Button', obs: true }], ...wireStamp }],
      'de-registrations': [{ ep: 'n', ...wireStamp }],
      'async-responses': [{ id: '1', status: 200, 'max-age': 0, payload: 'MQ==' }],
    },
  ],
  [
    'pelion',
    {
      notifications: [{ ...value, 'max-age': 60 }],
      registrations: [{ ...endpoint, resources: [{ path: '/3200/0/5501', rt: 'Button', obs: true }] }],
      'de-registrations': ['n'],
      'async-responses': [{ id: '1', status: 200, 'max-age': 0, payload: 'MQ==' }],
    },
  ],
  [
    'mdc',
    {
      notifications: [{ ...value, 'max-age': '60' }],
      registrations: [{ ...endpoint, resources: [{ path: '/3200/0/5501', rf: 'Button', obs: true }] }],
      'de-registrations': ['n'],
      'async-responses': [{ id: '1', status: 200, 'max-age': '0', payload: 'MQ==' }],
    },
  ],
];

/** The message without what only `connector` can say. */
function plain(message: NotificationMessage): unknown {
  const text = JSON.stringify(message, (key, field) =>
    ['timestamp', 'uid', 'originalEp', 'boot'].includes(key) ? undefined : field,
  );
  return JSON.parse(text);
}

describe('encodeNotification', () => {
  test.each(spelt)('spells a message as %s does', (dialect, wire) => {
    expect(JSON.parse(encodeNotification(MESSAGE, dialect))).toStrictEqual(wire);
  });

  const nothing = { uid: false, timestamp: false, originalEp: false, boot: false, departuresAsObjects: false };
  test.each([
    [{ uid: true }, { uid: 'u-1' }, 'n'],
    [{ timestamp: true }, { timestamp: 1614180566644 }, 'n'],
    [{ originalEp: true }, { 'original-ep': 'lamp' }, 'n'],
    [{ boot: true }, { boot: 1614180000000 }, 'n'],
    [{ departuresAsObjects: true }, {}, { ep: 'n' }],
    [{ departuresAsObjects: true, uid: true }, { uid: 'u-1' }, { ep: 'n', uid: 'u-1' }],
  ])('Pelion’s form with %j has just that besides', (asked, stamped, departure) => {
    const wire = JSON.parse(encodeNotification(MESSAGE, 'pelion', { ...nothing, ...asked }));
    expect(wire.notifications).toEqual([{ ...value, 'max-age': 60, ...stamped }]);
    expect(wire.registrations[0]).toMatchObject(stamped);
    expect(wire['de-registrations']).toEqual([departure]);
  });

  test.each(DIALECTS)('%s: nothing is an empty object, and a list without elements is left out', (dialect) => {
    expect(encodeNotification({}, dialect)).toBe('{}');
    expect(
      encodeNotification({ ...MESSAGE, notifications: [], registrations: [], asyncResponses: [] }, dialect),
    ).toMatch(/^\{"de-registrations":/);
  });

  test('connector: decoding gives the same message', () => {
    fc.assert(
      fc.property(notificationMessages, (message) => {
        const { message: decoded, refused } = decodeNotification(bytes(encodeNotification(message, 'connector')));
        expect(decoded).toStrictEqual(message);
        expect(refused).toEqual([]);
      }),
    );
  });

  test.each(['pelion', 'mdc'] as const)(
    '%s: decoding gives the same message without what only connector says',
    (dialect) => {
      fc.assert(
        fc.property(notificationMessages, (message) => {
          const { message: decoded, refused } = decodeNotification(bytes(encodeNotification(message, dialect)));
          expect(decoded).toEqual(plain(message));
          expect(refused).toEqual([]);
        }),
      );
    },
  );
});

describe('encodeRefused', () => {
  const again = (refused: RefusedElement) => decodeNotification(encodeRefused([refused])).refused;
  const refuse = (body: string) => decodeNotification(bytes(body)).refused;

  const bodies: [name: string, body: string][] = [
    ['an element', '{"notifications":[{"ep":"n","path":"/1"},{"ep":7,"more":[1,{"a":null}]}]}'],
    ['a value that is no list', '{"registrations":{"ep":"n"}}'],
    ['a name where a list of names is due', '{"de-registrations":"node-1"}'],
    ['a list inside a list', '{"de-registrations":[["node-1"]]}'],
    ['null as an element', '{"notifications":[null]}'],
    ['a number that JSON.stringify would make null', '{"registrations":-1e999,"notifications":[1e999]}'],
    ['a boot that JSON.stringify would make null', '{"notifications":[{"ep":"n","path":"/1","boot":1e999}]}'],
    ['minus zero', '{"notifications":[-0,{"a":-0}]}'],
    ['names that objects have from birth', '{"notifications":[{"__proto__":{"a":1},"constructor":2}]}'],
    ['half a surrogate pair', '{"de-registrations":["\\ud83d",{"\\udc00":"\\ud83d"}]}'],
  ];
  test.each(bodies)('%s is refused again, for the same reason', (_name, body) => {
    const refused = refuse(body);
    expect(refused.length).toBeGreaterThan(0);
    for (const item of refused) expect(again(item)).toStrictEqual([item]);
  });

  test('what nests deeper than the stack is refused again', () => {
    const deep = '{"a":['.repeat(100_000) + ']}'.repeat(100_000);
    const [refused] = refuse(`{"notifications":[${deep}]}`);
    const body = encodeRefused([refused!]);
    expect(new TextDecoder().decode(body)).toBe(`{"notifications":[${deep}]}`);
    expect(decodeNotification(body).refused).toHaveLength(1);
  });

  test('whatever was refused is refused again, for the same reason, and nothing else is in the body', () => {
    const key = fc.constantFrom(...Object.values(WIRE_KEYS));
    let seen = 0;
    fc.assert(
      fc.property(key, fc.jsonValue(), fc.boolean(), (name, json, listed) => {
        for (const item of refuse(JSON.stringify({ [name]: listed ? [json] : json }))) {
          seen++;
          const { message, refused } = decodeNotification(encodeRefused([item]));
          expect(Object.values(message).flat()).toEqual([]);
          expect(refused).toEqual([item]);
        }
      }),
      { numRuns: 1_000 },
    );
    expect(seen).toBeGreaterThan(500);
  });
});
