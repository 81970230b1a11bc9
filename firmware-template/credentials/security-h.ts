/**
 * Reads security.h, the file in which a board is told who it is: one of the old service, or one that was generated here.
 *
 *   #ifndef __SECURITY_H__ … #define MBED_DOMAIN "…"  #define MBED_ENDPOINT_NAME "…"
 *   const uint8_t SERVER_CERT[] = "…" "…";  CERT[]  KEY[]  … #endif
 *
 * The shape is that of mbed-os-example-client's security.h as the service filled it in. Only what is inside the guard is
 * read; what follows its #endif is handed back as it is. No compiler: a file with conditions inside the guard is refused,
 * never guessed. Whether certificates are any good is asked elsewhere (check.ts).
 */
import { FormatError, UsageError } from '../../cloud/protocol/errors.ts';
import { afterBlanks, endOfLine, type ReadCStrings, readCStrings } from '../c-string.ts';
import { boardNames } from '../names.ts';
import { certificatesText, keyText } from './board-pem.ts';
import type { BoardCredentials } from './credentials.ts';

export interface SecurityH {
  readonly credentials: BoardCredentials;
  /** What follows the guard's #endif line, as it stands there. */
  readonly tail: string;
}

const MOST_BYTES = 64 * 1024;
const MACROS = ['MBED_DOMAIN', 'MBED_ENDPOINT_NAME'] as const;
const ARRAYS = ['SERVER_CERT', 'CERT', 'KEY'] as const;
const NAMES = [...MACROS, ...ARRAYS];
type Name = (typeof NAMES)[number];

const BEGINNING = 'its beginning, "#ifndef __SECURITY_H__"';
const WHOLE = 'Copy the whole file again, from its first line to "#endif".';

/** What it tells the board. `source` is what messages call the file; UsageError says what about it is wrong. */
export function readSecurityH(text: string, source: string): BoardCredentials {
  return readWholeSecurityH(text, source).credentials;
}

/** The same, and what follows the guard. */
export function readWholeSecurityH(text: string, source: string): SecurityH {
  if (text.length > MOST_BYTES || Buffer.byteLength(text) > MOST_BYTES) {
    throw new UsageError(
      `${source} has more than ${MOST_BYTES} bytes, which no security.h has`,
      'Give the right file.',
    );
  }
  try {
    const { values, tail } = readGuarded(text.replace(/^\uFEFF/, ''), source);
    return { credentials: credentialsOf(values, source), tail };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new UsageError(`${source}: ${error.message}`, WHOLE, { cause: error });
  }
}

function credentialsOf(values: ReadonlyMap<Name, string>, source: string): BoardCredentials {
  if (NAMES.some((name) => !values.has(name))) throw partOf(source, values);
  const value = (name: Name): string => {
    const text = values.get(name)!;
    if (text.trim() !== '' && !placeholder(text)) return text;
    throw new UsageError(`${source} has no value for ${name}: it was never filled in`, 'Give one that was filled in.');
  };
  const names = { domain: value('MBED_DOMAIN'), endpoint: value('MBED_ENDPOINT_NAME') };
  return {
    ...inFile(source, () => boardNames(names)),
    serverCert: certificatesText(value('SERVER_CERT'), `SERVER_CERT in ${source}`),
    cert: certificatesText(value('CERT'), `CERT in ${source}`),
    key: keyText(value('KEY'), `KEY in ${source}`),
  };
}

/** What people and examples write where a value is to be put. */
function placeholder(text: string): boolean {
  return NAMES.some((name) => name === text) || /^(<.*>|your[ _-].*|\.{3}|x{4,}|to-?do)$/i.test(text.trim());
}

