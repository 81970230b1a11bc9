import { describe, expect, test } from '@jest/globals';
import { cursorWord, onlyWords, rangeWord, word } from '../../../cloud/dashboard/words.ts';
import { UsageError } from '../../../cloud/protocol/errors.ts';

describe('refused', () => {
  test.each([
    ['a range there is not', () => rangeWord({ range: '1y' })],
    ['a range that every object has', () => rangeWord({ range: 'toString' })],
    ['a word twice', () => word({ endpoint: ['a', 'b'] }, 'endpoint')],
    ['an endless name', () => word({ endpoint: 'x'.repeat(1_025) }, 'endpoint')],
    ['a word nobody reads', () => onlyWords({ rnage: '24h' }, ['range'])],
  ])('%s', (_, run) => {
    expect(run).toThrow(UsageError);
  });
});

test('a range is 24h unless told', () => {
  expect([rangeWord({}), rangeWord({ range: '30d' })]).toEqual(['24h', '30d']);
});

test.each([
  [undefined, undefined],
  ['', undefined],
  ['-1', undefined],
  ['1e3', undefined],
  ['99999999999999999', undefined],
  ['0', 0],
  ['42', 42],
])('cursor %p is %p', (text, cursor) => {
  expect(cursorWord(text)).toBe(cursor);
});
