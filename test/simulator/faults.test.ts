import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { seededRandom } from '../../cloud/protocol/random.ts';
import { batchFaults, FAULTS, hasBatchFaults, parseFaults } from '../../simulator/faults.ts';

describe('parseFaults', () => {
  test.each([
    ['', {}],
    ['redeliver=0.2', { redeliver: 0.2 }],
    [
      'redeliver=0.2,concurrent=0.1,lost-answer=0.1,coalesce=0.3,reboot=0.01,wrap=1',
      { redeliver: 0.2, concurrent: 0.1, 'lost-answer': 0.1, coalesce: 0.3, reboot: 0.01, wrap: 1 },
    ],
    [' reboot = 0.5 , wrap=.25', { reboot: 0.5, wrap: 0.25 }],
  ])('%j', (text, faults) => {
    expect(parseFaults(text)).toEqual(faults);
  });

  test.each([
    ['redelivery=0.2', 'Did you mean redeliver?'],
    ['lostanswer=1', 'Did you mean lost-answer?'],
    ['rebot=1', 'Did you mean reboot?'],
    ['Wrap=1', 'Did you mean wrap?'],
    ['concurent=1', 'Did you mean concurrent?'],
    ['fire=1', "'fire' is no fault."],
    ['__proto__=1', "'__proto__' is no fault."],
    ['=1', "'' is no fault."],
    ['redeliver', 'no probability'],
    ['redeliver=', 'no probability'],
    ['redeliver=1.1', 'no probability'],
    ['redeliver=-1', 'no probability'],
    ['redeliver=20%', 'no probability'],
    ['redeliver=NaN', 'no probability'],
    ['redeliver=0.1,redeliver=0.2', 'given twice'],
    ['redeliver=0.1,', 'is no fault'],
  ])('refuses %j', (text, message) => {
    expect(() => parseFaults(text)).toThrow(UsageError);
    expect(() => parseFaults(text)).toThrow(message);
  });

  test('names what there is when a name is unknown', () => {
    expect(() => parseFaults('fire=1')).toThrow(
      expect.objectContaining({ fix: expect.stringContaining(FAULTS.join(', ')) }),
    );
  });

  test('gives probabilities, or a UsageError, for any text', () => {
    const pieces = fc.constantFrom(...FAULTS, '=', ',', '0', '1', '.5', '-', ' ', '\n', 'x');
    const texts = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 9 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          for (const [name, value] of Object.entries(parseFaults(text))) {
            expect(FAULTS).toContain(name);
            expect(value >= 0 && value <= 1).toBe(true);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('batchFaults', () => {
  const faults = { redeliver: 0.2, concurrent: 0.1, 'lost-answer': 0.5 };
  const draws = (seed: number) =>
    Array.from({ length: 5_000 }, (_, sequence) => batchFaults(faults, seededRandom(seed), sequence));

  test('come as often as asked', () => {
    const drawn = draws(3);
    expect(drawn.filter(({ redeliver }) => redeliver).length / 5_000).toBeCloseTo(0.2, 1);
    expect(drawn.filter(({ concurrent }) => concurrent).length / 5_000).toBeCloseTo(0.1, 1);
    expect(drawn.filter(({ lostAnswer }) => lostAnswer).length / 5_000).toBeCloseTo(0.5, 1);
  });

  test('depend on seed and event alone, not on what was drawn before', () => {
    const random = seededRandom(3);
    for (let index = 0; index < 10; index++) random.next();
    expect(batchFaults(faults, random, 17)).toEqual(draws(3)[17]);
    expect(draws(4)).not.toEqual(draws(3));
  });

  test('are none where none are asked for', () => {
    expect(hasBatchFaults({ coalesce: 1, reboot: 1, wrap: 1, redeliver: 0 })).toBe(false);
    expect(batchFaults({ wrap: 1 }, seededRandom(1), 0)).toEqual({
      redeliver: false,
      concurrent: false,
      lostAnswer: false,
    });
  });
});
