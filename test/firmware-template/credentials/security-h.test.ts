/** A pasted security.h is read exactly, or refused with what is missing; nothing is guessed, and no key is ever repeated. */
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { UsageError } from '../../../cloud/protocol/errors.ts';
import type { BoardCredentials } from '../../../firmware-template/credentials/credentials.ts';
import { readSecurityH, readWholeSecurityH } from '../../../firmware-template/credentials/security-h.ts';
import { authority, certificate } from './certificates.ts';
import { securityH } from './security-h-text.ts';

const issuer = await authority();
const own = await certificate({ name: 'dom/board-1', issuer });
const BOARD: BoardCredentials = {
  domain: 'dom',
  endpoint: 'board-1',
  serverCert: issuer.cert,
  cert: own.cert,
  key: own.key,
};
const TEXT = securityH(BOARD);
/** Any 12 characters of the key in a message would be too many. */
const keyPieces = (own.key.split('\n')[1] ?? '').match(/.{12}/g) ?? [];

function refusal(text: string): UsageError {
  try {
    readSecurityH(text, 'security.h');
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

test('the file of the old service is read', () => {
  expect(readSecurityH(TEXT, 'security.h')).toEqual(BOARD);
});

test.each<[string, string]>([
  ['CRLF', TEXT.replaceAll('\n', '\r\n')],
  ['a byte order mark', `\uFEFF${TEXT}`],
  ['blanks around', `\n\n  ${TEXT}\n\n`],
  ['no line feed at the end', TEXT.trimEnd()],
  ['comments between', TEXT.replace('#include', '// one\n/* two\n */ #include').replace(';', '/* x */ ;')],
  ['a comment that a directive begins', TEXT.replace('#endif', '#define X /* a\n b */ 1\n#endif')],
  ['LF inside the PEM', TEXT.replaceAll('\\r\\n', '\\n')],
  ['static and a size', TEXT.replace('const uint8_t CERT[]', 'static const uint8_t CERT[1024]')],
  ['a pragma', `#pragma once\n${TEXT}`],
  ['lines joined', TEXT.replace('#define MBED_DOMAIN ', '#define MBED_DOMAIN \\\n  ')],
  ['macros of others', TEXT.replace('#include', '#define OTHER 1\n#include')],
])('with %s it is the same', (_what, text) => {
  expect(readSecurityH(text, 'security.h')).toEqual(BOARD);
});

test('what follows the guard is handed back untouched, and confuses nothing', () => {
  const tail =
    '\n#ifdef MBED_SERVER_ADDRESS\n#define MBED_DOMAIN "other"\n#error not here\n#endif\nconst uint8_t KEY[] = "x;\n';
  expect(readWholeSecurityH(`${TEXT}${tail}`, 'security.h')).toEqual({ credentials: BOARD, tail });
  const windows = `${TEXT}${tail}`.replaceAll('\n', '\r\n');
  expect(readWholeSecurityH(windows, 'security.h').tail).toBe(tail.replaceAll('\n', '\r\n'));
});

const withoutKey = TEXT.slice(0, TEXT.indexOf('const uint8_t KEY'));

test.each<[string, string, string]>([
  ['the example with its #error', `${TEXT}\n#error "Replace with your own"\n`, '#error'],
  ['an #error inside', TEXT.replace('#include', '#error no\n#include'), '#error'],
  ['an #error after a condition', `${TEXT}#ifdef A\n#endif\n # error no\n`, '#error'],
  [
    'nothing',
    '',
    'is only a part of a security.h: MBED_DOMAIN, MBED_ENDPOINT_NAME, SERVER_CERT, CERT, KEY, its beginning',
  ],
  ['its beginning only', withoutKey, 'KEY, the "#endif" at its end missing'],
  ['one part left out', `${withoutKey}#endif\n`, 'is only a part of a security.h: KEY missing'],
  [
    'its end only',
    TEXT.slice(TEXT.indexOf('const uint8_t CERT')),
    'MBED_DOMAIN, MBED_ENDPOINT_NAME, SERVER_CERT, its beginning',
  ],
  [
    'cut off in a string',
    TEXT.slice(0, TEXT.indexOf('const uint8_t KEY') + 100),
    'in KEY: a string has no closing quote',
  ],
  [
    'cut off between strings',
    `${withoutKey}const uint8_t KEY[] = "-----BEGIN PRIVATE KEY-----\\r\\n"\n`,
    'in KEY: its ";" is missing',
  ],
  ['begun in the middle of a value', TEXT.slice(TEXT.indexOf('"MII')), 'on line 1 what is no part'],
  ['lines of a key', own.key, 'on line 1 what is no part'],
  ['an empty name', securityH({ ...BOARD, domain: '' }), 'no value for MBED_DOMAIN'],
  [
    'a name that is the placeholder',
    securityH({ ...BOARD, endpoint: 'MBED_ENDPOINT_NAME' }),
    'no value for MBED_ENDPOINT_NAME',
  ],
  ['another placeholder', securityH({ ...BOARD, domain: 'your domain' }), 'no value for MBED_DOMAIN'],
  ['an empty array', TEXT.replace(/KEY\[\] = [^;]*/, 'KEY[] = ""'), 'no value for KEY'],
  ['an array without text', TEXT.replace(/KEY\[\] = [^;]*/, 'KEY[] = { 0 }'), 'no text in quotes for KEY'],
  ['a macro without text', TEXT.replace('"board-1"', 'NAME'), 'no text in quotes for MBED_ENDPOINT_NAME'],
  ['a PEM that is none', TEXT.replace(/KEY\[\] = [^;]*/, 'KEY[] = "key"'), 'KEY in security.h holds no PEM'],
  [
    'a PEM that is cut off',
    TEXT.replace(/"-----END CERT[^"]*"/, ''),
    'SERVER_CERT in security.h is damaged or cut off',
  ],
  [
    'a key for a certificate',
    TEXT.replace(/ CERT\[\] = [^;]*/, ` CERT[] = "${own.key.replaceAll('\n', '\\n')}"`),
    'certificates are expected',
  ],
  ['a macro twice', TEXT.replace('#include', '#define MBED_DOMAIN "x"\n#include'), 'MBED_DOMAIN twice'],
  ['an array twice', TEXT.replace('#endif', 'const uint8_t KEY[] = "x";\n#endif'), 'KEY twice'],
  ['a condition inside', TEXT.replace('#include', '#if 0\n#include'), '#if where only a guard'],
  ['an else', TEXT.replace('#include', '#else\n#include'), '#else where only a guard'],
  ['an open comment', TEXT.replace('#include', '/* #include'), 'not closed'],
  [
    'a name with a quote',
    TEXT.replace('board-1', 'board\\"1'),
    'security.h: the endpoint name "board\\"1" cannot be used',
  ],
  ['a name with a backslash', TEXT.replace('board-1', 'board\\\\1'), 'has a \\'],
  ['a name with a line feed', TEXT.replace('board-1', 'board\\n1'), 'printable ASCII'],
  ['a name that ends a comment', TEXT.replace('board-1', 'board*/1'), 'comment'],
  ['a name with an ampersand', TEXT.replace('board-1', 'board&1'), 'has a &'],
  ['a name that is not ASCII', TEXT.replace('board-1', 'bücher'), 'printable ASCII'],
  ['an escape of no C', TEXT.replace('board-1', 'board\\q'), 'escape that C does not have'],
  ['64 KiB', `${TEXT}${' '.repeat(65_536)}`, 'more than 65536 bytes'],
  ['64 KiB of UTF-8', `${TEXT}// ${'€'.repeat(22_000)}`, 'more than 65536 bytes'],
  ['another file', 'int main(void) { return 0; }', 'on line 1 what is no part of a security.h'],
])('%s is refused', (_what, text, why) => {
  const { message, fix } = refusal(text);
  expect(message).toContain('security.h');
  expect(message).toContain(why);
  expect(fix).toMatch(/\.$/);
});

test('whatever is done to the file: credentials, or our own error that repeats nothing of the key', () => {
  const at = fc.integer({ min: 0, max: TEXT.length });
  const piece = fc.constantFrom(
    '"',
    '\\',
    '\n',
    ';',
    '#',
    '/*',
    '*/',
    '//',
    '#endif\n',
    '#error\n',
    '#define KEY "x"\n',
    '',
    'x',
    '\0',
  );
  const edits = fc.array(fc.record({ at, length: fc.integer({ min: 0, max: 60 }), piece }), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(fc.oneof(edits, fc.string({ unit: 'binary' })), (change) => {
      const text =
        typeof change === 'string'
          ? change
          : change.reduce(
              (edited, { at, length, piece }) => edited.slice(0, at) + piece + edited.slice(at + length),
              TEXT,
            );
      try {
        expect(Object.keys(readSecurityH(text, 'it'))).toHaveLength(5);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        for (const secret of keyPieces) expect(`${error.message}${error.fix}`).not.toContain(secret);
      }
    }),
    { numRuns: 2_000 },
  );
});
