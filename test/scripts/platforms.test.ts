/** `mts platforms`: that every platform says of itself what is compared, and that it fits the terminal. */
import { readdir } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PlatformFacts } from '../../cloud/ingest/platform-facts.ts';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { platformFacts } from '../../scripts/platform-facts.ts';
import { comparison, described, wrapped } from '../../scripts/platform-table.ts';
import { platformsVerb } from '../../scripts/verbs/platforms.ts';
import { runAction } from './grafana/run-action.ts';
import { runVerb } from './run-verb.ts';

const all = await platformFacts();

test('every platform has facts, and they are of itself', async () => {
  const entries = await readdir(new URL('../../cloud/platforms', import.meta.url), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(all.map(({ name }) => name).sort()).toEqual(folders.sort());
});

describe.each(all.map((one) => [one.name, one] as const))('%s', (_, one) => {
  test('says all that is compared', () => {
    for (const text of [one.store, one.sink, one.needs, one.exact, one.cost]) expect(text.length).toBeGreaterThan(3);
    expect(one.limits.length).toBeGreaterThan(0);
    expect(one.start.length).toBeGreaterThan(0);
  });

  test('its command lines have verbs and options that the command knows', async () => {
    for (const line of one.start) {
      const path = line
        .split(' ')
        .filter((word, index) => index < 2 && /^[a-z-]+$/.test(word) && !word.startsWith('-'));
      const help = await runVerb([...path, '--help']);
      expect([line, help.status, help.err]).toEqual([line, 0, '']);
      expect(help.out).not.toMatch(/^Commands:/m);
      for (const [, option] of line.matchAll(/ --([a-z0-9-]+)/g))
        expect(help.out).toMatch(new RegExp(`--${option}\\b`));
    }
  });
});

test('side by side in a wide terminal, one below the other in a narrow one, and never wider than it', async () => {
  const wide = (await runAction(platformsVerb, [], 220)).out;
  expect(wide.split('\n')[0]).toMatch(/^platform +counts +graph +needs +exact +costs +limits +start$/);
  const narrow = (await runAction(platformsVerb, [], 80)).out;
  for (const { name } of all) expect(narrow).toMatch(new RegExp(`^${name}$`, 'm'));
  const widest = (text: string): number => Math.max(...text.split('\n').map(({ length }) => length));
  expect([widest(wide) <= 220, widest(narrow) <= 80]).toEqual([true, true]);
});

test('one platform in full; as JSON, what the platforms say', async () => {
  const { out } = await runAction(platformsVerb, ['--platform', 'aws'], 80);
  const aws = all.find(({ name }) => name === 'aws')!;
  expect(out).toBe(described(aws, 80));
  expect(JSON.parse((await runAction(platformsVerb, ['--json'])).out)).toEqual({ platforms: all });
  expect(JSON.parse((await runAction(platformsVerb, ['--platform', 'aws', '--json'])).out)).toEqual({
    platforms: [aws],
  });
  await expect(runAction(platformsVerb, ['--platform', 'mars'])).rejects.toThrow(UsageError);
});

const words = fc.string({ minLength: 1, unit: fc.constantFrom('a', 'b', '-', '/') });

test('wrapping keeps every word in order, and no line is wider', () =>
  fc.assert(
    fc.property(fc.array(words), fc.integer({ min: 1, max: 30 }), (text, width) => {
      const lines = wrapped(text.join(' '), width);
      expect(lines.every(({ length }) => length <= width)).toBe(true);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.join(''));
    }),
  ));

test('text of any length is told whole, at any width', () =>
  fc.assert(
    fc.property(fc.lorem({ maxCount: 60 }), fc.integer({ min: 20, max: 300 }), (text, columns) => {
      const made: PlatformFacts = {
        name: 'x',
        store: text,
        sink: text,
        needs: text,
        exact: text,
        cost: text,
        limits: [text, text],
        start: ['up'],
      };
      const told = comparison([made], columns).split(/\s+/).sort();
      const count = (word: string): number => told.filter((one) => one === word).length;
      for (const word of new Set(text.split(' '))) {
        expect(count(word)).toBeGreaterThanOrEqual(7 * text.split(' ').filter((one) => one === word).length);
      }
    }),
  ));
