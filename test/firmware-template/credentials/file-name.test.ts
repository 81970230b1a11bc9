/** Any endpoint has a file name of its own, on any system. */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { fileNameOf } from '../../../firmware-template/credentials/file-name.ts';

test.each([
  ['board-1', 'board-1'],
  ['b02ac40a-a501-44d9-be29-e6e0e5303f85', 'b02ac40a-a501-44d9-be29-e6e0e5303f85'],
  ['a/b', 'a%2Fb'],
  ['a b', 'a%20b'],
  ['a:b*|', 'a%3Ab%2A%7C'],
  ['.hidden', '%2Ehidden'],
  ['end.', 'end%2E'],
  ['.', '%2E'],
  ['..', '%2E%2E'],
  ['con', '%63on'],
  ['NUL.txt', '%4EUL.txt'],
  ['COM1', '%43OM1'],
  ['com10', 'com10'],
  ['console', 'console'],
  ['100%', '100%25'],
])('%s is kept as %s', (endpoint, name) => {
  expect(fileNameOf(endpoint)).toBe(name);
});

test('names are safe, and two endpoints never share one', () => {
  const some = fc.oneof(
    fc.string({ minLength: 1, maxLength: 64 }),
    fc.stringMatching(/^[.%]{0,2}(con|CON|aux|com1)?[.%]?[a-c./ ]{0,3}$/),
  );
  fc.assert(
    fc.property(some, some, (one, other) => {
      fc.pre(one !== '');
      expect(fileNameOf(one)).toMatch(/^[A-Za-z0-9_%-](?:[A-Za-z0-9._%-]*[A-Za-z0-9_%-])?$/);
      expect(fileNameOf(one)).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
      expect(decodeURIComponent(fileNameOf(one))).toBe(one);
      expect(fileNameOf(one) === fileNameOf(other)).toBe(one === other);
    }),
    { numRuns: 1_000 },
  );
});
