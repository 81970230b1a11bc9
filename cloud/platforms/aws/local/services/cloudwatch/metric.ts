/**
 * What names a metric: namespace, name and dimensions, and the rules for each.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html and API_MetricDatum.html
 */
import type { Fields } from '../fields.ts';
import type { Complaints } from './errors.ts';

export interface Dimension {
  readonly name: string;
  readonly value: string;
}

export interface MetricName {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly Dimension[];
}

export const MAX_DIMENSIONS = 30;
const MAX_NAME = 255;
const MAX_DIMENSION_VALUE = 1_024;

/** Dimensions of a metric that is written or asked for, ordered by name; `where` is the path that errors name. */
export function readDimensions(fields: Fields, where: string, complaints: Complaints): Dimension[] {
  const list = fields.list('Dimensions') ?? [];
  if (list.length > MAX_DIMENSIONS) {
    complaints.add(
      'InvalidParameterValue',
      `The collection ${where}Dimensions must not have a size greater than ${MAX_DIMENSIONS}.`,
    );
  }
  const dimensions = list.map((one, index) => {
    const at = `${where}Dimensions.member.${index + 1}.`;
    const name = readText(one, 'Name', { at, max: MAX_NAME, noColon: true }, complaints);
    return { name, value: readText(one, 'Value', { at, max: MAX_DIMENSION_VALUE }, complaints) };
  });
  if (new Set(dimensions.map(({ name }) => name)).size < dimensions.length) {
    complaints.add('InvalidParameterValue', `The parameter ${where}Dimensions must not name a dimension twice.`);
  }
  return dimensions.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function readMetricName(fields: Fields, where: string, complaints: Complaints): string {
  return readText(fields, 'MetricName', { at: where, max: MAX_NAME }, complaints);
}

/** Of a metric that is written: those that begin with `AWS/` are the services' own. */
export function readNamespace(fields: Fields, where: string, complaints: Complaints): string {
  return readText(fields, 'Namespace', { at: where, max: MAX_NAME, noColon: true }, complaints);
}

interface TextRule {
  readonly at: string;
  readonly max: number;
  readonly noColon?: boolean;
}

function readText(fields: Fields, member: string, { at, max, noColon }: TextRule, complaints: Complaints): string {
  const text = fields.string(member);
  const name = `${at}${member}`;
  if (text === undefined) {
    complaints.add('MissingParameter', `The parameter ${name} is required.`);
    return '';
  }
  const complain = (message: string) => complaints.add('InvalidParameterValue', message);
  if (text.length < 1) complain(`The parameter ${name} must be longer than 0 characters.`);
  else if (text.trim() === '') complain(`The value for parameter ${name} must contain a non-whitespace character.`);
  if (text.length > max) complain(`The parameter ${name} must be shorter than ${max + 1} characters.`);
  if (NOT_ASCII.test(text)) complain(`The value for parameter ${name} contains non-ASCII characters.`);
  if (CONTROL.test(text)) complain(`The value for parameter ${name} contains control characters.`);
  if (noColon && text.startsWith(':')) complain(`The value for parameter ${name} must not start with a colon.`);
  return text;
}

const NOT_ASCII = /[^\p{ASCII}]/u;
const CONTROL = /\p{Cc}/u;
