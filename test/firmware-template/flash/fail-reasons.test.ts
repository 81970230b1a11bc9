/** FAIL.TXT in words: whatever DAPLink can say has a cause, a meaning and a next step, and what it cannot say is shown. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FailType } from '../../../firmware-template/drive/details.ts';
import { failureOf } from '../../../firmware-template/flash/fail-reasons.ts';
import { printable } from '../../../scripts/printable.ts';
import { DAPLINK_ERRORS } from './daplink-errors.ts';

const TYPES: readonly FailType[] = ['internal', 'transient', 'user', 'target', 'interface'];

function typesIn(text: string): FailType[] {
  return text.split(', ').map((word) => TYPES.find((type) => type === word)!);
}

/** The cause that the types ask for, said once more in other words. */
function expectedCause(name: string, types: string): string {
  if (name === 'SECURITY_BITS') return 'would-lock';
  if (types.includes('transient')) return 'transient';
  return { user: 'file-refused', target: 'target', internal: 'interface', interface: 'interface' }[types] ?? types;
}

describe.each(Object.entries(DAPLINK_ERRORS))('%s', (name, [text, types]) => {
  const failure = failureOf({ error: text, types: typesIn(types) }, printable);

  test('has its cause, its meaning and what to do', () => {
    expect(failure.flashCause).toBe(expectedCause(name, types));
    expect(failure.message).toContain(`It says: ${text}`);
    expect(failure.message).toMatch(/^the board refused: [a-z].{15,}\. It says/);
    expect(failure.fix).toMatch(/^[A-Z].{15,}\.$/s);
    // In the table, not guessed from the types.
    const guessed = failureOf({ error: 'something else', types: typesIn(types) }, printable);
    expect(failure.message).not.toContain(guessed.message.slice(0, guessed.message.indexOf('. It says')));
  });

  test('also of a build that writes no types, and ends lines its own way', () => {
    const old = failureOf({ error: `${text.replace(/\.$/, '')} .`, types: [] }, printable);
    expect([old.flashCause, old.fix]).toEqual([failure.flashCause, failure.fix]);
  });
});

test('a text that nobody knows goes by its types, and is shown', () => {
  const failure = failureOf({ error: 'Flux capacitor empty', types: ['target'] }, printable);
  expect(failure.flashCause).toBe('target');
  expect(failure.message).toContain('Flux capacitor empty');
  expect(failureOf({ error: 'Flux capacitor empty', types: [] }, printable).flashCause).toBe('interface');
});

test('the types of the file come before those of the table', () => {
  expect(failureOf({ error: 'The transfer timed out.', types: ['user'] }, printable).flashCause).toBe('file-refused');
});

test('whatever it says: one cause of the five, short, and fit for a terminal', () => {
  const causes = ['would-lock', 'transient', 'file-refused', 'target', 'interface'];
  const anyFail = fc.record({ error: fc.string({ unit: 'binary', maxLength: 3000 }), types: fc.subarray([...TYPES]) });
  fc.assert(
    fc.property(anyFail, (fail) => {
      const failure = failureOf(fail, printable);
      expect(causes).toContain(failure.flashCause);
      expect(failure.message.length).toBeLessThan(700);
      expect(printable(failure.message)).toBe(failure.message);
    }),
  );
});
