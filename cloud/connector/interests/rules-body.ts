/**
 * Pre-subscription rules as a user sends them: PUT /v2/subscriptions.
 *
 *   [{"endpoint-name":"node*","endpoint-type":"Light","resource-path":["/3200/0/5501"]}, ...] ─► rules, or what is wrong
 *
 * A field that we do not know is refused: it may be a condition, and a rule without it would match more than was asked for.
 * Source: Connector-mDS-REST-API docs/api-reference.md, "Pre-subscription"; limits: Pelion OpenAPI of 29 April 2020,
 * `Presubscription`.
 */
import { FormatError } from '../../protocol/errors.ts';
import { beyondLimits, type Rule } from '../client/rules.ts';

const NAME = 'endpoint-name';
const TYPE = 'endpoint-type';
const PATHS = 'resource-path';

/** FormatError RULES_FORMAT, whose message is for whoever sent them. */
export function readRulesBody(text: string): Rule[] {
  const value = parsed(text);
  if (!Array.isArray(value)) throw wrong('the body is no list of rules');
  const rules = value.map((rule, index) => readRule(rule, `rule ${index + 1}`));
  const beyond = beyondLimits(rules);
  if (beyond !== undefined) throw wrong(beyond);
  return rules;
}

function readRule(value: unknown, which: string): Rule {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(`${which} has no fields`);
  // Some write what is not there as null.
  const fields = Object.entries(value).filter(([, field]) => field !== null);
  for (const [field] of fields) {
    if (field !== NAME && field !== TYPE && field !== PATHS) {
      throw wrong(`${which} has a field that is none of ${NAME}, ${TYPE} and ${PATHS}`);
    }
  }
  const { [NAME]: name, [TYPE]: type, [PATHS]: paths }: Record<string, unknown> = Object.fromEntries(fields);
  return {
    ...(name === undefined ? {} : { [NAME]: readPattern(name, `${NAME} of ${which}`) }),
    ...(type === undefined ? {} : { [TYPE]: readText(type, `${TYPE} of ${which}`) }),
    ...(paths === undefined ? {} : { [PATHS]: readPaths(paths, `${PATHS} of ${which}`) }),
  };
}

function readPaths(value: unknown, what: string): string[] {
  if (!Array.isArray(value)) throw wrong(`the ${what} is no list`);
  return value.map((path) => readPattern(path, what));
}

/** The wildcard counts at the end only; elsewhere it would mean something else to somebody. */
function readPattern(value: unknown, what: string): string {
  const text = readText(value, what);
  if (text === '') throw wrong(`the ${what} is empty`);
  if (text.slice(0, -1).includes('*')) throw wrong(`the ${what} has a * that is not at its end`);
  return text;
}

function readText(value: unknown, what: string): string {
  if (typeof value !== 'string') throw wrong(`the ${what} is no text`);
  if (!value.isWellFormed()) throw wrong(`the ${what} is no Unicode text`);
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FormatError('RULES_FORMAT', 'the body is no JSON', { cause });
  }
}

function wrong(why: string): FormatError {
  return new FormatError('RULES_FORMAT', why);
}
