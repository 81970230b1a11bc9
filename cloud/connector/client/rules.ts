/**
 * Pre-subscription rules: which resources of which boards are observed as soon as a board registers.
 *
 *   [{"endpoint-name":"node*","endpoint-type":"Light","resource-path":["/3200/0/5501"]}, …]
 *
 * Pure. Inside a rule all must hold; without paths it means every observable resource. Names and paths may end in `*`.
 * A key has one list, which is only ever replaced whole. Source: Connector-mDS-REST-API docs/api-reference.md,
 * "Pre-subscription"; limits: Pelion OpenAPI of 29 April 2020, `Presubscription`.
 */
import { FormatError } from '../../protocol/errors.ts';

/** Fields that we do not know are kept as they are: the list is written back whole. */
export interface Rule {
  readonly 'endpoint-name'?: string;
  readonly 'endpoint-type'?: string;
  readonly 'resource-path'?: readonly string[];
}

export const LIMITS = { nameCharacters: 64, typeCharacters: 64, pathCharacters: 128, paths: 256, rules: 1024 } as const;

/** Reads a GET's answer. FormatError RULES_FORMAT if it is no list of rules: what is not understood is not rewritten. */
export function readRules(text: string): Rule[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FormatError('RULES_FORMAT', 'not with JSON', { cause });
  }
  if (!Array.isArray(value)) throw new FormatError('RULES_FORMAT', 'not with a list of rules');
  return value.map(readRule);
}

function readRule(value: unknown, index: number): Rule {
  const refuse = (why: string): FormatError => new FormatError('RULES_FORMAT', `rule ${index + 1} has ${why}`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('no fields');
  // Some write what is not there as null.
  const fields = Object.entries(value).filter(([, field]) => field !== null);
  const rule: Readonly<Record<string, unknown>> = Object.fromEntries(fields);
  for (const name of ['endpoint-name', 'endpoint-type']) {
    if (rule[name] !== undefined && typeof rule[name] !== 'string') throw refuse(`an ${name} that is no text`);
  }
  const paths = rule['resource-path'];
  if (paths !== undefined && !(Array.isArray(paths) && paths.every((path) => typeof path === 'string'))) {
    throw refuse('a resource-path that is no list of texts');
  }
  if (!Object.values(rule).every(isFlat)) throw refuse('a field that is no text, number or list of such');
  return rule;
}

/** Nothing nested: what is nested deep enough could be read, and not be written again. */
function isFlat(field: unknown): boolean {
  return typeof field !== 'object' || (Array.isArray(field) && field.every((item) => typeof item !== 'object'));
}

/** The same, whatever the order of paths. */
export function sameRule(one: Rule, other: Rule): boolean {
  return canonical(one) === canonical(other);
}

/** The rules and this one; the same list if it is among them. */
export function withRule(rules: readonly Rule[], rule: Rule): readonly Rule[] {
  return rules.some((present) => sameRule(present, rule)) ? rules : [...rules, rule];
}

/** The rules without this one; the same list if it is not among them. */
export function withoutRule(rules: readonly Rule[], rule: Rule): readonly Rule[] {
  const rest = rules.filter((present) => !sameRule(present, rule));
  return rest.length === rules.length ? rules : rest;
}

/** What a service with Pelion's limits would refuse these rules for; undefined: nothing. */
export function beyondLimits(rules: readonly Rule[]): string | undefined {
  if (rules.length > LIMITS.rules) return `${rules.length} rules; ${LIMITS.rules} are the most that a key has`;
  const paths = new Set(rules.flatMap((rule) => rule['resource-path'] ?? []));
  if (paths.size > LIMITS.paths) return `${paths.size} different paths; ${LIMITS.paths} are the most that a key has`;
  for (const rule of rules) {
    const long =
      tooLong('an endpoint name', rule['endpoint-name'], LIMITS.nameCharacters) ??
      tooLong('an endpoint type', rule['endpoint-type'], LIMITS.typeCharacters) ??
      rule['resource-path']?.map((path) => tooLong('a path', path, LIMITS.pathCharacters)).find((why) => why);
    if (long !== undefined) return long;
  }
  return undefined;
}

function tooLong(what: string, text: string | undefined, most: number): string | undefined {
  return (text?.length ?? 0) > most ? `${what} of ${text?.length} characters; ${most} are the most` : undefined;
}

/** One text for all ways to write a rule. Duplicate paths are one. */
function canonical(rule: Rule): string {
  const paths = rule['resource-path'];
  const sorted = paths === undefined ? rule : { ...rule, 'resource-path': [...new Set(paths)].sort() };
  return JSON.stringify(Object.entries(sorted).sort(([one], [other]) => (one < other ? -1 : 1)));
}
