/** The template with its usual settings, and what of it tests ask about. */
import { DEFAULT_SETTINGS, type Resource, template } from '../../../../../cloud/platforms/azure/template/template.ts';
import { evaluator, idOf } from './evaluate.ts';

export const made = template(DEFAULT_SETTINGS);
export const evaluate = evaluator(made);
export const { resources } = made;
export const [SITE, STORAGE] = ['mbed-presses-abcdefghijklm', 'mbedabcdefghijklm'];

function id({ type, name, scope }: Resource): string {
  const own = idOf(type, String(evaluate(name)).split('/'));
  return scope === undefined ? own : `${evaluate(String(scope))} ${own}`;
}

/** Of the resources, in their order. */
export const ids = resources.map(id);
export const byId = resources.map((resource, index) => [ids[index] ?? '', resource] as const);

/** Resources of a type. */
export function found(type: string): Resource[] {
  return resources.filter((resource) => resource.type === type);
}

/** The properties of the first resource of a type. */
export function propertiesOf<T>(type: string): T {
  const [resource] = found(type);
  if (resource === undefined) throw new Error(`there is no ${type}`);
  return resource.properties as T;
}

/** Every text in a value, with where it stands. */
export function* texts(value: unknown, at = ''): Iterable<readonly [at: string, text: string]> {
  if (typeof value === 'string') yield [at, value];
  else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) yield* texts(one, `${at}/${key}`);
  }
}
