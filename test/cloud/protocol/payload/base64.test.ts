import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FormatError } from '../../../../cloud/protocol/errors.ts';
import { decodeBase64 } from '../../../../cloud/protocol/payload/base64.ts';

/** RFC 4648, section 10. */
const vectors: [text: string, bytes: string][] = [
  ['', ''],
  ['Zg==', 'f'],
  ['Zm8=', 'fo'],
  ['Zm9v', 'foo'],
  ['Zm9vYg==', 'foob'],
  ['Zm9vYmE=', 'fooba'],
  ['Zm9vYmFy', 'foobar'],
  ['MTIz', '123'],
];

const wrong: [text: string, why: string][] = [
  ['Zg', 'its length, 2, is no multiple of 4'],
  ['Zg=', 'its length, 3, is no multiple of 4'],
  ['Zm9vZg===', 'its length, 9, is no multiple of 4'],
  ['-_-_', 'character 0 is not of the standard alphabet'],
  ['Zm9_', 'character 3 is not of the standard alphabet'],
  ['Zm 9', 'character 2 is not of the standard alphabet'],
  ['Zm9v\r\n\r\n', 'character 4 is not of the standard alphabet'],
  ['Zg==Zg==', 'character 2 is not of the standard alphabet'],
  ['Z===', 'character 1 is not of the standard alphabet'],
  ['====', 'character 0 is not of the standard alphabet'],
  ['Zg=a', 'character 2 is not of the standard alphabet'],
  ['Zm9é', 'character 3 is not of the standard alphabet'],
  ['Zm9☃', 'character 3 is not of the standard alphabet'],
  ['Zh==', 'bits are left over after its last byte'],
  ['Zm9=', 'bits are left over after its last byte'],
];

describe('decodeBase64', () => {
  test.each(vectors)('%j is %j', (text, bytes) => {
    expect(Buffer.from(decodeBase64(text)).toString()).toBe(bytes);
  });

  test.each(wrong)('%j is refused', (text, why) => {
    const refuse = () => decodeBase64(text);
    expect(refuse).toThrow(FormatError);
    expect(refuse).toThrow(
      expect.objectContaining({ code: 'PAYLOAD_FORMAT', message: `the payload is not base64: ${why}` }),
    );
  });

  test('gives back any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(bytes);
      }),
    );
  });

  test('gives every value one text only', () => {
    const texts = fc.string({ unit: fc.constantFrom(...'AQgwZm9/+-_= '), maxLength: 9 });
    fc.assert(
      fc.property(texts, (text) => {
        let bytes: Uint8Array;
        try {
          bytes = decodeBase64(text);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
          return;
        }
        expect(Buffer.from(bytes).toString('base64')).toBe(text);
      }),
      { numRuns: 5_000 },
    );
  });
});
