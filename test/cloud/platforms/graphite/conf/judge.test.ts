/** What is wrong with a configuration of carbon: said of each fault, and of nothing that is right. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judgeCarbonConf } from '../../../../../cloud/platforms/graphite/conf/carbon-conf.ts';
import type { Finding } from '../../../../../cloud/platforms/graphite/conf/finding.ts';
import { parseIni } from '../../../../../cloud/platforms/graphite/conf/ini.ts';
import { finds } from '../../../../../cloud/platforms/graphite/conf/pattern.ts';
import { parseRetentions } from '../../../../../cloud/platforms/graphite/conf/retentions.ts';
import { judgeServer } from '../../../../../cloud/platforms/graphite/conf/server.ts';
import { judgeStorage } from '../../../../../cloud/platforms/graphite/conf/storage.ts';
import { aggregationLines, schemaLines } from '../../../../../cloud/platforms/graphite/conf/wanted.ts';
import type { Question, Render } from '../../../../../cloud/platforms/graphite/render.ts';
import type { Series } from '../../../../../cloud/platforms/graphite/series.ts';
import { FormatError } from '../../../../../cloud/protocol/errors.ts';

const PREFIX = 'mbed.button_presses';
const OURS = schemaLines(PREFIX);
const AGGREGATION = aggregationLines(PREFIX);
const DEFAULT = '[default]\npattern = .*\nretentions = 60s:1d,5m:30d,1h:3y\n';

function storage(schemas: string, aggregation: string | undefined = AGGREGATION, prefix = PREFIX): Finding[] {
  return judgeStorage(parseIni(schemas), aggregation === undefined ? undefined : parseIni(aggregation), prefix);
}

function cache(lines: string): Finding[] {
  return judgeCarbonConf(parseIni(`[cache]\nMAX_UPDATES_PER_SECOND = inf\n${lines}`));
}

const wrong = (findings: readonly Finding[]): string[] =>
  findings.filter(({ level }) => level === 'wrong').map(({ text }) => text);

describe('storage-schemas.conf', () => {
  test.each(['mbed.button_presses', 'a', 'a-b.c_d'])('the lines for %s are right', (prefix) => {
    expect(storage(`${schemaLines(prefix)}${DEFAULT}`, aggregationLines(prefix), prefix)).toEqual([]);
  });

  test.each([
    ['nothing', '', /no section matches mbed\.button_presses\.board-1/],
    ['sections of others', '[carbon]\npattern = ^carbon\\.\nretentions = 60:90d\n', /no section matches/],
    ["Debian's", DEFAULT, /^\[default\], line 1, is the first.*60 s instead of an hour; put the lines/],
    ['ours behind another', `${DEFAULT}${OURS}`, /^\[default\], line 1.*a section behind it/],
    [
      'one that matches only some',
      `[some]\npattern = board\nretentions = 60:1d\n${OURS}`,
      /^\[some\], line 1, matches some/,
    ],
    ['days', '[a]\npattern = .\nretentions = 1d:5y\n', /86400 s instead of an hour/],
    ['a week of hours', '[a]\npattern = .\nretentions = 1h:7d\n', /for 7 days/],
    ['no retention that carbon knows', '[a]\npattern = .\nretentions = 1h:5z\n', /is no retention/],
  ])('%s: wrong', (_what, schemas, why) => {
    expect(wrong(storage(schemas))).toEqual([expect.stringMatching(why)]);
  });

  test.each([
    ['a year of hours', '[a]\npattern = .\nretentions = 1h:1y\n', AGGREGATION, /365 days, not for five years/],
    ['hours in seconds and points', '[a]\npattern = .\nretentions = 3600:8760\n', AGGREGATION, /365 days/],
    ['a section without retentions before ours', `[a]\npattern = .\n${OURS}`, AGGREGATION, /carbon skips it/],
    [
      "a pattern of Python's before ours",
      `[a]\npattern = (?P<x>.)\nretentions = 60:1d\n${OURS}`,
      AGGREGATION,
      /only Python/,
    ],
    ['days after hours', '[a]\npattern = .\nretentions = 1h:5y,1d:10y\n', AGGREGATION, /longer spans later/],
    ['no aggregation file', OURS, undefined, /the average of their hours/],
  ])('%s: a note', (_what, schemas, aggregation, why) => {
    const findings = storage(schemas, aggregation ?? '');
    expect(wrong(findings)).toEqual([]);
    expect(findings.map(({ text }) => text)).toContainEqual(expect.stringMatching(why));
  });

  test('what becomes days must not become averages, nor nothing', () => {
    const days = '[a]\npattern = .\nretentions = 1h:5y,1d:10y\n';
    expect(wrong(storage(days))).toEqual([]);
    expect(wrong(storage(days, ''))).toEqual([expect.stringContaining('average'), expect.stringContaining('50 %')]);
    expect(wrong(storage(days, '[x]\npattern = .\nxFilesFactor = 7\naggregationMethod = max\n'))).toEqual([
      expect.stringContaining('no number from 0 to 1'),
    ]);
  });
});

describe('retentions', () => {
  test.each([
    ['1h:5y', [[3_600, 157_680_000]]],
    ['60:90d', [[60, 7_776_000]]],
    ['3600:24', [[3_600, 86_400]]],
    [
      '60s:1d, 5m:30d ,1h:3y',
      [
        [60, 86_400],
        [300, 2_592_000],
        [3_600, 94_608_000],
      ],
    ],
    ['1w:1000', [[604_800, 604_800_000]]],
  ])('%s', (text, archives) => expect(parseRetentions(text).map(({ step, kept }) => [step, kept])).toEqual(archives));

  test.each(['', '1h', '1h:', ':1', '1h:5y:1', '1H:5y', '1 h:5y', '0:5', '-1:5', '1h:5y,', '1.5h:1d', '9'.repeat(20)])(
    '%j is none',
    (text) => {
      expect(() => parseRetentions(text)).toThrow(FormatError);
    },
  );

  test('whatever the text: archives or a FormatError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9smhdwy:, ]{0,12}$/)), (text) => {
        try {
          for (const { step, kept } of parseRetentions(text))
            expect([step > 0, Number.isSafeInteger(kept)]).toEqual([true, true]);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

test.each([
  ['^mbed\\.', 'all'],
  ['a$', 'some'],
  ['^carbon\\.', 'none'],
  ['(', undefined],
  ['(?i)MBED', undefined],
  ['mbed\\Z', undefined],
  ['a++', undefined],
])('the pattern %s finds %s', (pattern, found) => expect(finds(pattern, ['mbed.a', 'mbed.b'])).toBe(found));

describe('carbon.conf', () => {
  test.each([
    ['MAX_CREATES_PER_MINUTE = 50', /without a word/],
    ['MAX_CREATES_PER_MINUTE = many', /no number/],
    ['MAX_CACHE_SIZE = 100', /stops reading/],
    ['MAX_CACHE_SIZE = 1000000\nUSE_FLOW_CONTROL = False', /drops what is more/],
    ['PICKLE_RECEIVER_MAX_LENGTH = 1000', /ends a connection/],
    ['[cache:b]\nmax_creates_per_minute = 10', /^\[cache:b\] MAX_CREATES_PER_MINUTE is 10/],
  ])('%s: wrong', (lines, why) => expect(wrong(cache(lines))).toEqual([expect.stringMatching(why)]));

  test('few updates a second', () => {
    const [text] = wrong(judgeCarbonConf(parseIni('[cache]\nMAX_UPDATES_PER_SECOND = 10\n')));
    expect(text).toContain('1,000 take 100 s');
    expect(judgeCarbonConf(parseIni('[cache]\n'))).toEqual([
      { level: 'note', of: 'carbon.conf', text: expect.stringContaining('20 s') },
    ]);
  });

  test.each([
    '',
    'MAX_CREATES_PER_MINUTE = inf\nMAX_CACHE_SIZE = INF',
    'MAX_CACHE_SIZE = 2000000\nUSE_FLOW_CONTROL = yes',
  ])('%j is right', (lines) => expect(cache(lines)).toEqual([]));

  test('of further caches the first one has the settings that they lack', () => {
    expect(wrong(cache('MAX_CREATES_PER_MINUTE = 50\n[cache:b]\nMAX_CREATES_PER_MINUTE = inf'))).toHaveLength(1);
    expect(wrong(cache('MAX_CREATES_PER_MINUTE = 50\n[cache:b]\n'))).toHaveLength(2);
    expect(judgeCarbonConf([])).toEqual([expect.objectContaining({ level: 'note' })]);
  });
});

const DEBIAN = '/etc/carbon';
const debian = existsSync(`${DEBIAN}/carbon.conf`);

(debian ? test : test.skip)('what Debian installs is wrong, in schema and files a minute', () => {
  const read = (name: string) => parseIni(readFileSync(`${DEBIAN}/${name}`, 'utf8'));
  expect(wrong(judgeStorage(read('storage-schemas.conf'), undefined, PREFIX))).toEqual([
    expect.stringContaining('[default]'),
  ]);
  expect(wrong(judgeCarbonConf(read('carbon.conf')))).toEqual([
    expect.stringContaining('MAX_CREATES_PER_MINUTE is 50'),
  ]);
});

describe('a server', () => {
  const of = (...steps: (number | undefined)[]): Series[] =>
    steps.map((step, index) => ({ target: `${PREFIX}.b${index}`, values: new Map(), step }));
  const judged = (series: Series[], asked: Question[] = []): Promise<Finding[]> => {
    const render = {
      ask: async (question: Question) => {
        asked.push(question);
        return series;
      },
    };
    return judgeServer(render as unknown as Render, 'http://g', PREFIX, 7_200_000);
  };

  test('what it has is looked at', async () => {
    const asked: Question[] = [];
    expect(await judged(of(3_600, undefined), asked)).toEqual([]);
    expect(asked).toEqual([{ targets: [`${PREFIX}.*`], from: 7_200 - 3 * 3_600, until: 7_200 }]);
    expect(wrong(await judged(of(60, 3_600, 300, 60, 60)))).toEqual([
      expect.stringMatching(/^4 of 5 .*b0 \(60 s\).*b2 \(300 s\).*b3 \(60 s\): /),
    ]);
    expect(await judged([])).toEqual([{ level: 'note', of: 'http://g', text: expect.stringContaining('yet') }]);
  });
});
