/**
 * CoRE link format: what an endpoint offers, as its registration lists it (RFC 6690 §2; OMA-TS-LightweightM2M-V1_0 §5.3.1).
 *
 *   </3200/0/5501>;rt="Button";obs,</3/0>;ct="99"
 *
 * A K64F lists six links in 158 bytes; what is far beyond any endpoint is refused before it is kept. Pure.
 */
import { FormatError } from '../errors.ts';

export interface Link {
  /** What is between `<` and `>`, as it stands: `/3200/0/5501`. */
  readonly target: string;
  /** Attributes in their order; '' for one without a value, like `obs`. Quotes are taken off. */
  readonly attributes: readonly LinkAttribute[];
}

export interface LinkAttribute {
  readonly name: string;
  readonly value: string;
}

/** Limits of what is read. */
export interface LinkLimits {
  readonly links: number;
  /** Of one link. */
  readonly attributes: number;
}

export const DEFAULT_LINK_LIMITS: LinkLimits = { links: 1_000, attributes: 20 };

/** RFC 6690 §2 ABNF: `parmname` of RFC 2231, what RFC 5987 calls attr-char, and the `*` that may end it. */
const NAME = /[!#$&+\-.^_`|~0-9A-Za-z]+\*?/y;
/** `ptoken`: a value without quotes. */
const BARE = /[!#$%&'()*+\-./:<=>?@[\]^_`{|}~0-9A-Za-z]+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/suy;
const TARGET = /<([^<>]*)>/y;

/** The links of a payload; none of an empty one. FormatError LINK_FORMAT, with the character's offset. */
export function decodeLinks(text: string, limits: LinkLimits = DEFAULT_LINK_LIMITS): Link[] {
  const links: Link[] = [];
  const reader = new TextReader(text);
  if (text === '') return links;
  do {
    if (links.length === limits.links) throw reader.problem(`more than ${limits.links} links`);
    links.push(readLink(reader, limits));
  } while (reader.skip(','));
  if (!reader.atEnd) throw reader.problem('a "," or ";" was expected');
  return links;
}

/** The text of links: values in quotes, but for attributes without one. RangeError: a target or name that cannot be written. */
export function encodeLinks(links: readonly Link[]): string {
  return links.map(linkText).join(',');
}

/** The value of a link's first attribute of a name; undefined if there is none. */
export function attributeOf({ attributes }: Link, name: string): string | undefined {
  return attributes.find((attribute) => attribute.name === name)?.value;
}

class TextReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  /** What a sticky pattern finds here, and moves behind it. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text) ?? undefined;
    this.#at += found?.[0].length ?? 0;
    return found;
  }

  problem(what: string): FormatError {
    return new FormatError('LINK_FORMAT', `bad link format at character ${this.#at}: ${what}`);
  }
}

function readLink(reader: TextReader, limits: LinkLimits): Link {
  const target = reader.match(TARGET)?.[1];
  if (target === undefined) throw reader.problem('a link in "<" and ">" was expected');
  const attributes: LinkAttribute[] = [];
  while (reader.skip(';')) {
    if (attributes.length === limits.attributes) throw reader.problem(`more than ${limits.attributes} attributes`);
    attributes.push(readAttribute(reader));
  }
  return { target, attributes };
}

function readAttribute(reader: TextReader): LinkAttribute {
  const name = reader.match(NAME)?.[0];
  if (name === undefined) throw reader.problem('the name of an attribute was expected');
  if (!reader.skip('=')) return { name, value: '' };
  const quoted = reader.match(QUOTED)?.[1];
  if (quoted !== undefined) return { name, value: quoted.replaceAll(/\\(.)/gsu, '$1') };
  const bare = reader.match(BARE)?.[0];
  if (bare === undefined) throw reader.problem(`the value of ${name} was expected`);
  return { name, value: bare };
}

function linkText({ target, attributes }: Link): string {
  if (/[<>]/.test(target)) throw new RangeError(`link target ${target}`);
  return `<${target}>${attributes.map(attributeText).join('')}`;
}

function attributeText({ name, value }: LinkAttribute): string {
  if (name.match(/^[!#$&+\-.^_`|~0-9A-Za-z]+\*?$/) === null) throw new RangeError(`link attribute ${name}`);
  return value === '' ? `;${name}` : `;${name}="${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
