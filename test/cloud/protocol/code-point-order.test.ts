/** Names are ordered as UTF-8 orders them, whatever store they come from. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { byCodePoint } from '../../../cloud/protocol/code-point-order.ts';

test('as the bytes of UTF-8', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('a', '\u{fffd}', '\u{e000}', '😀', '\u{10000}') }),
  );
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(byCodePoint(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 2_000 },
  );
  expect(['\u{feff}', '📟', 'b', 'a'].sort(byCodePoint)).toEqual(['a', 'b', '\u{feff}', '📟']);
});
