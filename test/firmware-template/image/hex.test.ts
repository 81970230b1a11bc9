/** Intel HEX: what objcopy reads and writes is read the same here, and what DAPLink could not program is refused. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HexDamage, readHex } from '../../../firmware-template/image/hex.ts';
import { armCompilerWanted, convert } from './compiled-image.ts';
import { intelHex, record } from './k64f-image.ts';

const read = (...lines: readonly string[]) => readHex(Buffer.from(lines.join('\n')));
const END = record(0, 1, []);

describe('records', () => {
  test('are put at their addresses; what is between them is as erased flash', () => {
    const { image, damage, gapBytes } = read(record(2, 0, [1, 2]), record(6, 0, [3]), END);
    expect({ image: [...image], damage, gapBytes }).toEqual({
      image: [0xff, 0xff, 1, 2, 0xff, 0xff, 3],
      damage: undefined,
      gapBytes: 4,
    });
  });

  test('count from a linear base (type 04)', () => {
    const { image } = read(record(0, 4, [0, 1]), record(3, 0, [7]), END);
    expect([image.length, image[0x10003]]).toEqual([0x10004, 7]);
  });

  test('count from a segment (type 02)', () => {
    const { image } = read(record(0, 2, [0x12, 0x34]), record(3, 0, [7]), END);
    expect([image.length, image[0x12343]]).toEqual([0x12344, 7]);
  });

  test('that say where to start (types 03 and 05) change nothing', () => {
    const { image, damage } = read(record(0, 3, [0, 0, 1, 0]), record(0, 0, [7]), record(0, 5, [0, 0, 4, 0x11]), END);
    expect({ image: [...image], damage }).toEqual({ image: [7], damage: undefined });
  });

  test.each(['\n', '\r\n', '\n\n', '\r\n\r\n'])('may end in %j, and the last in nothing', (end) => {
    const { image, damage } = readHex(Buffer.from([record(0, 0, [7]), END].join(end)));
    expect({ image: [...image], damage }).toEqual({ image: [7], damage: undefined });
  });

  test('may be in small letters', () => {
    expect([...read(record(0, 0, [0xab]).toLowerCase(), END).image]).toEqual([0xab]);
  });

  test('may reach to the very end of flash', () => {
    const { image, damage } = read(record(0, 4, [0, 0x0f]), record(0xffff, 0, [7]), END);
    expect({ length: image.length, damage }).toEqual({ length: 0x100000, damage: undefined });
  });
});

describe('damage', () => {
  const good = record(0, 0, [1, 2, 3, 4]);
  test.each<[string, readonly string[], RegExp, RegExp]>([
    ['a digit that changed', [good.replace('0102', '0103'), END], /line 1 is damaged/, /Checksum/],
    ['a digit too few', [good.slice(0, -1), END], /line 1 is no record/, /Checksum/],
    ['a byte too few', [good.slice(0, -2), END], /line 1 says that it has 4 bytes, and has 3/, /Checksum/],
    ['a byte too many', [`${good}00`, END], /line 1 says that it has 4 bytes, and has 5/, /Checksum/],
    ['a letter that is no digit', [good.replace('0102', '0G02'), END], /line 1 is no record/, /Checksum/],
    ['no colon', [good, good.slice(1), END], /line 2 is no record/, /Checksum/],
    ['two records in a line', [good + record(4, 0, [5]), END], /line 1 is no record/, /Checksum/],
    ['a line that does not end', [`:${'0'.repeat(100_000)}`, END], /line 1 has 100001 characters/, /Checksum/],
    ['no end', [good], /line 1 is the last.*cut off/, /timed out/],
    ['nothing', [], /no record says that the file ends/, /timed out/],
    ['more after the end', [good, END, good], /line 2 says that the file ends, but more follows/, /leave out/],
    ['data in the end', [good, record(0, 1, [1])], /line 2 says that the file ends, with data/, /leave out/],
    ['an unknown type', [good, record(4, 6, [1]), END], /line 2 has type 6/, /leave out/],
    ['a type of the micro:bit', [record(0, 0x0a, [0x99, 0, 0xc0, 0xde]), good, END], /line 1 has type 10/, /leave out/],
    ['a base of 1 byte', [record(0, 4, [1]), good, END], /line 1 is a base address of 1 bytes/, /erased/],
    [
      'segments and linear addresses',
      [record(0, 2, [0x10, 0]), good, record(0, 4, [0, 2]), good, END],
      /line 3 mixes/,
      /differ/,
    ],
    ['33 bytes', [record(0, 0, new Array(33).fill(0)), END], /line 1 has 33 bytes of data/, /32 bytes a record/],
    ['an overlap', [good, record(3, 0, [9]), END], /line 2 is for 0x00000003, below 0x00000004/, /ascending/],
    ['the same twice', [good, good, END], /line 2 is for 0x00000000, below 0x00000004/, /ascending/],
    ['an address below', [record(8, 0, [1]), record(0, 0, [1]), END], /line 2 is for 0x00000000/, /ascending/],
    ['RAM', [record(0, 4, [0x20, 0]), good, END], /line 2 is for 0x20000000, where a K64F has no flash/, /erased/],
    [
      'past flash',
      [record(0, 4, [0, 0x0f]), record(0xffff, 0, [1]), record(0, 4, [0, 0x10]), good, END],
      /line 4/,
      /erased/,
    ],
    ['past its segment', [record(0xffff, 0, [1, 2]), END], /line 1 runs over the end of its segment/, /ascending/],
  ])('%s', (_name, lines, message, consequence) => {
    const { damage } = read(...lines);
    expect(damage).toBeInstanceOf(HexDamage);
    expect(damage?.message).toMatch(message);
    expect(damage?.consequence).toMatch(consequence);
    expect(damage?.fix).toMatch(/\.$/);
  });

  test('leaves what came before it', () => {
    expect([...read(good, 'nonsense').image]).toEqual([1, 2, 3, 4]);
  });

  test('is seen wherever one character of the file changes', () => {
    const image = Uint8Array.from({ length: 300 }, (_byte, i) => i * 7);
    const text = intelHex(image);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 0x20, max: 0x7e }), (at, code) => {
        const changed = `${text.slice(0, at)}${String.fromCharCode(code)}${text.slice(at + 1)}`;
        const { image: found, damage } = readHex(Buffer.from(changed));
        return damage !== undefined || Buffer.compare(found, image) === 0;
      }),
      { numRuns: 2000 },
    );
  });
});

const bytes = (maxLength: number) => fc.uint8Array({ minLength: 1, maxLength });

test('what was written is read again, whatever the length of records', () => {
  fc.assert(
    fc.property(bytes(5000), fc.integer({ min: 1, max: 32 }), (image, length) => {
      const { image: found, damage, gapBytes } = readHex(Buffer.from(intelHex(image, length)));
      expect({ damage, gapBytes, same: Buffer.compare(found, image) }).toEqual({
        damage: undefined,
        gapBytes: 0,
        same: 0,
      });
    }),
  );
});

test('any bytes are an image or damage, in no more than flash has', () => {
  const line = fc.oneof(
    fc.string(),
    fc.stringMatching(/^:[0-9A-F]{10,80}$/),
    fc
      .tuple(fc.nat(0xffff), fc.nat(6), fc.array(fc.nat(255), { maxLength: 40 }))
      .map(([address, type, data]) => record(address, type, data)),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), fc.constantFrom('\n', '\r\n', '\r'), (lines, end) => {
      const { image, damage } = readHex(Buffer.from(lines.join(end), 'latin1'));
      expect(image.length).toBeLessThanOrEqual(0x100000);
      expect(damage === undefined || damage instanceof HexDamage).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

(armCompilerWanted ? describe : describe.skip)('objcopy', () => {
  test.each([1, 15, 16, 17, 0x10000, 0x10001, 200_000])('%i bytes that it wrote are read', async (size) => {
    const image = Uint8Array.from({ length: size }, (_byte, i) => (i * 31) >> 3);
    const { image: found, damage } = readHex(await convert(image, '-I', 'binary', '-O', 'ihex'));
    expect({ damage, same: Buffer.compare(found, image) }).toEqual({ damage: undefined, same: 0 });
  });

  test('reads the same from any records as is read here', async () => {
    const piece = fc.tuple(fc.nat(0x9000), fc.array(fc.nat(255), { minLength: 1, maxLength: 32 }));
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 6 }), fc.boolean(), async (pieces, isLinear) => {
        const text = hexOf(pieces, isLinear);
        const { image, damage } = readHex(Buffer.from(text));
        const its = await convert(Buffer.from(text), '-I', 'ihex', '-O', 'binary', '--gap-fill', '0xff');
        expect({ damage, same: Buffer.compare(image, its) }).toEqual({ damage: undefined, same: 0 });
      }),
      { numRuns: 15 },
    );
  });
});

/** Pieces with gaps of the given lengths before them, the first at 0: objcopy begins with the first that there is. */
function hexOf(pieces: readonly (readonly [gap: number, data: readonly number[]])[], isLinear: boolean): string {
  const lines: string[] = [];
  let at = 0;
  for (const [i, [gap, data]] of pieces.entries()) {
    if (i > 0) at += gap;
    // None runs over the end of its segment.
    if ((at & 0xffff) + data.length > 0x10000) at = (at & ~0xffff) + 0x10000;
    lines.push(isLinear ? record(0, 4, [0, at >> 16]) : record(0, 2, [(at >> 16) << 4, 0]));
    lines.push(record(at & 0xffff, 0, data));
    at += data.length;
  }
  return [...lines, record(0, 5, [0, 0, 4, 0x11]), END].join('\r\n');
}
