/** Messages in a stream, cut anywhere. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LengthFraming, RecordFraming } from '../../../../cloud/connector/transports/framing.ts';
import { FormatError } from '../../../../cloud/protocol/errors.ts';

const MOST = 1_151;
const messages = fc.array(fc.uint8Array({ minLength: 4, maxLength: MOST }), { maxLength: 20 });

/** The stream in pieces: each cut is a share of what is left. */
function pieces(stream: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const found: Uint8Array[] = [];
  let rest = stream;
  for (const cut of cuts) {
    const at = Math.floor(cut * (rest.length + 1));
    found.push(rest.subarray(0, at));
    rest = rest.subarray(at);
  }
  return [...found, rest];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

describe('the length before a message', () => {
  test('is 4 bytes, the upper first', () => {
    expect(hex(new LengthFraming(MOST).write(Buffer.from('40010203ff', 'hex')))).toBe('0000000540010203ff');
    expect(hex(new LengthFraming(MOST).write(new Uint8Array(MOST)).subarray(0, 4))).toBe('0000047f');
  });

  test('whatever was written is read, wherever the stream is cut, and no byte stays', () => {
    fc.assert(
      fc.property(
        messages,
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 30 }),
        (sent, cuts) => {
          const framing = new LengthFraming(MOST);
          const got: string[] = [];
          for (const piece of pieces(Buffer.concat(sent.map((one) => framing.write(one))), cuts)) {
            framing.read(piece, (one) => got.push(hex(one)));
          }
          framing.end();
          expect(got).toEqual(sent.map(hex));
        },
      ),
    );
  });

  test('byte by byte', () => {
    const framing = new LengthFraming(MOST);
    const got: string[] = [];
    for (const byte of Buffer.from('00000004400102030000000540010203ff', 'hex')) {
      framing.read(Uint8Array.of(byte), (one) => got.push(hex(one)));
    }
    expect(got).toEqual(['40010203', '40010203ff']);
  });

  test.each([
    ['larger than the limit', '00000480'],
    ['the upper bytes in use', '00010004'],
    ['all bits', 'ffffffff'],
    ['nothing', '00000000'],
    ['less than a header', '00000003'],
  ])('%s: refused with the four bytes, after what came before', (_name, length) => {
    const framing = new LengthFraming(MOST);
    const got: string[] = [];
    const read = () => framing.read(Buffer.from(`0000000440010203${length}`, 'hex'), (one) => got.push(hex(one)));
    expect(read).toThrow(FormatError);
    expect(got).toEqual(['40010203']);
  });

  test.each(['00', '000000', '00000004', '00000004400102'])('a stream that ends after %s', (bytes) => {
    const framing = new LengthFraming(MOST);
    framing.read(Buffer.from(`0000000440010203${bytes}`, 'hex'), () => {});
    expect(() => framing.end()).toThrow(`${bytes.length / 2} bytes into a frame`);
  });

  test('does not write to what it was given, nor keep it', () => {
    const framing = new LengthFraming(MOST);
    const got: Uint8Array[] = [];
    const chunk = Buffer.from('000000044001', 'hex');
    framing.read(chunk, (one) => got.push(one));
    chunk.fill(0xee);
    framing.read(Buffer.from('0203', 'hex'), (one) => got.push(one));
    expect(got.map(hex)).toEqual(['40010203']);
  });

  test('any bytes: messages within the limits, or its own error', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
        const framing = new LengthFraming(12);
        try {
          for (const chunk of chunks) {
            framing.read(chunk, ({ length }) => expect(length >= 4 && length <= 12).toBe(true));
          }
          framing.end();
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
    );
  });
});

describe('a record', () => {
  test('is a message as it stands, both ways', () => {
    const framing = new RecordFraming(MOST);
    const bytes = Uint8Array.of(0x40, 1, 2, 3);
    const got: Uint8Array[] = [];
    framing.read(framing.write(bytes), (one) => got.push(one));
    expect(got).toEqual([bytes]);
    expect(() => framing.end()).not.toThrow();
  });

  test.each([0, 3, MOST + 1, 16_384])('of %i bytes is refused', (length) => {
    expect(() => new RecordFraming(MOST).read(new Uint8Array(length), () => {})).toThrow(FormatError);
  });
});
