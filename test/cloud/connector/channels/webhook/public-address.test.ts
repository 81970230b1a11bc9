import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  isPublicAddress,
  NotPublicError,
  namesSpecialAddress,
  publicLookup,
} from '../../../../../cloud/connector/channels/webhook/public-address.ts';

const PUBLIC = [
  '8.8.8.8',
  '1.1.1.1',
  '172.15.255.255',
  '172.32.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '192.167.255.255',
  '223.255.255.255',
  '2606:4700::1111',
  '2a00::1',
  '2001:4860:4860::8888',
  '::ffff:8.8.8.8',
];
const SPECIAL = [
  '127.0.0.1',
  '127.255.255.255',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '192.0.0.8',
  '192.0.2.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '255.255.255.255',
  '240.0.0.1',
  '::1',
  '::',
  'fe80::1',
  'fc00::1',
  'fd12::1',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '2001:db8::1',
  '2001::1',
  '2002:7f00:1::',
  '3fff::1',
  '100::1',
];

test.each(PUBLIC)('%s is public', (address) => expect(isPublicAddress(address)).toBe(true));
test.each(SPECIAL)('%s is not public', (address) => expect(isPublicAddress(address)).toBe(false));
test.each(['', 'localhost', '1.2.3', 'fe80::1%eth0 ', '8.8.8.8:80'])('%j is no address', (text) => {
  expect(isPublicAddress(text)).toBe(false);
});

test('an IPv4 address is the same written as an IPv6 one', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      expect(isPublicAddress(`::ffff:${address}`)).toBe(isPublicAddress(address));
    }),
  );
});

test('any private address, any way a URL may write it', () => {
  fc.assert(
    fc.property(fc.constantFrom(10, 127), fc.nat(2 ** 24 - 1), (net, rest) => {
      const number = net * 2 ** 24 + rest;
      const hex = number.toString(16);
      for (const host of [
        `${number}`,
        `0x${hex}`,
        `${net}.${rest}`,
        `0${net.toString(8)}.${rest}`,
        `[::ffff:${hex.padStart(8, '0').replace(/^(....)/, '$1:')}]`,
      ]) {
        expect(namesSpecialAddress(new URL(`http://${host}/`))).toBe(true);
      }
    }),
  );
  expect(namesSpecialAddress(new URL('http://localhost/'))).toBe(false);
  expect(namesSpecialAddress(new URL('http://8.8.8.8/'))).toBe(false);
});

describe('publicLookup', () => {
  const giving =
    (...answers: (readonly string[])[]): LookupFunction =>
    (_host, options, callback) => {
      const addresses = (answers.shift() ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      if (options.all === true) callback(null, addresses);
      else callback(null, addresses[0]!.address, addresses[0]!.family);
    };
  const ask = (lookup: LookupFunction, all: boolean) =>
    new Promise<unknown>((resolve) => {
      lookup('receiver.example', { all }, (error, address) => resolve(error ?? address));
    });

  test('gives what is public, in either form', async () => {
    const all = (await ask(publicLookup(giving(['8.8.8.8', '2a00::1'])), true)) as LookupAddress[];
    expect(all).toEqual([
      { address: '8.8.8.8', family: 4 },
      { address: '2a00::1', family: 6 },
    ]);
    expect(await ask(publicLookup(giving(['2a00::1'])), false)).toBe('2a00::1');
  });

  test.each([[[]], [['10.0.0.1']], [['8.8.8.8', '127.0.0.1']], [['2a00::1', '::1']]])('refuses %j', async (found) => {
    expect(await ask(publicLookup(giving(found)), true)).toBeInstanceOf(NotPublicError);
    expect(await ask(publicLookup(giving(found)), false)).toBeInstanceOf(NotPublicError);
  });

  test('asks each time: a name may lead elsewhere than a moment before', async () => {
    const lookup = publicLookup(giving(['8.8.8.8'], ['127.0.0.1']));
    expect(await ask(lookup, false)).toBe('8.8.8.8');
    expect(await ask(lookup, false)).toBeInstanceOf(NotPublicError);
  });

  test('passes an error on', async () => {
    const error = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    expect(
      await ask(
        publicLookup((_host, _options, callback) => callback(error, '')),
        true,
      ),
    ).toBe(error);
  });
});
