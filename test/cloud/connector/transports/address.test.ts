import { expect, test } from '@jest/globals';
import { hostOf, isLoopback, networkOf, peerText } from '../../../../cloud/connector/transports/address.ts';

test.each([
  ['127.0.0.1', true],
  ['127.255.1.2', true],
  ['::1', true],
  ['[::1]', true],
  ['0:0:0:0:0:0:0:1', true],
  ['::ffff:127.0.0.1', true],
  ['localhost', true],
  ['LOCALHOST', true],
  ['box.localhost', true],
  ['', false],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['128.0.0.1', false],
  ['::2', false],
  ['::ffff:10.0.0.1', false],
  ['fe80::1', false],
  ['example.com', false],
  ['localhost.example.com', false],
  ['notlocalhost', false],
  ['127.0.0.1.example.com', false],
  ['127.1', false],
])('%s: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test('a peer is written as in a URL', () => {
  expect(peerText('127.0.0.1', 5683)).toBe('127.0.0.1:5683');
  expect(peerText('::1', 5683)).toBe('[::1]:5683');
  expect(hostOf('[::1]:5683')).toBe('[::1]');
  expect(peerText('::ffff:192.0.2.7', 5683)).toBe('192.0.2.7:5683');
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
  ['1::', '1:0:0:0'],
])('one host of %s has %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
