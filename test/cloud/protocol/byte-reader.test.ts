import { describe, expect, test } from '@jest/globals';
import { ByteReader } from '../../../cloud/protocol/byte-reader.ts';
import { FormatError } from '../../../cloud/protocol/errors.ts';

const FORMAT = { code: 'SAMPLE_FORMAT', name: 'sample' } as const;
const bytes = Uint8Array.of(0x81, 0x02, 0x03, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0a);
const sample = () => new ByteReader(bytes, FORMAT);

describe('ByteReader', () => {
  test('reads unsigned big-endian numbers, one after the other', () => {
    const reader = sample();
    expect([reader.u8(), reader.u16(), reader.unsigned(6), reader.unsigned(0)]).toEqual([0x81, 0x0203, 2 ** 48 - 1, 0]);
    expect([reader.at, reader.left]).toEqual([9, 1]);
  });

  test('takes bytes as a view of the same memory', () => {
    const taken = sample().take(3);
    expect([...taken]).toEqual([0x81, 0x02, 0x03]);
    expect(taken.buffer).toBe(bytes.buffer);
  });

  const shortReads: [name: string, read: (reader: ByteReader) => unknown, message: string][] = [
    ['take', (reader) => reader.take(11), 'bad sample at byte 0: needs 11 more bytes, has 10'],
    ['u8', (reader) => [reader.take(10), reader.u8()], 'bad sample at byte 10: needs 1 more bytes, has 0'],
    ['u16', (reader) => [reader.take(9), reader.u16()], 'bad sample at byte 9: needs 2 more bytes, has 1'],
    ['within', (reader) => [reader.u8(), reader.within(10)], 'bad sample at byte 1: needs 10 more bytes, has 9'],
    [
      'its part',
      (reader) => [reader.u8(), reader.within(2).take(3)],
      'bad sample at byte 1: needs 3 more bytes, has 2',
    ],
  ];
  test.each(shortReads)('%s past the end throws, with its offset', (_name, read, message) => {
    expect(() => read(sample())).toThrow(new FormatError('SAMPLE_FORMAT', message));
  });

  test('a short read takes nothing', () => {
    const reader = sample();
    expect(() => reader.take(11)).toThrow(FormatError);
    expect(reader.take(10)).toHaveLength(10);
  });

  test('a part ends where it was told, and is skipped by the whole', () => {
    const reader = sample();
    const part = reader.within(4);
    expect([part.left, reader.at]).toEqual([4, 4]);
    part.take(4);
    expect(part.left).toBe(0);
    expect(() => part.u8()).toThrow('byte 4');
  });

  test('a problem names the next byte, or the one it is told, and carries the code', () => {
    const reader = sample();
    reader.u16();
    expect(reader.problem('odd')).toMatchObject({ code: 'SAMPLE_FORMAT', message: 'bad sample at byte 2: odd' });
    expect(reader.problem('odd', 1).message).toBe('bad sample at byte 1: odd');
  });
});
