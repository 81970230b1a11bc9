/** Bytes of a serial port become the lines that were printed, however they are cut and ended. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LineReader, MOST_CHARACTERS } from '../../../firmware-template/serial/line-reader.ts';

/** All lines of these chunks. */
function linesOf(chunks: readonly Uint8Array[]): string[] {
  const reader = new LineReader();
  return [...chunks.flatMap((chunk) => reader.take(chunk)), ...reader.rest()];
}

/** Cuts bytes at the places given. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).sort((one, other) => one - other), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

const places = fc.array(fc.nat(10_000), { maxLength: 20 });

test('lines come whole, whatever ends them and wherever the bytes are cut', () => {
  const line = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 60 })
    .map((text) => text.replaceAll(/[\r\n\u{d800}-\u{dfff}]/gu, 'é'));
  const ending = fc.constantFrom('\n', '\r', '\r\n', '\n\r', '\r\n\r\n', '\n\n');
  fc.assert(
    fc.property(fc.array(fc.tuple(line, ending), { maxLength: 30 }), line, places, (lines, last, where) => {
      fc.pre(lines[0]?.[0].startsWith('\uFEFF') !== true && !last.startsWith('\uFEFF'));
      const bytes = new TextEncoder().encode(lines.flat().join('') + last);
      expect(linesOf(cut(bytes, where))).toEqual([...lines.map(([text]) => text), last]);
    }),
    { numRuns: 2_000 },
  );
});

test('bytes that are no UTF-8 are what TextDecoder makes of them, wherever they are cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), places, (bytes, where) => {
      const expected = new TextDecoder()
        .decode(bytes)
        .split(/[\r\n]/)
        .filter((line) => line !== '');
      expect(linesOf(cut(bytes, where))).toEqual(expected);
    }),
    { numRuns: 2_000 },
  );
});

test('a line without end is given out in pieces, and none of it is lost', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3_000), { maxLength: 10 }), (sizes) => {
      const lines = linesOf(sizes.map((size) => new Uint8Array(size).fill(0x41)));
      expect(lines.join('')).toHaveLength(sizes.reduce((sum, size) => sum + size, 0));
      expect(Math.max(0, ...lines.map((line) => line.length))).toBeLessThan(2 * MOST_CHARACTERS);
    }),
  );
  const reader = new LineReader();
  expect(reader.take(new Uint8Array(1_000_000).fill(0x41)).length).toBeGreaterThan(400);
});

test('half a line of before is not put before what comes after', () => {
  const reader = new LineReader();
  expect(reader.take(Buffer.from('Registered obj\xc3', 'latin1'))).toEqual([]);
  expect(reader.rest()).toEqual(['Registered obj\uFFFD']);
  expect(reader.take(Buffer.from('Starting\n'))).toEqual(['Starting']);
  expect(reader.rest()).toEqual([]);
});
