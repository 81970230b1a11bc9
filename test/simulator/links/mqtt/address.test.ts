import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NOTIFICATION_TOPIC_FILTER } from '../../../../cloud/platforms/aws/names.ts';
import { UsageError } from '../../../../cloud/protocol/errors.ts';
import { parseAddress } from '../../../../simulator/links/mqtt/address.ts';
import { checkName, checkOptions, topicOf } from '../../../../simulator/links/mqtt/rules.ts';
import { tlsOptions } from '../../../../simulator/links/mqtt/socket.ts';

const AWS = 'a1b2c3-ats.iot.eu-west-1.amazonaws.com';

describe('parseAddress', () => {
  test.each([
    ['mqtt://127.0.0.1', { host: '127.0.0.1', port: 1883, secure: false, aws: false }],
    ['mqtts://broker.example/', { host: 'broker.example', port: 8883, secure: true, aws: false }],
    ['mqtt://[::1]:1884', { host: '::1', port: 1884, text: 'mqtt://[::1]:1884' }],
    [`mqtts://${AWS}`, { host: AWS, port: 8883, aws: true }],
    [`mqtts://${AWS}:443`, { port: 443, aws: true }],
    ['mqtts://a1.iot.cn-north-1.amazonaws.com.cn', { aws: true }],
    ['mqtts://data.iot-fips.us-east-1.amazonaws.com', { aws: true }],
    ['mqtts://iot.eu-west-1.amazonaws.com.example.org', { aws: false }],
  ])('%s', (url, expected) => {
    expect(parseAddress(url)).toMatchObject(expected);
  });

  test.each([
    ['', 'that is no broker'],
    ['broker', 'that is no broker'],
    ['http://broker/', 'http://broker is no broker'],
    ['ws://broker/mqtt', 'ws://broker is no broker'],
    ['mqtt://', 'no broker'],
    ['mqtt://boards:s3cret@broker', 'a user or a password'],
    ['mqtt://broker/topic', 'goes on after the port'],
    ['mqtt://broker?clientId=s3cret', 'goes on after the port'],
  ])('refuses %j, and tells no secret', (url, message) => {
    expect(() => parseAddress(url)).toThrow(UsageError);
    expect(() => parseAddress(url)).toThrow(message);
    expect(() => parseAddress(url)).not.toThrow('s3cret');
  });

  test('gives an address, or a UsageError, for any text', () => {
    const pieces = fc.constantFrom('mqtt', 'mqtts', '://', ':', '/', '@', '[::1]', '1883', 'a.b', '?', '#', '%00', ' ');
    const texts = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join('')),
      fc.string().map((rest) => `mqtt://${rest}`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const { host, port } = parseAddress(text);
          expect(host).not.toBe('');
          expect(port >= 0 && port <= 65_535).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('names', () => {
  const other = { aws: false };
  test.each([
    'board-0001',
    'bödk',
    'a'.repeat(128),
    // 128 bytes as well.
    'é'.repeat(64),
  ])('%s', (name) => {
    expect(() => checkName(name, other)).not.toThrow();
  });

  test.each([
    ['a/b', 'no part of a topic'],
    ['a+', 'no part of a topic'],
    ['#1', 'no part of a topic'],
    ['a\u0000', 'no part of a topic'],
    ['a'.repeat(129), '129 bytes'],
    ['é'.repeat(65), '130 bytes'],
  ])('refuses %j', (name, message) => {
    expect(() => checkName(name, other)).toThrow(UsageError);
    expect(() => checkName(name, other)).toThrow(message);
  });

  test.each(['board.1', 'board 1', '$board', 'bödk'])('refuses %j in AWS IoT Core, which has no such thing', (name) => {
    expect(() => checkName(name, other)).not.toThrow();
    expect(() => checkName(name, { aws: true })).toThrow(UsageError);
  });

  test('make topics that the rule of AWS IoT Core listens to', () => {
    expect(topicOf('board-0001')).toBe(NOTIFICATION_TOPIC_FILTER.replace('+', 'board-0001'));
  });
});

describe('options', () => {
  const credentials = { cert: '', key: '' };
  test.each([
    [`mqtts://${AWS}`, { qos: 2 }, 'QoS 2'],
    [`mqtt://${AWS}`, {}, 'TLS only'],
    ['mqtt://broker', { ca: 'x' }, 'without TLS'],
    ['mqtt://broker', { credentials }, 'without TLS'],
  ] as const)('%s refuses %j', (url, options, message) => {
    expect(() => checkOptions(options, parseAddress(url))).toThrow(UsageError);
    expect(() => checkOptions(options, parseAddress(url))).toThrow(message);
  });

  test.each([
    [`mqtts://${AWS}`, { qos: 1, ca: 'x', credentials }],
    ['mqtts://broker', { qos: 2, credentials }],
    ['mqtt://broker', { qos: 0, login: { user: 'a', password: 'b' } }],
  ] as const)('%s takes %j', (url, options) => {
    expect(() => checkOptions(options, parseAddress(url))).not.toThrow();
  });
});

describe('TLS', () => {
  test('names the host that it wants, and on port 443 of AWS IoT Core the protocol', () => {
    expect(tlsOptions(parseAddress(`mqtts://${AWS}:443`), true)).toEqual({
      host: AWS,
      port: 443,
      servername: AWS,
      ALPNProtocols: ['x-amzn-mqtt-ca'],
    });
    expect(tlsOptions(parseAddress(`mqtts://${AWS}:443`), false).ALPNProtocols).toEqual(['mqtt']);
    expect(tlsOptions(parseAddress(`mqtts://${AWS}`), true).ALPNProtocols).toBeUndefined();
    expect(tlsOptions(parseAddress('mqtts://broker:443'), true).ALPNProtocols).toBeUndefined();
  });

  test('has no name for an address', () => {
    expect(tlsOptions(parseAddress('mqtts://127.0.0.1'), true)).toEqual({ host: '127.0.0.1', port: 8883 });
  });
});
