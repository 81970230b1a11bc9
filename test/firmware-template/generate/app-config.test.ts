/** mbed_app.json as Mbed CLI would take it, read again. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UsageError } from '../../../cloud/protocol/errors.ts';
import { networkOf, readAppConfig } from '../../../firmware-template/generate/app-config.ts';

const read = (app: unknown) => readAppConfig(JSON.stringify(app), 'K64F', 'it');

test('a setting is its value, or an object that has it; overrides of the target go before those of all', () => {
  const { button, networkInterface, overrides, macros } = read({
    config: { button1: 'SW3', 'network-interface': { value: 'ETHERNET' } },
    target_overrides: {
      '*': { 'lwip.x': 1, 'lwip.y': 1 },
      K64F: { 'lwip.y': 2, button1: 'BUTTON1' },
      OTHER: { 'lwip.x': 3 },
    },
  });
  expect({ button, networkInterface, macros }).toEqual({ button: 'BUTTON1', networkInterface: 'ETHERNET', macros: [] });
  expect(Object.fromEntries(overrides)).toEqual({ 'lwip.x': 1, 'lwip.y': 2, button1: 'BUTTON1' });
});

test('what every object has by itself is no setting', () => {
  const app = readAppConfig('{"config":{"__proto__":{"button1":"A"}},"target_overrides":{}}', 'K64F', 'it');
  expect(app.button).toBeUndefined();
  expect(read({ config: { button1: {} } }).button).toBeUndefined();
});

describe('what Mbed CLI would not take is refused, and the text is not repeated: a password may be in it', () => {
  test.each([
    ['', /no JSON/],
    ['{"config": {"wifi-password": "top-secret"', /no JSON/],
    ['[]', /no object/],
    ['{"config": 1}', /"config" in it is no object/],
    ['{"target_overrides": []}', /"target_overrides" in it is no object/],
    ['{"target_overrides": {"*": 1}}', /"\*" in it is no object/],
    ['{"macros": "A=1"}', /no list/],
    ['{"macros": [1]}', /no list/],
  ])('%s', (text, reason) => {
    expect(() => readAppConfig(text, 'K64F', 'it')).toThrow(reason);
    expect(() => readAppConfig(text, 'K64F', 'it')).not.toThrow(/secret/);
  });
});

describe('the network', () => {
  const wifi = (ssid: unknown, password: unknown) =>
    networkOf(
      read({ config: { 'network-interface': 'WIFI_ESP8266', 'wifi-ssid': ssid, 'wifi-password': password } }),
      'it',
    );

  test('a name and a password are C literals', () => {
    expect(wifi('"a\\"b"', '"pass" "phrase"')).toEqual({ kind: 'wifi-esp8266', ssid: 'a"b', password: 'passphrase' });
  });

  test.each([
    ['home', '"passphrase"'],
    ['"home', '"passphrase"'],
    ['"home" x', '"passphrase"'],
    ['"home"', '"short"'],
    ['"home"', undefined],
    [1, '"passphrase"'],
  ])('%j with %j is refused', (ssid, password) => expect(() => wifi(ssid, password)).toThrow(UsageError));

  test.each([[undefined], ['MESH_THREAD'], ['ethernet']])('%s is none that is generated here', (name) =>
    expect(() => networkOf(read({ config: { 'network-interface': name } }), 'it')).toThrow(
      /network-interface in it is/,
    ),
  );
});

test('any JSON, or none, is read or refused', () => {
  const key = fc.constantFrom(
    'config',
    'target_overrides',
    '*',
    'K64F',
    'macros',
    'wifi-ssid',
    'network-interface',
    'value',
    '__proto__',
  );
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('WIFI_ESP8266', '"a"', 1, null, true, []),
      fc.array(tie('json'), { maxLength: 2 }),
      fc.dictionary(key, tie('json')),
    ),
  }));
  const text = fc.oneof(
    json.map((value) => JSON.stringify(value)),
    fc.string(),
    fc.json(),
  );
  fc.assert(
    fc.property(text, (one) => {
      try {
        networkOf(readAppConfig(one, 'K64F', 'it'), 'it');
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
      }
    }),
    { numRuns: 2000 },
  );
  expect(() => readAppConfig('['.repeat(60_000), 'K64F', 'it')).toThrow(UsageError);
});
