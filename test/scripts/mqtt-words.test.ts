/** Words about an MQTT broker, and the files that they name. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mqttPlan, ownBroker, refuseBrokerWords, refuseMqttWords } from '../../scripts/mqtt-words.ts';
import { type Authority, makeAuthority, type Pair } from '../simulator/links/mqtt/certificates.ts';

let authority: Authority;
let [first, second]: [Pair, Pair] = [] as never;
beforeAll(async () => {
  authority = await makeAuthority('words');
  [first, second] = [await authority.sign('board-0001', 'client'), await authority.sign('board-0002', 'client')];
  await writeFile(join(authority.dir, 'login'), 'boards:s3cret\n');
});
afterAll(async () => {
  await authority[Symbol.asyncDispose]();
});

const NAMES = ['board-0001', 'board-0002'];
const file = (name: string): string => join(authority.dir, name);

test('nothing said is nothing asked for', async () => {
  expect(await mqttPlan({}, NAMES)).toEqual({});
});

test('values of what the files hold', async () => {
  const words = {
    qos: '0',
    ca: authority.own.certFile,
    cert: first.certFile,
    key: first.keyFile,
    'mqtt-auth-file': file('login'),
  };
  expect(await mqttPlan(words, NAMES)).toEqual({
    qos: 0,
    ca: authority.own.cert,
    credentials: { cert: first.cert, key: first.key },
    login: { user: 'boards', password: 's3cret' },
  });
});

test('{endpoint} in a name: each board its own', async () => {
  const { credentials } = await mqttPlan({ cert: file('{endpoint}.crt'), key: file('{endpoint}.key') }, NAMES);
  if (typeof credentials !== 'function') throw new Error('the same for all');
  expect(await credentials('board-0002')).toEqual({ cert: second.cert, key: second.key });
});

describe('a connection of our own', () => {
  test('its broker, and what to log in with', async () => {
    const broker = await ownBroker('mqtt://localhost', { 'mqtt-auth-file': file('login') });
    expect(broker).toEqual({
      ...{ text: 'mqtt://localhost:1883', aws: false, socket: expect.any(Function) },
      login: { user: 'boards', password: 's3cret' },
    });
  });

  test.each<[string, string, () => Record<string, string>, string]>([
    ['certificates without TLS', 'mqtt://localhost', () => ({ ca: authority.own.certFile }), 'is without TLS'],
    ['AWS IoT Core without TLS', 'mqtt://a.iot.eu-west-1.amazonaws.com', () => ({}), 'speaks TLS only'],
    ['a topic in the address', 'mqtt://localhost/mbed', () => ({}), 'goes on after the port'],
  ])('refused: %s', async (_, url, words, message) => {
    const refused = ownBroker(url, words());
    await expect(refused).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining(message) });
  });

  test('words without a broker', () => {
    expect(() => refuseBrokerWords({ topic: 'x' }, ['topic'], '--mqtt')).toThrow('--topic is for a broker');
    expect(() => refuseBrokerWords({ port: '1' }, ['topic'], '--mqtt')).not.toThrow();
  });
});

describe('refused', () => {
  test.each<[string, () => Record<string, string>, string, string]>([
    ['a QoS that is none', () => ({ qos: '3' }), 'USAGE', '--qos is 3'],
    ['a certificate alone', () => ({ cert: first.certFile }), 'USAGE', '--cert is given without --key'],
    ['a key alone', () => ({ key: first.keyFile }), 'USAGE', '--key is given without --cert'],
    ['another’s key', () => ({ cert: first.certFile, key: second.keyFile }), 'USAGE', 'does not hold the private key'],
    ['a key for a certificate', () => ({ cert: first.keyFile, key: first.keyFile }), 'USAGE', 'holds no certificate'],
    ['a login for a CA', () => ({ ca: file('login') }), 'USAGE', 'holds no certificate'],
    ['a file that is not there', () => ({ ca: file('none') }), 'FILE', 'ENOENT'],
  ])('%s, without telling what a file holds', async (_, words, code, message) => {
    const refused = mqttPlan(words(), NAMES);
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    await expect(refused).rejects.not.toThrow(/s3cret|PRIVATE KEY/);
  });

  test('one board without its certificate, before the run', async () => {
    const words = { cert: file('{endpoint}.crt'), key: file('{endpoint}.key') };
    const refused = mqttPlan(words, [...NAMES, 'board-0003']);
    await expect(refused).rejects.toMatchObject({ code: 'FILE', message: expect.stringContaining('board-0003.crt') });
  });

  test.each(['qos', 'ca', 'cert', 'key', 'mqtt-auth-file'])('--%s for a webhook', (word) => {
    expect(() => refuseMqttWords({ [word]: 'x' })).toThrow(`--${word} is for a broker`);
    expect(() => refuseMqttWords({})).not.toThrow();
  });
});
