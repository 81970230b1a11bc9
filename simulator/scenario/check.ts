/** Checks a value by the schema, and says what is wrong with it as a person would: where, what, and what may be there. */
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { SCENARIO_SCHEMA, type ScenarioFile } from './schema.ts';

const validate = new Ajv2020({ verbose: true }).compile<ScenarioFile>(SCENARIO_SCHEMA);

/** UsageError, with the path of what is wrong, for anything that is no scenario. */
export function checkScenario(value: unknown, fileName: string): ScenarioFile {
  if (validate(value)) return value;
  const { what, fix } = problem(validate.errors ?? []);
  throw new UsageError(`${fileName}: ${what}`, fix);
}

/** `phases[1].faults` of `/phases/1/faults`, with one more name where there is one. */
export function pathText(pointer: string, last?: string): string {
  const names = pointer.split('/').slice(1);
  // RFC 6901 §4: ~1 and ~0 stand for what would mean something else.
  const all = names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (last !== undefined) all.push(last);
  const text = all.map((name) => (/^\d+$/.test(name) ? `[${name}]` : `.${nameText(name)}`)).join('');
  return text.replace(/^\./, '');
}

/** What others wrote, on one line and not too long. */
export function shown(value: unknown): string {
  if (typeof value === 'string' && /^[a-z][\w-]{0,60}$/i.test(value)) return value;
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function nameText(name: string): string {
  return /^[\w-]{1,60}$/.test(name) ? name : shown(name);
}

function problem(errors: readonly ErrorObject[]): { readonly what: string; readonly fix: string } {
  // Those of the alternatives come before that which says that none or both fit.
  const error = errors.find(({ keyword }) => keyword === 'oneOf') ?? errors[0];
  if (error === undefined) return { what: 'it is no scenario', fix: 'See the schema.' };
  const { instancePath, keyword, params, parentSchema, data, schema } = error;
  const path = instancePath === '' ? 'the whole' : pathText(instancePath);
  switch (keyword) {
    case 'additionalProperties': {
      const known = Object.keys((parentSchema as { properties: object }).properties).join(', ');
      return {
        what: `${pathText(instancePath, params.additionalProperty)} is unknown`,
        fix: `Give some of: ${known}.`,
      };
    }
    case 'required': {
      const missing = pathText(instancePath, params.missingProperty);
      return { what: `${missing} is missing`, fix: `Give ${missing}.` };
    }
    case 'oneOf':
      return { what: `${path} needs a rate or a schedule, and not both`, fix: 'Give rate: 2, or schedule: poisson:2.' };
    case 'enum':
      return { what: `${path} is ${shown(data)}`, fix: `Give one of: ${(schema as string[]).join(', ')}.` };
    default: {
      const { description } = parentSchema as { description?: string };
      const what = `${path} is ${shown(data)}: it ${error.message ?? 'is wrong'}`;
      return { what, fix: description ?? 'Write it as the schema says.' };
    }
  }
}
