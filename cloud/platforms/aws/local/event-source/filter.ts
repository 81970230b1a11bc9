/**
 * Filter criteria of an event source mapping: which records are worth an invocation. Pure.
 *
 * A pattern is an object whose leaves are lists of what a value may be; every key must fit, any of a list will do.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
 */
import { UsageError } from '../../../../protocol/errors.ts';

export type Filter = (record: unknown) => boolean;
type Leaf = (value: unknown) => boolean;

/** A function that says whether a record fits. UsageError for a pattern that is none, or has an operator not known here. */
export function filterBy(pattern: unknown): Filter {
  if (!isObject(pattern) || Object.keys(pattern).length === 0) throw wrong(pattern);
  const fields = Object.entries(pattern).map(([key, part]): [string, Filter] => [
    key,
    Array.isArray(part) ? anyOf(part) : filterBy(part),
  ]);
  return (record) =>
    fields.every(([key, fits]) => fits(isObject(record) && Object.hasOwn(record, key) ? record[key] : undefined));
}

function anyOf(list: readonly unknown[]): Leaf {
  if (list.length === 0) throw wrong(list);
  const leaves = list.map(leafOf);
  return (value) => leaves.some((leaf) => leaf(value));
}

function leafOf(wanted: unknown): Leaf {
  if (!isObject(wanted)) return isPlain(wanted) ? (value) => value === wanted : fail(wanted);
  const [entry, ...more] = Object.entries(wanted);
  if (entry === undefined || more.length > 0) throw wrong(wanted);
  const [operator, operand] = entry;
  switch (operator) {
    case 'exists':
      return typeof operand === 'boolean'
        ? (value) => (value !== undefined && !isObject(value)) === operand
        : fail(wanted);
    case 'prefix':
      return textual(operand, wanted, (value, text) => value.startsWith(text));
    case 'suffix':
      return textual(operand, wanted, (value, text) => value.endsWith(text));
    case 'equals-ignore-case':
      return textual(operand, wanted, (value, text) => value.toLowerCase() === text.toLowerCase());
    case 'anything-but':
      return anythingBut(operand, wanted);
    case 'numeric':
      return numeric(operand, wanted);
    default:
      throw wrong(wanted);
  }
}

function textual(operand: unknown, wanted: unknown, fits: (value: string, text: string) => boolean): Leaf {
  if (typeof operand !== 'string') throw wrong(wanted);
  return (value) => typeof value === 'string' && fits(value, operand);
}

/** A value that is there, and is none of these: what is absent does not fit. */
function anythingBut(operand: unknown, wanted: unknown): Leaf {
  let refused: Leaf;
  if (isObject(operand) && !Array.isArray(operand)) {
    const [name = '', texts] = Object.entries(operand)[0] ?? [];
    if (!['prefix', 'suffix', 'equals-ignore-case'].includes(name)) throw wrong(wanted);
    refused = anyOf([texts].flat().map((text) => ({ [name]: text })));
  } else {
    refused = anyOf([operand].flat());
  }
  return (value) => isPlain(value) && !refused(value);
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
};

/** `["numeric", ">", 0, "<=", 5]`. */
function numeric(operand: unknown, wanted: unknown): Leaf {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 !== 0) throw wrong(wanted);
  const bounds: Array<(value: number) => boolean> = [];
  for (let at = 0; at < operand.length; at += 2) {
    const [name, bound] = [String(operand[at]), operand[at + 1] as unknown];
    const compare = Object.hasOwn(COMPARISONS, name) ? COMPARISONS[name] : undefined;
    if (compare === undefined || typeof bound !== 'number') throw wrong(wanted);
    bounds.push((value) => compare(value, bound));
  }
  return (value) => typeof value === 'number' && bounds.every((fits) => fits(value));
}

function isPlain(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function fail(wanted: unknown): never {
  throw wrong(wanted);
}

function wrong(part: unknown): UsageError {
  const text = JSON.stringify(part) ?? String(part);
  return new UsageError(
    `the filter pattern has ${text}, which is not known here`,
    'Use values, prefix, suffix, equals-ignore-case, anything-but, numeric and exists.',
  );
}
