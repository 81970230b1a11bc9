import { describe, expect, test } from '@jest/globals';
import type { SeriesAnswer } from '../../../../cloud/dashboard/answer.ts';
import { applyChanges } from '../../../../cloud/dashboard/browser/changes.ts';

const HOURS = ['2026-03-12 14:00:00', '2026-03-12 15:00:00'];

const ANSWER: SeriesAnswer = {
  range: '24h',
  endpoint: null,
  hours: HOURS,
  total: [6, 9],
  series: [{ endpoint: 'a', counts: [4, 5] }],
  others: { boards: 2, counts: [2, 4] },
  cursor: 10,
  freshInMs: 0,
};

describe('applyChanges', () => {
  test('a drawn board: its absolute count, and the total by the difference', () => {
    const changes = [{ endpoint: 'a', hour: HOURS[1]!, count: 8 }];
    const { answer, askAgain } = applyChanges(ANSWER, changes, 11);
    expect(answer).toEqual({ ...ANSWER, total: [6, 12], series: [{ endpoint: 'a', counts: [4, 8] }], cursor: 11 });
    expect(askAgain).toBe(false);
    expect(applyChanges(answer, changes, 12).answer).toEqual({ ...answer, cursor: 12 });
    expect(ANSWER.total).toEqual([6, 9]);
  });

  test.each([
    ['one of the others: only the server knows', {}, { endpoint: 'x', hour: HOURS[0]!, count: 1 }, true],
    ['an hour that is not shown', {}, { endpoint: 'x', hour: '2026-03-12 16:00:00', count: 1 }, false],
    ['another than the one board asked for', { endpoint: 'a' }, { endpoint: 'x', hour: HOURS[0]!, count: 1 }, false],
  ])('%s', (_, difference, change, asks) => {
    const { answer, askAgain } = applyChanges({ ...ANSWER, ...difference }, [change], 11);
    expect([answer.total, askAgain]).toEqual([ANSWER.total, asks]);
  });

  test('what was read before the answer changes nothing', () => {
    const stale = [{ endpoint: 'a', hour: HOURS[1]!, count: 1 }];
    expect(applyChanges(ANSWER, stale, 10).answer).toBe(ANSWER);
  });
});
