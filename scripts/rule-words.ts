/** Words of `mts subscribe` and `unsubscribe` to a rule, and a rule to words. */
import { beyondLimits, type Rule, withRule } from '../cloud/connector/client/rules.ts';
import { UsageError } from '../cloud/protocol/errors.ts';
import { printable } from './printable.ts';

/** The counter of the button, in mbed-os-example-client. */
export const BUTTON_PATH = '/3200/0/5501';

export const ruleOptions = {
  endpoint: { type: 'string', describe: 'Only boards of this name; it may end in *. Default: all' },
  type: { type: 'string', describe: 'Only boards of this endpoint type, to the letter' },
  path: {
    type: 'string',
    array: true,
    nargs: 1,
    default: [BUTTON_PATH],
    describe: 'What they send; it may end in *, and be given several times',
  },
} as const;

export interface RuleWords {
  readonly endpoint?: string | undefined;
  readonly type?: string | undefined;
  readonly path: readonly string[];
}

export function ruleOf({ endpoint, type, path }: RuleWords): Rule {
  if (endpoint !== undefined) checkText('--endpoint', endpoint, /^[^*]+\*?$|^\*$/, 'Write a name, or like board-*.');
  if (type !== undefined) checkText('--type', type, /./, 'Give the endpoint type, like test.');
  for (const one of path) checkText('--path', one, /^\/[^*]*\*?$/, `Write it like ${BUTTON_PATH} or /3200/*.`);
  const rule: Rule = {
    ...(endpoint === undefined ? {} : { 'endpoint-name': endpoint }),
    ...(type === undefined ? {} : { 'endpoint-type': type }),
    'resource-path': [...new Set(path)],
  };
  const beyond = beyondLimits([rule]);
  if (beyond !== undefined) throw new UsageError(`that would be ${beyond}`, 'Give less.');
  return rule;
}

/** Puts a rule beside those of the key. UsageError if they are more than a key has, which the service would refuse. */
export function added(rule: Rule): (before: readonly Rule[]) => readonly Rule[] {
  return (before) => {
    const after = withRule(before, rule);
    const beyond = after === before ? undefined : beyondLimits(after);
    if (beyond === undefined) return after;
    throw new UsageError(
      `with what is subscribed already there would be ${beyond}`,
      'Remove some: see `mts unsubscribe --help`, and --replace of `mts subscribe`.',
    );
  };
}

/** Puts a rule in place of all that the key has. */
export function replacing(rule: Rule): (before: readonly Rule[]) => readonly Rule[] {
  return (before) => (before.length === 1 && withRule(before, rule) === before ? before : [rule]);
}

/** `/3200/0/5501 of every board`, harmless on a terminal whoever wrote the rule. */
export function ruleText(rule: Rule): string {
  const { 'endpoint-name': name, 'endpoint-type': type, 'resource-path': paths } = rule;
  const what = paths === undefined ? 'everything' : paths.join(', ');
  const of = type === undefined ? '' : ` of type ${type}`;
  return printable(`${what} of ${name === undefined ? 'every board' : `board ${name}`}${of}`);
}

function checkText(option: string, text: string, shape: RegExp, fix: string): void {
  if (shape.test(text) && printable(text) === text) return;
  throw new UsageError(`${option} is ${printable(text)}`, fix);
}
