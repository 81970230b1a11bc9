/** Evaluates what of a template is known before a deployment: names, ids, and texts put together of them. */
import { hash } from 'node:crypto';
import type { Template } from '../../../../../cloud/platforms/azure/template/template.ts';
import { type Expression, parse } from './expression.ts';

/** What a deployment would know. */
const GROUP = '/subscriptions/s/resourceGroups/g';
const KNOWN: Readonly<Record<string, unknown>> = { location: 'West Europe', id: GROUP };

export type Evaluate = (text: string) => unknown;

/** `given` are parameters that whoever deploys gives. References to what is deployed become texts that say what they ask. */
export function evaluator(
  { parameters, variables }: Template,
  given: Readonly<Record<string, unknown>> = {},
): Evaluate {
  const text = (value: string): unknown => {
    const expression = parse(value);
    return expression === undefined ? value : evaluate(expression);
  };
  const resolved = (value: unknown): unknown => (typeof value === 'string' ? text(value) : value);
  const calls: Readonly<Record<string, (...args: readonly unknown[]) => unknown>> = {
    parameters: (name) => {
      if (!(String(name) in parameters)) throw new Error(`there is no parameter ${name}`);
      return given[String(name)] ?? resolved((parameters[String(name)] as { defaultValue?: unknown }).defaultValue);
    },
    variables: (name) => {
      if (!(String(name) in variables)) throw new Error(`there is no variable ${name}`);
      return resolved(variables[String(name)]);
    },
    if: (condition, yes, no) => (condition ? yes : no),
    empty: (value) => value === '',
    string: String,
    toLower: (value) => String(value).toLowerCase(),
    replace: (value, from, to) => String(value).replaceAll(String(from), String(to)),
    format: (pattern, ...args) => String(pattern).replaceAll(/\{(\d)\}/g, (_all, index) => String(args[Number(index)])),
    guid: (...parts) => hash('sha256', parts.join()).slice(0, 32),
    uniqueString: () => 'abcdefghijklm',
    resourceGroup: () => KNOWN,
    subscriptionResourceId: (type, name) => `/subscriptions/s/providers/${type}/${name}`,
    resourceId: (type, ...names) => idOf(String(type), names.map(String)),
    reference: (id) => `reference(${id})`,
  };
  const evaluate = (expression: Expression): unknown => {
    if (typeof expression !== 'object') return expression;
    const { call, args, path } = expression;
    const run = calls[call];
    if (run === undefined) throw new Error(`the function ${call} is not known`);
    const value = run(...args.map(evaluate));
    if (call === 'reference') return [value, ...path].join('.');
    return path.reduce((of, key) => (of as Record<string, unknown>)[key], value);
  };
  return text;
}

/** Types and names take turns. https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-resource#resourceid */
export function idOf(type: string, names: readonly string[]): string {
  const [provider, ...types] = type.split('/');
  if (types.length !== names.length) throw new Error(`${type} has ${types.length} names, not ${names.length}`);
  return `${GROUP}/providers/${provider}/${types.map((one, index) => `${one}/${names[index]}`).join('/')}`;
}
