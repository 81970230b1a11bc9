/** What a board can connect to, and what it cannot, with the reason. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UsageError } from '../../../cloud/protocol/errors.ts';
import { readServerAddress, readServerUri, serverUri } from '../../../firmware-template/generate/server-address.ts';

const GOOD: [string, string][] = [
  ['192.168.1.20', 'coap://192.168.1.20:5684'],
  ['192.168.1.20:1', 'coap://192.168.1.20:1'],
  ['10.0.0.255:65535', 'coap://10.0.0.255:65535'],
  ['8.8.8.8', 'coap://8.8.8.8:5684'],
  ['223.255.255.254', 'coap://223.255.255.254:5684'],
  ['connector.example.com', 'coap://connector.example.com:5684'],
  ['Connector.Example.COM:5684', 'coap://connector.example.com:5684'],
  ['raspberrypi', 'coap://raspberrypi:5684'],
  ['xn--bcher-kva.example', 'coap://xn--bcher-kva.example:5684'],
  ['3com.example', 'coap://3com.example:5684'],
  ['local.example', 'coap://local.example:5684'],
  [`${'a'.repeat(63)}.example`, `coap://${'a'.repeat(63)}.example:5684`],
];

const BAD: [string, RegExp][] = [
  ['', /empty/],
  ['127.0.0.1', /loopback/],
  ['127.255.0.9:5684', /loopback/],
  ['0.0.0.0', /no address/],
  ['0.1.2.3', /no address/],
  ['224.0.1.187', /multicast/],
  ['239.255.255.255', /multicast/],
  ['240.0.0.1', /reserved/],
  ['255.255.255.255', /broadcast/],
  ['169.254.7.7', /link-local/],
  ['192.168.1', /four decimal/],
  ['192.168.1.2.3', /four decimal/],
  ['192.168.1.256', /four decimal/],
  ['192.168.01.2', /four decimal/],
  ['0xc0.168.1.2', /four decimal|no host/],
  ['192.168.1.0x14', /four decimal/],
  ['3232235796', /four decimal/],
  ['example.123', /four decimal/],
  ['::1', /IPv6/],
  ['[fd00::2]:5684', /IPv6/],
  ['fe80::1%eth0', /IPv6/],
  ['api.connector.mbed.com', /closed in 2018/],
  ['localhost', /localhost/],
  ['a.LOCALHOST', /localhost/],
  ['mts.local', /mDNS/],
  ['coap://192.168.1.20', /scheme/],
  ['192.168.1.20/rd', /path/],
  ['192.168.1.20?x', /path/],
  ['192.168.1.20#x', /path/],
  ['me@192.168.1.20', /user name/],
  ['192.168.1.20 ', /visible ASCII/],
  ['192.168.1.20\n', /visible ASCII/],
  ['bücher.example', /visible ASCII/],
  ['192.168.1.20:', /port/],
  ['192.168.1.20:0', /port/],
  ['192.168.1.20:65536', /port/],
  ['192.168.1.20:05684', /port/],
  ['192.168.1.20:5684x', /port/],
  ['192.168.1.20:+1', /port/],
  [':5684', /empty/],
  ['a..b', /empty/],
  ['a.', /empty/],
  ['-a.example', /no host/],
  ['a-.example', /no host/],
  ['a_b.example', /no host/],
  ['a"b', /no host/],
  [`${'a'.repeat(64)}.example`, /more than 63/],
  [`${'a.'.repeat(126)}aa`, /254 characters/],
  ['a'.repeat(100_000), /characters/],
];

test.each(GOOD)('%s is %s', (text, uri) => {
  const address = readServerAddress(text, 'tls');
  expect(serverUri(address)).toBe(uri);
  expect(readServerUri(uri, 'tls')).toEqual(address);
});

test.each(BAD)('%j is refused', (text, reason) => {
  expect(() => readServerAddress(text, 'tls')).toThrow(reason);
  expect(() => readServerAddress(text, 'plain')).toThrow(UsageError);
});

test('without a port it is the usual one of the transport', () => {
  expect(readServerAddress('10.1.2.3', 'plain')).toEqual({ host: '10.1.2.3', port: 5683 });
});

describe('as it stands in security.h', () => {
  test.each([
    ['coaps://10.1.2.3:5684', { host: '10.1.2.3', port: 5684 }],
    ['coap://a.example:1', { host: 'a.example', port: 1 }],
  ])('%s is taken', (uri, address) => expect(readServerUri(uri, 'tls')).toEqual(address));

  test.each([
    ['http://10.1.2.3:5684', /not coap/],
    ['10.1.2.3:5684', /not coap/],
    ['coap://10.1.2.3', /no port/],
    ['coap://[fd00::2]:5684', /IPv6/],
    ['coap://127.0.0.1:5684', /loopback/],
    ['coap://10.1.2.3:5684/', /path/],
    ['', /not coap/],
  ])('%j is refused', (uri, reason) => expect(() => readServerUri(uri, 'tls')).toThrow(reason));
});

test('any text is an address that a URL holds too, or a UsageError in ASCII', () => {
  const piece = fc.oneof(
    fc.constantFrom('.', ':', '1', '0', '255', 'a', '-', '127', '[', '/', '@', '.local', '\u202e'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
      const text = pieces.join('');
      try {
        const address = readServerAddress(text, 'tls');
        // The oracle: WHATWG's parser finds the same host, and no path, in it.
        const url = new URL(serverUri(address).replace('coap:', 'http:'));
        expect(url.hostname).toBe(address.host);
        expect(Number(url.port || 80)).toBe(address.port);
        expect(url.pathname).toBe('/');
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
        expect((error as UsageError).message).toMatch(/^[\x20-\x7e]*$/);
      }
    }),
    { numRuns: 2000 },
  );
});