function inFile<T>(source: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${source}: ${error.message}`, error.fix ?? WHOLE);
    throw error;
  }
}

interface Guarded {
  readonly values: ReadonlyMap<Name, string>;
  readonly tail: string;
}

function readGuarded(text: string, source: string): Guarded {
  const values = new Map<Name, string>();
  let guard: 'before' | 'inside' | 'after' = 'before';
  let tail = '';
  for (let at = afterBlanks(text, 0); at < text.length && guard !== 'after'; at = afterBlanks(text, at)) {
    if (text[at] !== '#') {
      at = readArray(text, at, values, source);
      continue;
    }
    const found = directive(text, at);
    const { name, end } = found;
    at = end;
    if (name === 'error') throw notFilledIn(source);
    if (name === 'define') readMacro(text, found, values, source);
    else if (name === 'ifndef' && guard === 'before') guard = 'inside';
    else if (name === 'endif' && guard === 'inside') {
      guard = 'after';
      tail = text.slice(text[end] === '\n' ? end + 1 : end);
    } else if (name === 'endif') throw partOf(source, values, BEGINNING);
    else if (/^(if|else|elif|endif)/.test(name)) throw conditions(source, name);
  }
  if (hasError(tail)) throw notFilledIn(source);
  if (guard === 'before') throw partOf(source, values, BEGINNING);
  if (guard === 'inside') throw partOf(source, values, 'the "#endif" at its end');
  return { values, tail };
}

interface Directive {
  readonly name: string;
  /** What follows the name on its line. */
  readonly rest: string;
  /** Where that begins, and where the line ends. */
  readonly from: number;
  readonly end: number;
}

/** The directive whose `#` is at `at`. */
function directive(text: string, at: number): Directive {
  const end = endOfLine(text, at);
  const line = text.slice(at, end);
  const [all, name = ''] = /^#[ \t]*([a-z]*)/.exec(line) ?? [line];
  return { name, rest: line.slice(all.length), from: at + all.length, end };
}

function readMacro(text: string, { rest, from, end }: Directive, values: Map<Name, string>, source: string): void {
  const [all, word] = /^[ \t]+([A-Za-z_]\w*)/.exec(rest) ?? [];
  const name = NAMES.find((one) => one === word);
  if (all === undefined || name === undefined) return;
  put(values, name, stringsOf(name, text.slice(0, end), from + all.length, source).text, source);
}

/** Reads `const uint8_t NAME[] = "…" "…";` at `at`, and returns where it ends; anything else is no part of a security.h. */
function readArray(text: string, at: number, values: Map<Name, string>, source: string): number {
  const declaration = /(?:(?:static|const|unsigned|uint8_t|char)\s+)+(\w+)\s*\[\s*\d{0,6}\s*\]\s*=/y;
  declaration.lastIndex = at;
  const word = declaration.exec(text)?.[1];
  const name = ARRAYS.find((one) => one === word);
  if (name === undefined) {
    // What is there may be a piece of a key: it is not repeated.
    const line = text.slice(0, at).split('\n').length;
    const cut = text[at] === '"' ? ': the beginning of a value is missing' : '';
    throw new UsageError(`${source} has on line ${line} what is no part of a security.h${cut}`, WHOLE);
  }
  const value = stringsOf(name, text, declaration.lastIndex, source);
  const end = afterBlanks(text, value.end);
  if (text[end] !== ';') {
    throw new UsageError(`${source} is cut off, or edited, in ${name}: its ";" is missing`, WHOLE);
  }
  put(values, name, value.text, source);
  return end + 1;
}

function stringsOf(name: Name, text: string, at: number, source: string): ReadCStrings {
  try {
    const value = readCStrings(text, at);
    if (value !== undefined) return value;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new UsageError(`${source} is cut off, or edited, in ${name}: ${error.message}`, WHOLE, { cause: error });
  }
  throw new UsageError(`${source} has no text in quotes for ${name}`, 'Give one that was filled in.');
}

/** Says which parts are not there. */
function partOf(source: string, values: ReadonlyMap<Name, string>, ...others: string[]): UsageError {
  const missing = [...NAMES.filter((name) => !values.has(name)), ...others];
  return new UsageError(`${source} is only a part of a security.h: ${missing.join(', ')} missing`, WHOLE);
}

function put(values: Map<Name, string>, name: Name, value: string, source: string): void {
  if (values.has(name)) {
    throw new UsageError(`${source} has ${name} twice, and nobody can say which is meant`, 'Leave one of them.');
  }
  values.set(name, value);
}

/** Whether the compiler would stop here: an #error that stands under no condition. */
function hasError(tail: string): boolean {
  let depth = 0;
  for (let at = afterBlanks(tail, 0); at < tail.length; at = afterBlanks(tail, endOfLine(tail, at))) {
    if (tail[at] !== '#') continue;
    const { name } = directive(tail, at);
    if (name === 'error' && depth === 0) return true;
    if (name.startsWith('if')) depth++;
    if (name === 'endif') depth--;
  }
  return false;
}

function notFilledIn(source: string): UsageError {
  return new UsageError(
    `${source} still has the #error of the example in it: it was never filled in`,
    'Replace all of it with the security.h of your board; `mts credentials issue` makes credentials for one.',
  );
}

function conditions(source: string, name: string): UsageError {
  return new UsageError(
    `${source} has an #${name} where only a guard is expected, so that only a compiler could tell what it says`,
    'Remove the conditions; leave what the board is to have.',
  );
}
