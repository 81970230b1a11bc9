/** Text survives as a C string literal, whatever it is; the compiler that builds the firmware agrees. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { FormatError } from '../../cloud/protocol/errors.ts';
import { afterBlanks, cString, endOfLine, readCStrings } from '../../firmware-template/c-string.ts';

const run = promisify(execFile);
const GCC = '/usr/bin/gcc';
/** Without it these are named and not run; under CI=true they run all the same, and fail. */
const withGcc = existsSync(GCC) || process.env.CI === 'true' ? describe : describe.skip;

const anyText = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: fc.constantFrom(...'"\\?/*\'\n\r\0\t0178abxfuU=%#ä€😀'), maxLength: 60 }),
  )
  .filter((text) => text.isWellFormed());

/** Sources that are nearly right, which is where a reader goes wrong. */
const nearlyC = fc.string({
  unit: fc.constantFrom('"', '\\', '\n', '\r\n', '/*', '*/', '//', 'a', '0', '7', 'x', '?', ' ', '#'),
  maxLength: 40,
});

test('what was written is read back, and not a byte more', () => {
  fc.assert(
    fc.property(anyText, anyText, (text, after) => {
      const literal = cString(text);
      expect(readCStrings(`${literal};${after}`)).toEqual({ text, end: literal.length });
    }),
  );
});

test('a literal is one line of plain ASCII without trigraphs or comments that could end it', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(cString(text)).toMatch(/^"(?:[\x20\x21\x23-\x3e\x40-\x5b\x5d-\x7e]|\\[nr"?\\]|\\[0-3][0-7]{2})*"$/);
    }),
  );
});

test.each([
  ['"a" "b"\n"c";', 'abc', 11],
  ['"a" /* x */ "b" // y\n "c" ;', 'abc', 25],
  ['"a\\x41" "B"', 'aAB', 11],
  ['"\\101\\0\\7z"', 'A\0\u0007z', 11],
  ['"\\a\\b\\f\\n\\r\\t\\v\\\'\\"\\?\\\\"', '\u0007\b\f\n\r\t\v\'"?\\', 24],
  ['"a\\\nb"', 'ab', 6],
  ['"\u00e4" "\\303\\244"', 'ää', 14],
  ['  ""', '', 4],
])('%j is %j', (source, text, end) => {
  expect(readCStrings(source)).toEqual({ text, end });
});

test.each([[''], ['x'], [' ; "a"'], ["'a'"], ['L"a"']])('%j begins with no literal', (source) => {
  expect(readCStrings(source)).toBeUndefined();
});

test.each([
  ['"a', 'no closing quote'],
  ['"a\n"', 'no closing quote'],
  ['"a\\', 'no closing quote'],
  ['"\\q"', 'escape that C does not have'],
  ['"\\u0041"', 'escape that C does not have'],
  ['"\\400"', 'more than a byte'],
  ['"\\x100"', 'more than a byte'],
  ['"\\377"', 'not UTF-8'],
  ['"a" /* b', 'not closed'],
  ['"aaaaaaaaaaa"', 'more than 10 bytes'],
  ['"aaaaaa" "aaaaa"', 'more than 10 bytes'],
])('%j is refused: %s', (source, why) => {
  expect(() => readCStrings(source, 0, 10)).toThrow(FormatError);
  expect(() => readCStrings(source, 0, 10)).toThrow(why);
});

test('whatever the source is: text, nothing, or our own error', () => {
  fc.assert(
    fc.property(fc.oneof(nearlyC, fc.string({ unit: 'binary' })), (source) => {
      try {
        const read = readCStrings(source);
        expect(read === undefined || read.end <= source.length).toBe(true);
        expect(endOfLine(source, 0)).toBeLessThanOrEqual(source.length);
        expect(afterBlanks(source, 0)).toBeLessThanOrEqual(source.length);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['#define A b\nc', 11],
  ['#define A b \\\n c\nd', 16],
  ['#define A b \\\r\n c\nd', 17],
  ['#define A /* \n */ b\nc', 19],
  ['#define A "/*" b\nc', 16],
  ['#endif // it /* goes\non */', 20],
  ['#endif // it \\\n goes\non', 20],
  ['no end', 6],
])('the line of %j ends at %d', (source, end) => {
  expect(endOfLine(source, 0)).toBe(end);
});

withGcc('gcc', () => {
  test('reads every literal as the same bytes, with trigraphs and without', async () => {
    const texts = [
      ...fc.sample(anyText, { seed: 4, numRuns: 200 }),
      '??/',
      'a??=b',
      '\\x41\\',
      '"; #include "x',
      '%s*/ /*',
    ];
    const dir = await mkdtemp(join(tmpdir(), 'mts-c-string-'));
    try {
      // The assertion is the compiler's own: it does not compile where a byte differs.
      const checks = texts.map((text, i) => {
        const bytes = [...Buffer.from(text)];
        const declared = `static const unsigned char text${i}[] = ${cString(text)};`;
        const wanted = `static const unsigned char wanted${i}[] = {${[...bytes, 0].join(',')}};`;
        const same = `if (sizeof text${i} != ${bytes.length + 1} || memcmp(text${i}, wanted${i}, sizeof wanted${i})) return ${(i % 200) + 1};`;
        return { declared: `${declared}\n${wanted}`, same };
      });
      const source = `#include <string.h>\n${checks.map(({ declared }) => declared).join('\n')}\nint main(void) {\n${checks
        .map(({ same }) => same)
        .join('\n')}\nreturn 0; }\n`;
      await writeFile(join(dir, 'texts.c'), source);
      for (const standard of ['c99', 'gnu17']) {
        const program = join(dir, standard);
        await run(GCC, [`-std=${standard}`, '-Wall', '-Werror', '-o', program, join(dir, 'texts.c')]);
        await run(program, []);
      }
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  test('and its own -E agrees where a directive ends', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'mts-c-line-'));
    try {
      const source = '#define A /* x\n y */ 1 \\\n + 2 // z \\\n 3\nA\n';
      await writeFile(join(dir, 'line.c'), source);
      const { stdout } = await run(GCC, ['-E', '-P', join(dir, 'line.c')]);
      expect(stdout.trim()).toBe('1 + 2');
      expect(source.slice(endOfLine(source, 0))).toBe('\nA\n');
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
