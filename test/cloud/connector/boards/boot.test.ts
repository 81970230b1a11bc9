/** The evidence, row by row: what a board's numbers say of its boot. */
import { describe, expect, it } from '@jest/globals';
import { isOverdue, likelyBoot, settleBoot } from '../../../../cloud/connector/boards/boot.ts';

describe('likelyBoot', () => {
  it.each([
    ['after its own update', { updatedBefore: true, messageId: 9, lastMessageId: 40_000 }, 'same'],
    ['the next message id', { updatedBefore: false, messageId: 101, lastMessageId: 100 }, 'same'],
    ['over the end of 16 bits', { updatedBefore: false, messageId: 3, lastMessageId: 65_530 }, 'same'],
    ['sent before, and again now', { updatedBefore: false, messageId: 97, lastMessageId: 100 }, 'same'],
    ['far ahead', { updatedBefore: false, messageId: 164, lastMessageId: 100 }, 'new'],
    ['far behind', { updatedBefore: false, messageId: 30, lastMessageId: 100 }, 'new'],
    ['never heard of', { updatedBefore: false, messageId: 100, lastMessageId: undefined }, 'new'],
  ] as const)('%s', (_what, evidence, likely) => {
    expect(likelyBoot(evidence)).toBe(likely);
  });

  it('knows an overdue message over the end of 16 bits', () => {
    expect([isOverdue(2, 65_534), isOverdue(2, 2), isOverdue(65_534, 2)]).toEqual([true, false, false]);
  });
});

describe('settleBoot', () => {
  const first = (observe: number | undefined, isSameValue = true) => ({ observe, isFirst: true, isSameValue });
  const later = (observe: number) => ({ observe, isFirst: false, isSameValue: false });
  it.each([
    ['new, and its numbers begin', 'new', undefined, first(0), 'new'],
    ['new, but its numbers go on', 'new', 7, first(8), 'same'],
    ['new, and a notification came before the answer', 'new', 7, later(1), 'new'],
    ['same, and its numbers go on', 'same', 7, first(7), 'same'],
    ['same by chance: its numbers begin anew', 'same', 7, first(0, false), 'new'],
    ['same by chance, a notification before the answer', 'same', 7, later(1), 'new'],
    ['same by chance, far along', 'same', 40_000, first(0, false), 'new'],
    ['same, over the end of its numbers', 'same', 65_530, first(0), 'same'],
    ['same, and never a notification', 'same', 0, first(0), 'same'],
    ['same by chance, and never a notification', 'same', 0, first(0, false), 'new'],
    ['same, and nothing is known', 'same', undefined, first(3), 'same'],
    ['an answer without a number', 'new', 7, first(undefined), 'new'],
  ] as const)('%s', (_what, likely, last, answer, settled) => {
    expect(settleBoot(likely, last, answer)).toBe(settled);
  });
});
