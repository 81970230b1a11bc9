/** The small preprocessor against a real one: whatever it does not refuse it reads as GCC does. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FormatError } from '../../../cloud/protocol/errors.ts';
import { includeTwice, OLD_SERVER_ADDRESS } from '../../../firmware-template/generate/inclusions.ts';
import { compile, HOST } from '../board/compilers.ts';

const NAMES = ['MBED_SERVER_ADDRESS', 'TCP', 'G', 'MBED_CONF_APP_BUTTON1'];
const macro = fc.constantFrom(...NAMES);
const space = fc.constantFrom(' ', '\t', '  ', ' /* a\n b */ ', '\\\n ', ' /* // */ ');
const value = fc.constantFrom('UDP', '"coap://h:1"', '"a/*b"', '""', '1 // note', '"x\\"//"', 'a /* b */ c', "'\"'");

/** Lines of a header, conditions closed. */
const { block } = fc.letrec<{ block: readonly string[]; piece: readonly string[] }>((tie) => ({
  piece: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(space, macro, space, value).map(([a, name, b, what]) => [`#define${a}${name}${b}${what}`]),
    fc.tuple(space, macro).map(([a, name]) => [`#undef${a}${name}`]),
    fc.constantFrom(
      ['int x;'],
      ['const char *s = "#define TCP 7";'],
      ['/* #undef G', '#define G 9', '*/'],
      ['// #undef TCP'],
      [''],
    ),
    fc.constantFrom(['#pragma once'], ['# pragma GCC poison_not'], ['#include <inttypes.h>'], ['#']),
    fc
      .tuple(fc.constantFrom('#ifdef ', ' # ifndef '), macro, tie('block'), fc.option(tie('block')))
      .map(([word, name, then, otherwise]) => [
        `${word}${name}`,
        ...then,
        ...(otherwise === null ? [] : ['#else', ...otherwise]),
        '#endif // end',
      ]),
  ),
  block: fc.array(tie('piece'), { maxLength: 4 }).map((pieces) => pieces.flat()),
}));

(HOST.wanted ? test : test.skip)('reads what GCC reads', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'mts-cpp-'));
  try {
    const main = join(dir, 'main.cpp');
    await writeFile(
      main,
      `#include "security.h"\n#define MBED_SERVER_ADDRESS ${OLD_SERVER_ADDRESS}\n#include "security.h"\n`,
    );
    await fc.assert(
      fc.asyncProperty(block, fc.constantFrom('\n', '\r\n'), async (lines, end) => {
        const text = lines
          .map((line) => `${line}\n`)
          .join('')
          .replaceAll('\n', end);
        await writeFile(join(dir, 'security.h'), text);
        // With -dM it does not warn.
        const { out } = await compile(HOST, '-E', '-dM', main);
        const { status, err } = await compile(HOST, '-E', main);
        expect({ status, errors: err.match(/error.*/g) }).toEqual({ status: 0, errors: null });
        const { macros, redefined } = includeTwice(text);
        for (const name of NAMES) {
          const theirs = new RegExp(`^#define ${name}(?: (.*))?$`, 'm').exec(out);
          const ours = macros.get(name);
          expect([name, ours?.replace(/\s+/g, ' ')]).toEqual([name, theirs === null ? undefined : (theirs[1] ?? '')]);
        }
        expect(new Set(NAMES.filter((name) => new RegExp(`"${name}" redefined`).test(err)))).toEqual(
          new Set(redefined),
        );
      }),
      { numRuns: 80 },
    );
  } finally {
    await rm(dir, { recursive: true });
  }
});

describe('what it cannot tell it refuses', () => {
  test.each([
    ['#if 1\n#endif\n', /only a compiler/],
    ['#ifdef A\n#elif 1\n#endif\n', /only a compiler/],
    ['#ifdef A\n', /without its #endif/],
    ['#endif\n', /too many/],
    ['#else\n', /too many/],
    ['#ifdef A\n#else\n#else\n#endif\n', /too many/],
    ['#error no\n', /#error/],
    ['#ifdef\n#endif\n', /without a name/],
    ['#undef 1\n', /without a name/],
    ['#define 1 2\n', /no name/],
    ['/* open', /not closed/],
  ])('%j', (text, reason) => {
    expect(() => includeTwice(text)).toThrow(FormatError);
    expect(() => includeTwice(text)).toThrow(reason);
  });

  test('an #error that is not reached is none', () => {
    expect(includeTwice('#ifdef NOBODY\n#error no\n#endif\n').macros.size).toBe(1);
  });
});

test('any text is read or refused, in time that grows as it does', () => {
  const piece = fc.oneof(
    fc.constantFrom('#', '#define ', '#if', '/*', '*/', '//', '"', "'", '\\', '\n', '\\\n', 'A', '__proto__ '),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      try {
        includeTwice(pieces.join(''));
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }),
    { numRuns: 2000 },
  );
  for (const hard of ['/*', '/* */', '"', '#define A (', "'\\", '#ifdef A\n', '\\\n', '//', '#define A"']) {
    const text = hard.repeat(64 * 1024);
    const began = performance.now();
    try {
      includeTwice(text);
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
    }
    expect(performance.now() - began).toBeLessThan(20_000);
  }
});
