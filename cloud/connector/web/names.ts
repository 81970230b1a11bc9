/**
 * Names of LwM2M objects and resources for people: `/3200/0/5501` is the Counter of a Digital Input.
 *
 * The registry is the package lwm2m-id: OMA's and IPSO's objects. Where the example's own use differs (its 1000 is an object
 * of ARM's making), the name that a board gives in `rt` is the better one, which callers have.
 */
import { createRequire } from 'node:module';

interface Registry {
  getOid(id: number): { readonly key: string } | undefined;
  getRid(object: number, resource: number): { readonly key: string } | undefined;
  getRdef(object: number, resource: number): { readonly type?: string; readonly access?: string } | undefined;
}

export interface PathName {
  /** `Digital Input`, as far as it is known; else `Object 1000`. */
  readonly object: string;
  /** Of a resource: `Counter`, else `Resource 1`. */
  readonly resource?: string;
  /** `integer`, `string`, `float`, `boolean`, `opaque`, `time`. */
  readonly type?: string;
}

const PATH = /^\/(\d{1,5})(?:\/(\d{1,5})(?:\/(\d{1,5}))?)?$/;
/** The registry's short words, as people would write them. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['dIn', 'Digital Input'],
  ['dOut', 'Digital Output'],
  ['aIn', 'Analogue Input'],
  ['aOut', 'Analogue Output'],
  ['lwm2mServer', 'LwM2M Server'],
  ['lwm2mSecurity', 'LwM2M Security'],
  ['dInState', 'Digital Input State'],
]);

let registry: Registry | undefined;

/** Undefined: it is no path of LwM2M. */
export function nameOf(path: string): PathName | undefined {
  const [, objectText, , resourceText] = PATH.exec(path) ?? [];
  if (objectText === undefined) return undefined;
  registry ??= createRequire(import.meta.url)('lwm2m-id') as Registry;
  const object = Number(objectText);
  const objectName = words(registry.getOid(object)?.key) ?? `Object ${object}`;
  if (resourceText === undefined) return { object: objectName };
  const resource = Number(resourceText);
  const type = registry.getRdef(object, resource)?.type;
  return {
    object: objectName,
    resource: words(registry.getRid(object, resource)?.key) ?? `Resource ${resource}`,
    ...(type === undefined ? {} : { type }),
  };
}

/** `onTime` is `On Time`. */
function words(key: string | undefined): string | undefined {
  if (key === undefined || key === 'undefined') return undefined;
  const known = WORDS.get(key);
  if (known !== undefined) return known;
  const spaced = key.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
