/** What is remembered of what was told: the newest, in bounds. */
import { expect, test } from '@jest/globals';
import { Newest } from '../../../cloud/ingest/newest.ts';

test('what was told last stays, what was told longest ago is forgotten', () => {
  const newest = new Newest(2);
  newest.set('a', 1);
  newest.set('b', 2);
  newest.set('a', 3);
  newest.set('c', 4);
  expect([newest.get('a'), newest.get('b'), newest.get('c')]).toEqual([3, undefined, 4]);
});
