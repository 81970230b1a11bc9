import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UsageError } from '../../../cloud/protocol/errors.ts';
import { parseSchedule } from '../../../simulator/schedule/parse.ts';

describe('parseSchedule', () => {
  test.each([
    ['steady:20', { kind: 'steady', rate: 20 }],
    ['steady:0.5', { kind: 'steady', rate: 0.5 }],
    ['poisson:2000', { kind: 'poisson', rate: 2_000 }],
    ['office:4000', { kind: 'office', perDay: 4_000, hour: 8 }],
    ['office:4000@0', { kind: 'office', perDay: 4_000, hour: 0 }],
    ['office:4000@23', { kind: 'office', perDay: 4_000, hour: 23 }],
    ['burst:100/60s', { kind: 'burst', count: 100, periodMs: 60_000 }],
    ['burst:1/5m', { kind: 'burst', count: 1, periodMs: 300_000 }],
    ['burst:7/2h', { kind: 'burst', count: 7, periodMs: 7_200_000 }],
  ])('%s', (text, schedule) => {
    expect(parseSchedule(text)).toEqual(schedule);
  });

  test.each([
    '',
    '20',
    'steady',
    'steady:',
    'steady:0',
    'steady:-1',
    'steady:1e3',
    'steady:x',
    'steady:20 ',
    'Steady:20',
    'steady:99999999',
    'steady:Infinity',
    'office:0.5',
    'office:0',
    'office:4000@24',
    'office:4000@',
    'burst:100',
    'burst:100/',
    'burst:100/60',
    'burst:0/60s',
    'burst:100/0s',
    'burst:100/25h',
    'burst:1/60s/2',
    'burst:1/500ms',
    'hourly:3',
    'toString:1',
  ])('refuses %j, and says how to write one', (text) => {
    expect(() => parseSchedule(text)).toThrow(UsageError);
    expect(() => parseSchedule(text)).toThrow(expect.objectContaining({ fix: expect.stringContaining('steady:R') }));
  });

  test('gives a schedule that can be used, or a UsageError, for any text', () => {
    const pieces = fc.constantFrom(
      'steady',
      'poisson',
      'office',
      'burst',
      ':',
      '/',
      '.',
      '-',
      's',
      'm',
      'h',
      '0',
      '1',
      '60',
      '9999',
      ' ',
      '\n',
      '٣',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const { kind, ...numbers } = parseSchedule(text);
          expect(kind).toMatch(/^(steady|poisson|office|burst)$/);
          expect(Object.values(numbers).every((value) => Number.isFinite(value) && value > 0)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
      { numRuns: 20_000 },
    );
  });
});
