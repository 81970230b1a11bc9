/** carbon's configuration files: what Python reads in them, or a FormatError; and nothing that Python refuses. */
import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseIni } from '../../../../../cloud/platforms/graphite/conf/ini.ts';
import { FormatError } from '../../../../../cloud/protocol/errors.ts';

const python = process.env.CI === 'true' || spawnSync('python3', ['--version']).status === 0;

test('sections in order, comments, both signs, values of several lines', () => {
  const text = `# first
[b]
Pattern = ^mbed\\.x = y
retentions: 1h:5y
; not this
[a]
long = one
   # nor this
   two

   three
share = 50%% # no comment
empty =
`;
  const read = parseIni(text).map(({ name, line, values }) => [name, line, [...values]]);
  expect(read).toEqual([
    [
      'b',
      2,
      [
        ['pattern', '^mbed\\.x = y'],
        ['retentions', '1h:5y'],
      ],
    ],
    [
      'a',
      6,
      [
        ['long', 'one\ntwo\n\nthree'],
        ['share', '50% # no comment'],
        ['empty', ''],
      ],
    ],
  ]);
  expect(parseIni('')).toEqual([]);
});

test.each([
  ['a value before any section', 'a = 1', 'line 1'],
  ['no sign', '[a]\n\nb', 'line 3'],
  ['no name', '[a]\n= 1', 'line 2'],
  ['a name twice', '[a]\nb = 1\nB = 2', 'line 3'],
  ['a section twice', '[a]\n[b]\n[a]', 'line 3'],
  ['a section with more behind it', '[a] # why', 'line 1'],
  ['an indented section in a value', '[a]\nb = 1\n  [c]\nd = 1', 'line 3'],
  ['a lone per cent sign', '[a]\nb = 5%', 'line 1'],
  ['a reference', '[a]\nb = %(c)s\nc = 1', 'line 1'],
  ['three per cent signs', '[a]\nb = %%%', 'line 1'],
  ['defaults', '[DEFAULT]\na = 1', 'line 1'],
])('%s: refused, with the line', (_what, text, where) => {
  expect(() => parseIni(text)).toThrow(FormatError);
  expect(() => parseIni(text)).toThrow(where);
});

const line = fc.oneof(
  fc.constantFrom(
    '[a]',
    '[b]',
    ' [c]',
    '[a',
    '[]',
    '# c',
    ' ; c',
    '',
    ' ',
    'x = 1',
    'y: 2',
    ' z = 3',
    '\tw=4',
    'x',
    '=',
    'x =',
    'p = 5%%',
    'p = 5%',
  ),
  fc.stringMatching(/^[ \t]{0,2}[ab[\]=:;#% x]{0,6}$/),
  fc.string({ maxLength: 8 }),
);
const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));

test('whatever the text: sections or a FormatError', () => {
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (whole) => {
      try {
        parseIni(whole);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }),
    { numRuns: 20_000 },
  );
});

const READER = `
import configparser, json, sys
out = []
for text in json.load(sys.stdin):
    parser = configparser.ConfigParser()
    try:
        parser.read_string(text)
        out.append([[name, [list(item) for item in parser.items(name)]] for name in parser.sections()])
    except (configparser.Error, ValueError):
        out.append(None)
print(json.dumps(out))
`;

(python ? test : test.skip)("what is read here, Python's configparser reads as well, and the same", () => {
  const ascii = text.filter((whole) => /^[\t\n -~]*$/.test(whole));
  const texts = fc.sample(ascii, 5_000);
  const { stdout, stderr } = spawnSync('python3', ['-c', READER], { input: JSON.stringify(texts), maxBuffer: 2 ** 28 });
  if (stdout.length === 0) throw new Error(String(stderr));
  const theirs = JSON.parse(String(stdout)) as unknown[];
  let taken = 0;
  for (const [index, whole] of texts.entries()) {
    let ours: unknown;
    try {
      ours = parseIni(whole).map(({ name, values }) => [name, [...values]]);
    } catch {
      continue;
    }
    taken += 1;
    expect([whole, theirs[index]]).toEqual([whole, ours]);
  }
  expect(taken).toBeGreaterThan(100);
});
