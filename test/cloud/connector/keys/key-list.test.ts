import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readKeyList, writeKeyList } from '../../../../cloud/connector/keys/key-list.ts';
import { FormatError } from '../../../../cloud/protocol/errors.ts';

const key = { id: 'k00000000', name: 'a', sha256: '0'.repeat(64), createdMs: 1 };
const other = { id: 'k00000001', name: 'b', sha256: '1'.repeat(64), createdMs: 1, expiresMs: 2 };

test('is read as it was written', () => {
  const list = { keys: [key, other], removed: ['k00000002'] };
  expect(readKeyList(writeKeyList(list))).toEqual(list);
});

test('keeps the newest thousand of those that were removed', () => {
  const removed = Array.from({ length: 1_001 }, (_, index) => `k${String(index).padStart(8, '0')}`);
  expect(readKeyList(writeKeyList({ keys: [], removed })).removed).toEqual(removed.slice(1));
});

const wrong: readonly [string, object, RegExp][] = [
  ['an id twice', { ...other, id: key.id }, /two keys have the same id/],
  ['a name twice', { ...other, name: key.name }, /same name/],
  ['a hash twice', { ...other, sha256: key.sha256 }, /same sha256/],
  ['a name with a line break', { ...other, name: 'a\nb' }, /key 2 has no name/],
  ['a short hash', { ...other, sha256: '00' }, /key 2 has no SHA-256/],
  ['no time', { ...other, createdMs: 'x' }, /made at no time/],
  ['an end that is no time', { ...other, expiresMs: null }, /ends at no time/],
];
test.each(wrong)('with %s is refused', (_, second, why) => {
  expect(() => readKeyList(JSON.stringify({ version: 1, keys: [key, second] }))).toThrow(why);
});

test('whatever the text is: a list, or our own error that tells nothing of it', () => {
  const near = fc.record(
    { version: fc.constantFrom(1, 0, '1'), keys: fc.array(fc.oneof(fc.constant(key), fc.object(), fc.anything())) },
    { requiredKeys: [] },
  );
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fc.anything().map((value) => JSON.stringify(value) ?? ''),
    near.map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        expect(readKeyList(text).keys).toBeInstanceOf(Array);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
        expect((error as Error).cause).toBeUndefined();
      }
    }),
  );
});
