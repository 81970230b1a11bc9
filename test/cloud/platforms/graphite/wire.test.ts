/** What carbon is sent, byte by byte; and that Python's own pickle reads what is pickled here. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  MOST_FRAME_BYTES,
  MOST_FRAME_POINTS,
  pickleFrames,
} from '../../../../cloud/platforms/graphite/carbon-pickle.ts';
import { textPieces } from '../../../../cloud/platforms/graphite/carbon-text.ts';
import type { Point } from '../../../../cloud/platforms/graphite/metric.ts';

const python = process.env.CI === 'true' || spawnSync('python3', ['--version']).status === 0;

/** Reads frames as carbon does (protocols.py): length, then a pickled list, of which nothing but plain values may be made. */
const READER = `
import json, pickle, struct, sys

class Plain(pickle.Unpickler):
    def find_class(self, module, name):
        raise pickle.UnpicklingError(module)

import io
data, at, frames = sys.stdin.buffer.read(), 0, []
while at < len(data):
    (length,) = struct.unpack("!I", data[at:at + 4])
    frame = data[at + 4:at + 4 + length]
    assert len(frame) == length
    frames.append([[path, repr(float(stamp)), repr(float(value))] for (path, (stamp, value)) in Plain(io.BytesIO(frame)).load()])
    at += 4 + length
print(json.dumps(frames))
`;

function loaded(points: readonly Point[]): [string, number, number][][] {
  const { stdout, stderr } = spawnSync('python3', ['-c', READER], {
    input: Buffer.concat([...pickleFrames(points)]),
    maxBuffer: 2 ** 28,
  });
  if (stdout.length === 0) throw new Error(String(stderr));
  return (JSON.parse(String(stdout)) as string[][][]).map((frame) =>
    frame.map(([path = '', at, value]) => [path, Number(at), Number(value)]),
  );
}

const point = fc.record({
  metric: fc.oneof(fc.string({ minLength: 1, maxLength: 300 }), fc.string({ minLength: 1, unit: 'grapheme' })),
  at: fc.integer({ min: 0, max: 253_402_300_799 }),
  value: fc.oneof(fc.integer({ min: 0, max: 70_000 }), fc.maxSafeNat()),
});

describe('plaintext', () => {
  test('a line each', () => {
    const points = [
      { metric: 'mbed.a', at: 1_763_978_400, value: 3 },
      { metric: 'mbed.b~2E', at: 0, value: 2 ** 53 - 1 },
    ];
    expect(Buffer.concat([...textPieces(points)]).toString()).toBe(
      'mbed.a 3 1763978400\nmbed.b~2E 9007199254740991 0\n',
    );
  });

  test('many come in pieces of whole lines; none, in none', () => {
    const points = Array.from({ length: 10_000 }, (_, index) => ({ metric: `mbed.${index}`, at: 3_600, value: index }));
    const pieces = [...textPieces(points)].map(String);
    expect(pieces.length).toBeGreaterThan(2);
    for (const piece of pieces) expect(piece).toMatch(/^mbed.*\n$/s);
    expect(pieces.join('')).toBe(points.map(({ metric, value }) => `${metric} ${value} 3600\n`).join(''));
    expect([...textPieces([])]).toEqual([]);
  });
});

describe('pickle', () => {
  test.each<[string, Point, string]>([
    [
      'a small one',
      { metric: 'a', at: 3_600, value: 3 },
      '00000018 80025d28 5801000000 61 4a100e0000 4a03000000 8686 652e',
    ],
    [
      'after 2038',
      { metric: 'é', at: 2 ** 31, value: 3 },
      '0000001d 80025d28 5802000000 c3a9 4741e0000000000000 4a03000000 8686 652e',
    ],
    [
      'a large count',
      { metric: 'a', at: 0, value: 2 ** 31 },
      '0000001c 80025d28 5801000000 61 4a00000000 4741e0000000000000 8686 652e',
    ],
  ])('%s', (_what, one, hex) => {
    expect(Buffer.concat([...pickleFrames([one])]).toString('hex')).toBe(hex.replaceAll(' ', ''));
  });

  test('frames of 500 points, and none above a mebibyte', () => {
    const many = Array.from({ length: 1_001 }, (_, index) => ({ metric: `mbed.${index}`, at: 3_600, value: index }));
    expect([...pickleFrames(many)]).toHaveLength(Math.ceil(1_001 / MOST_FRAME_POINTS));
    const long = Array.from({ length: 40 }, () => ({ metric: 'x'.repeat(100_000), at: 3_600, value: 1 }));
    const sizes = [...pickleFrames(long)].map(({ length }) => length - 4);
    expect(sizes).toHaveLength(4);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(MOST_FRAME_BYTES);
    // Of one, to the byte: what is around the name takes 23.
    const largest = { metric: 'x'.repeat(MOST_FRAME_BYTES - 23), at: 0, value: 0 };
    expect([...pickleFrames([largest])][0]).toHaveLength(MOST_FRAME_BYTES + 4);
    expect(() => [...pickleFrames([{ ...largest, metric: `x${largest.metric}` }])]).toThrow(RangeError);
    expect([...pickleFrames([])]).toEqual([]);
  });

  (python ? test : test.skip)("Python's pickle.loads gives back what was put in", () => {
    const points = fc.sample(point, 3_000);
    const frames = loaded(points);
    expect(frames.map(({ length }) => length)).toEqual([500, 500, 500, 500, 500, 500]);
    expect(frames.flat()).toEqual(points.map(({ metric, at, value }) => [metric, at, value]));
  });
});
