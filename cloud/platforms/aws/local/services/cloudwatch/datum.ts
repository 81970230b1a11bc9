/**
 * One datum of PutMetricData, checked by the service's rules and summed up as the service keeps it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
 */
import type { Fields } from '../fields.ts';
import type { Complaints } from './errors.ts';
import { type Dimension, readDimensions, readMetricName } from './metric.ts';

/** What several values together say. */
export interface Summary {
  readonly sum: number;
  readonly count: number;
  readonly minimum: number;
  readonly maximum: number;
}

export interface Datum extends Summary {
  readonly name: string;
  readonly dimensions: readonly Dimension[];
  /** Seconds since 1970: the start of the second or minute that it is kept at. */
  readonly start: number;
  readonly unit: string;
}

const MAX_AGE_MS = 14 * 24 * 3_600_000;
const MAX_AHEAD_MS = 2 * 3_600_000;
/** Beyond it, values are refused in both directions. */
const MAX_MAGNITUDE = 2 ** 360;
const MAX_VALUES = 150;
const RESOLUTIONS = [1, 60];
const PREFIXES = ['', 'Kilo', 'Mega', 'Giga', 'Tera'];
const SIZES = ['bytes', 'bits'].flatMap((unit) =>
  PREFIXES.map((prefix) => (prefix === '' ? unit.replace('b', 'B') : prefix + unit)),
);
export const UNITS = [
  ...['Seconds', 'Microseconds', 'Milliseconds', ...SIZES, 'Percent', 'Count'],
  ...[...SIZES, 'Count'].map((unit) => `${unit}/Second`),
  'None',
];

/** Reads the datum at `where` (such as `MetricData.member.1.`); what is wrong goes to `complaints`. */
export function readDatum(fields: Fields, where: string, now: number, complaints: Complaints): Datum {
  const name = readMetricName(fields, where, complaints);
  const dimensions = readDimensions(fields, where, complaints);
  const unit = fields.string('Unit') ?? 'None';
  const complain = (message: string) => complaints.add('InvalidParameterValue', message);
  if (!UNITS.includes(unit)) complain(`The parameter ${where}Unit must be a value in the set [ ${UNITS.join(', ')} ].`);
  const resolution = fields.number('StorageResolution') ?? 60;
  if (!RESOLUTIONS.includes(resolution)) complain(`The parameter ${where}StorageResolution must be 1 or 60.`);
  const time = fields.time('Timestamp') ?? now;
  if (time < now - MAX_AGE_MS)
    complain(`The parameter ${where}Timestamp must specify a time within the past two weeks.`);
  if (time > now + MAX_AHEAD_MS) {
    complain(`The parameter ${where}Timestamp must specify a time no more than two hours in the future.`);
  }
  const start = Math.floor(time / 1000 / resolution) * resolution;
  return { name, dimensions, unit, start, ...readValues(fields, where, complaints) };
}

const EMPTY: Summary = { sum: 0, count: 0, minimum: 0, maximum: 0 };

function readValues(fields: Fields, where: string, complaints: Complaints): Summary {
  const [value, set, values] = [fields.number('Value'), fields.fields('StatisticValues'), fields.numbers('Values')];
  const names = Object.entries({ Value: value, StatisticValues: set, Values: values })
    .filter(([, one]) => one !== undefined)
    .map(([name]) => `${where}${name}`);
  if (names.length > 1) {
    const both = names.slice(0, 2).join(' and ');
    complaints.add(
      'InvalidParameterCombination',
      `The parameters ${both} are mutually exclusive and you have specified both.`,
    );
    return EMPTY;
  }
  if (value !== undefined) return single(value, `${where}Value`, complaints);
  if (set !== undefined) return statisticSet(set, `${where}StatisticValues.`, complaints);
  if (values !== undefined) return counted(values, fields.numbers('Counts'), where, complaints);
  const wanted = ['Value', 'Values', 'StatisticValues'].map((name) => `${where}${name}`).join(', ');
  complaints.add('MissingParameter', `At least one of the parameters ${wanted} must be specified.`);
  return EMPTY;
}

function single(value: number, name: string, complaints: Complaints): Summary {
  checkNumber(value, name, complaints);
  return { sum: value, count: 1, minimum: value, maximum: value };
}

function statisticSet(set: Fields, where: string, complaints: Complaints): Summary {
  const read = (member: string): number => {
    const value = set.number(member);
    if (value === undefined) complaints.add('MissingParameter', `The parameter ${where}${member} is required.`);
    else checkNumber(value, `${where}${member}`, complaints);
    return value ?? 0;
  };
  const [count, sum, minimum, maximum] = ['SampleCount', 'Sum', 'Minimum', 'Maximum'].map(read) as [
    number,
    number,
    number,
    number,
  ];
  if (minimum > maximum) {
    complaints.add('InvalidParameterValue', `The parameter ${where}Maximum must not be less than ${where}Minimum.`);
  }
  if (count < 0) complaints.add('InvalidParameterValue', `The parameter ${where}SampleCount must not be negative.`);
  return { sum, count, minimum, maximum };
}

function counted(values: number[], counts: number[] | undefined, where: string, complaints: Complaints): Summary {
  const complain = (message: string) => complaints.add('InvalidParameterValue', message);
  if (values.length === 0) complain(`The collection ${where}Values must not be empty.`);
  if (values.length > MAX_VALUES) {
    complain(`The collection ${where}Values must not have a size greater than ${MAX_VALUES}.`);
  }
  if (counts !== undefined && counts.length !== values.length) {
    complain(`The parameters ${where}Values and ${where}Counts must be of the same size.`);
  }
  values.forEach((value, index) => {
    checkNumber(value, `${where}Values.member.${index + 1}`, complaints);
  });
  counts?.forEach((count, index) => {
    const name = `${where}Counts.member.${index + 1}`;
    checkNumber(count, name, complaints);
    if (count < 0) complain(`The parameter ${name} must not be negative.`);
  });
  const kept = values.map((value, index) => ({ value, count: counts?.[index] ?? 1 })).filter(({ count }) => count > 0);
  if (kept.length === 0) return EMPTY;
  return {
    sum: kept.reduce((sum, { value, count }) => sum + value * count, 0),
    count: kept.reduce((sum, { count }) => sum + count, 0),
    minimum: Math.min(...kept.map(({ value }) => value)),
    maximum: Math.max(...kept.map(({ value }) => value)),
  };
}

function checkNumber(value: number, name: string, complaints: Complaints): void {
  if (Number.isFinite(value) && Math.abs(value) <= MAX_MAGNITUDE) return;
  complaints.add(
    'InvalidParameterValue',
    Number.isFinite(value)
      ? `The value ${value} for parameter ${name} is outside -2^360 to 2^360.`
      : `The value ${value} for parameter ${name} is invalid.`,
  );
}
