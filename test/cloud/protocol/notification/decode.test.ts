import { describe, expect, test } from '@jest/globals';
import { FormatError } from '../../../../cloud/protocol/errors.ts';
import { decodeNotification, NOT_A_LIST } from '../../../../cloud/protocol/notification/decode.ts';
import { WIRE_KEYS } from '../../../../cloud/protocol/notification/message.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const decode = (body: unknown) => decodeNotification(bytes(typeof body === 'string' ? body : JSON.stringify(body)));

const EMPTY = {
  message: {
    notifications: [],
    registrations: [],
    regUpdates: [],
    deRegistrations: [],
    registrationsExpired: [],
    asyncResponses: [],
  },
  notificationElements: [],
  refused: [],
};

/** What one more field, spelt in JSON, makes of an element that is good without it. */
const decodeOne = (key: string, good: string, field = '') =>
  decode(`{"${key}":[{${good}${field === '' ? '' : `,${field}`}}]}`);
const notification = (field?: string) => decodeOne('notifications', '"ep":"n","path":"/1"', field);
const registration = (field?: string) => decodeOne('registrations', '"ep":"n"', field);
const resource = (fields: string) =>
  registration(`"resources":[{"path":"/1",${fields}}]`).message.registrations[0]?.resources[0];

describe('a body', () => {
  test('of both eras, with all six arrays', () => {
    const body = `{
      "notifications":[{"ep":"node-001","path":"/3303/0/5700","ct":"text/plain","payload":"MjEuNQ\\u003d\\u003d","max-age":"60"}],
      "registrations":[{"ep":"node-001","ept":"Light","q":false,
        "resources":[{"path":"/3303/0/5700","rt":"temp","ct":"text/plain","obs":true},{"path":"/3/0/0","obs":false}]}],
      "reg-updates":[{"ep":"node-002","ept":"Light"}],
      "de-registrations":["node-003"],
      "registrations-expired":["node-004",{"ep":"node-005","uid":"u","timestamp":1614180566644,"original-ep":"five"}],
      "async-responses":[
        {"id":"5734979#node-001@example/3303/0/5700","status":200,"payload":"MjEuNQ==","ct":"text/plain","max-age":0},
        {"id":"77#node-002@example/3/0/0","status":504,"error":"TIMEOUT"}],
      "device-deletions":["node-006"]}`;
    expect(decode(body)).toStrictEqual({
      message: {
        notifications: [{ ep: 'node-001', path: '/3303/0/5700', ct: 'text/plain', payload: 'MjEuNQ==', maxAge: 60 }],
        registrations: [
          {
            ep: 'node-001',
            ept: 'Light',
            q: false,
            resources: [
              { path: '/3303/0/5700', rt: 'temp', ct: 'text/plain', obs: true },
              { path: '/3/0/0', obs: false },
            ],
          },
        ],
        regUpdates: [{ ep: 'node-002', ept: 'Light', resources: [] }],
        deRegistrations: [{ ep: 'node-003' }],
        registrationsExpired: [
          { ep: 'node-004' },
          { ep: 'node-005', uid: 'u', timestamp: 1614180566644, originalEp: 'five' },
        ],
        asyncResponses: [
          { id: '5734979#node-001@example/3303/0/5700', status: 200, payload: 'MjEuNQ==', ct: 'text/plain', maxAge: 0 },
          { id: '77#node-002@example/3/0/0', status: 504, error: 'TIMEOUT' },
        ],
      },
      notificationElements: [
        { ep: 'node-001', path: '/3303/0/5700', ct: 'text/plain', payload: 'MjEuNQ==', 'max-age': '60' },
      ],
      refused: [],
    });
  });

  test.each(['', ' \r\n\t', '{}', '\ufeff{}', '{"notifications":null}', '{"registrations":[],"else":7}'])(
    '%j says nothing',
    (body) => {
      expect(decode(body)).toStrictEqual(EMPTY);
    },
  );

  const nonsense: [name: string, body: Uint8Array, message: string][] = [
    ['no UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d), 'the body is not UTF-8'],
    ['cut UTF-8', bytes('{"a":"€').subarray(0, -1), 'the body is not UTF-8'],
    ['no JSON', bytes('{"notifications":['), 'the body is not JSON'],
    ['two of them', bytes('{}{}'), 'the body is not JSON'],
    ['a list', bytes('[]'), 'the body is JSON, but not an object'],
    ['null', bytes('null'), 'the body is JSON, but not an object'],
    ['a text', bytes('"{}"'), 'the body is JSON, but not an object'],
  ];
  test.each(nonsense)('%s is refused as a whole', (_name, body, message) => {
    const refuse = () => decodeNotification(body);
    expect(refuse).toThrow(FormatError);
    expect(refuse).toThrow(expect.objectContaining({ code: 'NOTIFICATION_FORMAT', message }));
  });

  test.each(Object.values(WIRE_KEYS))('a value of %s that is no list is refused, and only that', (key) => {
    const other = key === 'notifications' ? 'registrations' : 'notifications';
    const { message, refused } = decode({ [key]: 'node-1', [other]: [{ ep: 'n', path: '/1' }] });
    expect(refused).toStrictEqual([{ key, element: 'node-1', reason: NOT_A_LIST }]);
    expect(message[other]).toHaveLength(1);
  });

  test('an element that is not understood is kept whole, and its neighbours are not touched', () => {
    const bad = { ep: 'b', path: '/1', boot: 'yesterday', more: [1, { deep: null }] };
    const { message, refused } = decode({ notifications: [{ ep: 'a', path: '/1' }, bad, { ep: 'c', path: '/1' }] });
    expect(message.notifications.map(({ ep }) => ep)).toEqual(['a', 'c']);
    expect(refused).toStrictEqual([
      { key: 'notifications', element: bad, reason: 'boot is not a whole number of milliseconds' },
    ]);
  });

  test('notifications that were understood are there as they came too, one by one', () => {
    const [first, last] = [
      { ep: 'a', path: '1', more: [{}] },
      { ep: 'b', path: '/1', boot: '7' },
    ];
    const { message, notificationElements } = decode({ notifications: [first, { ep: 'bad' }, last] });
    expect(message.notifications.map(({ ep }) => ep)).toEqual(['a', 'b']);
    expect(notificationElements).toStrictEqual([first, last]);
  });

  test('names that objects have from birth do no harm', () => {
    const body = `{"__proto__":{"notifications":[{"ep":"x","path":"/1"}]},
      "notifications":[{"ep":"n","path":"/1","__proto__":{"boot":1,"uid":"x"},"constructor":2,"toString":null}]}`;
    expect(decode(body).message.notifications).toStrictEqual([{ ep: 'n', path: '/1' }]);
    expect(({} as { ep?: unknown }).ep).toBeUndefined();
  });

  test('nesting as deep as a body can hold is refused like any other nonsense', () => {
    const depth = 200_000;
    const { message, refused } = decode(
      `{"notifications":[${'['.repeat(depth)}${']'.repeat(depth)},{"ep":"n","path":"/1"}]}`,
    );
    expect(message.notifications).toHaveLength(1);
    expect(refused).toHaveLength(1);
  });
});

describe('a field', () => {
  const kept: [field: string, made: object][] = [
    ['"max-age":60', { maxAge: 60 }],
    ['"max-age":"60"', { maxAge: 60 }],
    ['"max-age":0', { maxAge: 0 }],
    ['"max-age":4294967295', { maxAge: 4294967295 }],
    ['"max-age":4294967296', {}],
    ['"max-age":-1', {}],
    ['"max-age":"soon"', {}],
    ['"max-age":null', {}],
    ['"timestamp":1614180566644', { timestamp: 1614180566644 }],
    ['"timestamp":"1614584011482"', { timestamp: 1614584011482 }],
    ['"timestamp":null', {}],
    ['"timestamp":""', { timestamp: Number.NaN }],
    ['"timestamp":"2016-10-24T10:00:00Z"', { timestamp: Number.NaN }],
    ['"timestamp":"-1"', { timestamp: Number.NaN }],
    ['"timestamp":1.5', { timestamp: Number.NaN }],
    ['"timestamp":1e300', { timestamp: Number.NaN }],
    ['"timestamp":"99999999999999999999"', { timestamp: Number.NaN }],
    ['"timestamp":true', { timestamp: Number.NaN }],
    ['"timestamp":{}', { timestamp: Number.NaN }],
    ['"uid":"0d8e08c3"', { uid: '0d8e08c3' }],
    ['"uid":17', { uid: '17' }],
    ['"uid":12345678901234567890', {}],
    ['"uid":""', {}],
    [`"uid":"${'x'.repeat(257)}"`, {}],
    ['"uid":null', {}],
    ['"uid":["a"]', {}],
    ['"original-ep":"lamp"', { originalEp: 'lamp' }],
    ['"original-ep":5', {}],
    ['"boot":0', { boot: 0 }],
    ['"boot":-0', { boot: 0 }],
    ['"boot":1614180566644', { boot: 1614180566644 }],
    ['"boot":"1614180566644"', { boot: 1614180566644 }],
    ['"ct":"text/plain"', { ct: 'text/plain' }],
    ['"ct":0', { ct: '0' }],
    ['"ct":11542', { ct: '11542' }],
    ['"ct":-1', {}],
    ['"ct":null', {}],
    ['"payload":"MQ=="', { payload: 'MQ==' }],
    ['"payload":""', {}],
    ['"payload":null', {}],
  ];
  test.each(kept)('%s of a notification makes %j', (field, made) => {
    const { message, refused } = notification(field);
    expect(message.notifications).toStrictEqual([{ ep: 'n', path: '/1', ...made }]);
    expect(refused).toEqual([]);
  });

  const refusing: [field: string, reason: string][] = [
    ['"boot":-1', 'boot is not a whole number of milliseconds'],
    ['"boot":1.5', 'boot is not a whole number of milliseconds'],
    ['"boot":9007199254740992', 'boot is not a whole number of milliseconds'],
    ['"boot":""', 'boot is not a whole number of milliseconds'],
    ['"boot":" 1"', 'boot is not a whole number of milliseconds'],
    ['"boot":null', 'boot is not a whole number of milliseconds'],
    ['"boot":false', 'boot is not a whole number of milliseconds'],
    ['"payload":5', 'payload is not a text'],
    ['"payload":{"a":1}', 'payload is not a text'],
  ];
  test.each(refusing)('%s of a notification refuses it', (field, reason) => {
    const { message, refused } = notification(field);
    expect(message.notifications).toEqual([]);
    expect(refused.map((item) => item.reason)).toEqual([reason]);
  });

  test.each(['registrations', 'reg-updates', 'de-registrations', 'registrations-expired'])(
    'a wrong boot refuses an element of %s too',
    (key) => {
      expect(decodeOne(key, '"ep":"n"', '"boot":"x"').refused).toHaveLength(1);
    },
  );

  const endpointFields: [field: string, made: object][] = [
    ['"q":true', { q: true }],
    ['"q":"true"', { q: true }],
    ['"q":"false"', { q: false }],
    ['"q":"yes"', {}],
    ['"q":1', {}],
    ['"ept":""', { ept: '' }],
    ['"ept":3', {}],
    ['"boot":5,"uid":"u","timestamp":"6"', { boot: 5, uid: 'u', timestamp: 6 }],
    ['"resources":{"path":"/1"}', {}],
    ['"resources":["/1",null,{},{"path":5},{"path":""},{"path":"3/0"}]', { resources: [{ path: '/3/0' }] }],
  ];
  test.each(endpointFields)('%s of a registration makes %j', (field, made) => {
    expect(registration(field).message.registrations).toStrictEqual([{ ep: 'n', resources: [], ...made }]);
  });

  const resourceFields: [fields: string, made: object][] = [
    ['"rt":"new","rf":"old"', { rt: 'new' }],
    ['"rf":"old"', { rt: 'old' }],
    ['"rt":null,"rf":"old"', { rt: 'old' }],
    ['"rt":7', {}],
    ['"obs":true', { obs: true }],
    ['"obs":"true"', { obs: true }],
    ['"obs":"false"', { obs: false }],
    ['"obs":0', {}],
    ['"if":"core.s","ct":99', { if: 'core.s', ct: '99' }],
  ];
  test.each(resourceFields)('%s of a resource makes %j', (fields, made) => {
    expect(resource(fields)).toStrictEqual({ path: '/1', ...made });
  });

  const statuses: [field: string, status: number | undefined][] = [
    ['"status":200', 200],
    ['"status":"504"', 504],
    ['"status":"OK"', undefined],
    ['"status":2.5', undefined],
    ['"status":null', undefined],
  ];
  test.each(statuses)('%s of an async response is %p', (field, status) => {
    const { message, refused } = decodeOne('async-responses', '"id":"1"', field);
    expect(message.asyncResponses).toStrictEqual(status === undefined ? [] : [{ id: '1', status }]);
    expect(refused).toHaveLength(status === undefined ? 1 : 0);
  });

  test('an async response needs an id', () => {
    expect(decode({ 'async-responses': [{ status: 200 }, { id: 5, status: 200 }] }).refused).toHaveLength(2);
  });
});

describe('an endpoint name', () => {
  const names: [name: string, ep: unknown, good: boolean][] = [
    ['one character', 'n', true],
    ['256 of them', 'n'.repeat(256), true],
    ['257 of them', 'n'.repeat(257), false],
    ['none', '', false],
    ['any script', 'näme ☃ 名', true],
    ['a line end', 'a\nb', false],
    ['a null', 'a\u0000', false],
    ['DEL', 'a\u007f', false],
    ['a C1 control', 'a\u0085', false],
    ['half a surrogate pair', 'a\ud83d', false],
    ['a number', 7, false],
    ['null', null, false],
    ['a list', ['n'], false],
  ];
  test.each(names)('%s', (_name, ep, good) => {
    for (const key of ['notifications', 'registrations', 'reg-updates', 'de-registrations', 'registrations-expired']) {
      const { message, refused } = decode({ [key]: [{ ep, path: '/1' }] });
      expect(refused.map((item) => item.reason)).toEqual(
        good ? [] : ['ep is no text of 1 to 256 characters, none a control character or half a surrogate pair'],
      );
      expect(Object.values(message).flat()).toHaveLength(good ? 1 : 0);
    }
  });

  test.each(['', 'a\nb', 'n'.repeat(257)])('a departure that is just the text %j is refused', (name) => {
    expect(decode({ 'de-registrations': [name] }).refused).toHaveLength(1);
  });
});

describe('a path', () => {
  const paths: [name: string, path: unknown, made: string | undefined][] = [
    ['with its slash', '/3200/0/5501', '/3200/0/5501'],
    ['without', '3200/0/5501', '/3200/0/5501'],
    ['of no LwM2M', 'sen/light', '/sen/light'],
    ['of 1024 characters', `/${'a'.repeat(1023)}`, `/${'a'.repeat(1023)}`],
    ['of 1025', `/${'a'.repeat(1024)}`, undefined],
    ['of 1025 with the slash that is put there', 'a'.repeat(1024), undefined],
    ['of none', '', undefined],
    ['that is a number', 3200, undefined],
    ['that is missing', undefined, undefined],
  ];
  test.each(paths)('%s', (_name, path, made) => {
    const { message, refused } = decode({ notifications: [{ ep: 'n', path }] });
    expect(message.notifications.map((item) => item.path)).toEqual(made === undefined ? [] : [made]);
    expect(refused).toHaveLength(made === undefined ? 1 : 0);
  });
});

test.each(['text', 5, null, true, [], [['n']]])('%j is no element of any list of objects', (element) => {
  for (const key of ['notifications', 'registrations', 'reg-updates', 'async-responses'] as const) {
    expect(decode({ [key]: [element] }).refused).toStrictEqual([{ key, element, reason: 'it is not an object' }]);
  }
});
