/** Names that could break out of a C string, a comment, a URL or a certificate are refused, and the user is told why. */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { boardNames, commonName, domainName, endpointName } from '../../firmware-template/names.ts';

test.each([
  ['board-1'],
  ['b02ac40a-a501-44d9-be29-e6e0e5303f85'],
  ['a'],
  ['x'.repeat(64)],
  ['kitchen window/2nd.floor_left'],
])('%s is an endpoint name', (name) => {
  expect(endpointName(name)).toBe(name);
});

test.each([
  ['', 'empty'],
  ['x'.repeat(65), '65 characters'],
  ['a"b', 'has a "'],
  ["a'b", "has a '"],
  ['a\\b', 'has a \\'],
  ['a\nb', 'printable ASCII'],
  ['a\r', 'printable ASCII'],
  ['a\0', 'printable ASCII'],
  ['a&b', 'has a &'],
  ['a*/b', 'comment'],
  ['a/*b', 'comment'],
  ['bücher', 'printable ASCII'],
  ['a\u202eb', 'printable ASCII'],
  ['a??/b', 'has a ?'],
  ['a%2f', 'has a %'],
  ['<b>', 'has a <'],
  [' a', 'space'],
  ['a ', 'space'],
  ['.', 'folder'],
  ['..', 'folder'],
])('%j is refused: %s', (name, why) => {
  expect(() => endpointName(name)).toThrow(UsageError);
  expect(() => endpointName(name)).toThrow(why);
  expect(() => domainName(name)).toThrow(UsageError);
});

test('a domain has no slash, which ends it in a certificate, and an endpoint may', () => {
  expect(() => domainName('a/b')).toThrow('ends it in a certificate');
  expect(commonName(boardNames({ domain: 'd', endpoint: 'a/b' }))).toBe('d/a/b');
});

test('a message shows a name in ASCII, so that a file cannot move the cursor of who reads it', () => {
  expect(() => endpointName('a\u202e\u009bb')).toThrow('"a\\u202e\\u009bb"');
});

test('whatever text comes, it is taken as it is or refused with our own error', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
      try {
        expect(endpointName(text)).toBe(text);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
      }
    }),
  );
});
