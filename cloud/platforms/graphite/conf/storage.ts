/** Whether storage-schemas.conf and storage-aggregation.conf keep presses by the hour. Pure. */
import { FormatError } from '../../../protocol/errors.ts';
import { HOUR_S, KEPT_HOURS, metricOf } from '../metric.ts';
import type { Finding } from './finding.ts';
import type { Section } from './ini.ts';
import { finds } from './pattern.ts';
import { type Archive, parseRetentions } from './retentions.ts';

const SCHEMAS = 'storage-schemas.conf';
const AGGREGATION = 'storage-aggregation.conf';
const DAY_S = 24 * HOUR_S;
/** Less than this is no history of anything, and shorter than a sink may have been down. */
const LEAST_KEPT_S = 30 * DAY_S;

/** `aggregation` is undefined where the file is not there, which carbon permits. */
export function judgeStorage(
  schemas: readonly Section[],
  aggregation: readonly Section[] | undefined,
  prefix: string,
): Finding[] {
  const findings: Finding[] = [];
  const say = (level: Finding['level'], text: string): void => void findings.push({ level, of: SCHEMAS, text });
  const example = metricOf(prefix, 'board-1');
  const match = firstMatch(schemas, 'retentions', prefix, say);
  if (match === undefined) {
    say('wrong', `no section matches ${example}: carbon keeps a minute's value for a week then`);
    return findings;
  }
  const archives = archivesOf(match, say);
  if (archives === undefined) return findings;
  const [first] = archives;
  const name = `[${match.name}], line ${match.line}`;
  if (first?.step !== HOUR_S) {
    const better = schemas.some((one) => one.line > match.line && matchesAll(one, prefix) && isHourly(one));
    const fix = better
      ? 'a section behind it would keep hours: put that before it'
      : 'put the lines of `mts graphite schemas` before it';
    say(
      'wrong',
      `${name}, is the first that matches ${example}, and keeps a value for ${first?.step} s instead of an hour; ${fix}`,
    );
    return findings;
  }
  if (first.kept < LEAST_KEPT_S) {
    say('wrong', `${name}, keeps hours for ${first.kept / DAY_S} days: totals that are told later are never seen`);
  } else if (first.kept < KEPT_HOURS * HOUR_S) {
    say(
      'note',
      `${name}, keeps hours for ${Math.floor(first.kept / DAY_S)} days, not for five years: older totals wait for ever`,
    );
  }
  if (archives.length > 1) {
    say('note', `${name}, makes hours into longer spans later: \`verify --sink\` compares those no more`);
  }
  return [...findings, ...judgeAggregation(aggregation ?? [], archives, prefix)];
}

function judgeAggregation(sections: readonly Section[], archives: readonly Archive[], prefix: string): Finding[] {
  const findings: Finding[] = [];
  // What never becomes a longer span is never aggregated.
  const level = archives.length > 1 ? 'wrong' : 'note';
  const say = (how: Finding['level'], text: string): void => void findings.push({ level: how, of: AGGREGATION, text });
  const values = firstMatch(sections, undefined, prefix, say)?.values;
  const method = values?.get('aggregationmethod') ?? 'average';
  const share = Number(values?.get('xfilesfactor') ?? 0.5);
  if (method !== 'max' && method !== 'sum') say(level, `longer spans get the ${method} of their hours: max is meant`);
  if (!(share >= 0 && share <= 1)) say('wrong', 'an xFilesFactor is no number from 0 to 1: carbon skips its section');
  else if (share > 0)
    say(
      level,
      `longer spans get no value if less than ${share * 100} % of their hours have one: xFilesFactor 0 is meant`,
    );
  return findings;
}

/** As carbon looks: sections without a pattern, or without what they are for, are skipped. */
function firstMatch(
  sections: readonly Section[],
  needed: string | undefined,
  prefix: string,
  say: (level: Finding['level'], text: string) => void,
): Section | undefined {
  for (const section of sections) {
    const pattern = section.values.get('pattern');
    if (pattern === undefined || pattern === '' || (needed !== undefined && !section.values.has(needed))) {
      say('note', `[${section.name}], line ${section.line}, lacks pattern or ${needed ?? 'value'}: carbon skips it`);
      continue;
    }
    const found = finds(pattern, examplesOf(prefix));
    if (found === 'all') return section;
    if (found === 'some')
      say('wrong', `[${section.name}], line ${section.line}, matches some of the boards' metrics and not others`);
    if (found === undefined) {
      say('note', `[${section.name}], line ${section.line}: only Python can say whether its pattern matches`);
    }
  }
  return undefined;
}

function archivesOf(section: Section, say: (level: Finding['level'], text: string) => void): Archive[] | undefined {
  try {
    return parseRetentions(section.values.get('retentions') ?? '');
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    say('wrong', `[${section.name}], line ${section.line}: ${error.message}: carbon does not start with it`);
    return undefined;
  }
}

function matchesAll({ values }: Section, prefix: string): boolean {
  return finds(values.get('pattern') ?? '', examplesOf(prefix)) === 'all';
}

function isHourly(section: Section): boolean {
  return archivesOf(section, () => undefined)?.[0]?.step === HOUR_S;
}

function examplesOf(prefix: string): string[] {
  return ['board-1', 'K64F_0001', '日本語', '015b000000000000000000010012'].map((name) => metricOf(prefix, name));
}
