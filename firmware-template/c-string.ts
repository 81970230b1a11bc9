/**
 * Text as C string literals and back (ISO C99 §6.4.5, §5.1.1.2): names, addresses and PEM in what the board's compiler reads.
 *
 * Written: UTF-8 bytes, of which only plain ASCII stands for itself. Octal escapes of exactly three digits end by
 * themselves, where `\x41` would swallow a digit that follows; `?` is escaped because `??/` is a backslash to older
 * standards (trigraphs, §5.2.1.1). Read: adjacent literals as one text, with the escapes of C; no prefixes (L, u8, R).
 */
import { FormatError } from '../cloud/protocol/errors.ts';

export interface ReadCStrings {
  readonly text: string;
  /** Where reading ended: after the last literal. */
  readonly end: number;
}

/** One literal, quotes included, which stands for `text` and which no `text` can leave. */
export function cString(text: string): string {
  return `"${[...Buffer.from(text, 'utf8')].map(escaped).join('')}"`;
}

/**
 * The literals that begin at `start` of a C source, blanks and comments between them skipped, as one text of at most
 * `mostBytes`; undefined if none begins there. FormatError for one that is not closed, an escape that is not C's, bytes
 * that are not UTF-8, or too much.
 */
export function readCStrings(source: string, start = 0, mostBytes = 64 * 1024): ReadCStrings | undefined {
  const bytes: number[] = [];
  let end: number | undefined;
  for (let at = afterBlanks(source, start); source[at] === '"'; at = afterBlanks(source, end)) {
    end = readLiteral(source, at + 1, bytes, mostBytes);
  }
  return end === undefined ? undefined : { text: utf8(bytes), end };
}

/** The first place from `at` on that is neither blank, nor comment, nor a backslash at the end of a line. */
export function afterBlanks(source: string, at: number): number {
  for (;;) {
    const next = afterSpace(source, at);
    if (next !== undefined) {
      at = next;
      continue;
    }
    if (source.startsWith('/*', at)) {
      at = afterComment(source, at);
    } else if (source.startsWith('//', at)) {
      at = endOfLine(source, at);
    } else return at;
  }
}

/**
 * Where the line of `at` ends: the place of its line feed, or the end. Lines that a backslash joins are one, and so are those
 * that a comment holds together (C99 §5.1.1.2: comments are gone before lines mean anything).
 */
export function endOfLine(source: string, at: number): number {
  const piece = /[^\\\n"/]+|"(?:[^"\\\n]|\\(?:\r?\n|.))*"?|\\(?:\r?\n|.)?|\/\/(?:[^\\\n]|\\(?:\r?\n|.)?)*|\//sy;
  while (at < source.length && source[at] !== '\n') {
    if (source.startsWith('/*', at)) at = afterComment(source, at);
    else {
      piece.lastIndex = at;
      piece.test(source);
      at = piece.lastIndex;
    }
  }
  return at;
}

/** After the comment that begins at `at` with a slash and a star. */
function afterComment(source: string, at: number): number {
  const close = source.indexOf('*/', at + 2);
  if (close === -1) throw new FormatError('C_STRING_FORMAT', 'a comment that begins with /* is not closed');
  return close + 2;
}

/** After the blanks at `at`; undefined if there are none. */
function afterSpace(source: string, at: number): number | undefined {
  const space = /(?:[ \t\r\n\f\v]|\\\r?\n)+/y;
  space.lastIndex = at;
  return space.test(source) ? space.lastIndex : undefined;
}

const SIMPLE: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  '"': 34,
  "'": 39,
  '?': 63,
  '\\': 92,
};

function escaped(byte: number): string {
  if (byte === 10) return '\\n';
  if (byte === 13) return '\\r';
  const character = String.fromCharCode(byte);
  if ('"\\?'.includes(character)) return `\\${character}`;
  return byte >= 0x20 && byte < 0x7f ? character : `\\${byte.toString(8).padStart(3, '0')}`;
}

/** Appends the bytes of the literal whose content begins at `at`, and returns where it ends. */
function readLiteral(source: string, at: number, bytes: number[], mostBytes: number): number {
  const piece = /[^"\\\r\n]+|\\\r?\n|\\([0-7]{1,3})|\\x([0-9A-Fa-f]+)|\\(["'?\\abfnrtv])/y;
  for (;;) {
    if (source[at] === '"') return at + 1;
    piece.lastIndex = at;
    const match = piece.exec(source);
    if (match === null) throw notALiteral(source, at);
    at = piece.lastIndex;
    const [all, octal, hex, simple] = match;
    if (octal !== undefined) bytes.push(byteOf(Number.parseInt(octal, 8), all));
    else if (hex !== undefined) bytes.push(byteOf(Number.parseInt(hex, 16), all));
    else if (simple !== undefined) bytes.push(SIMPLE[simple]!);
    else if (!all.startsWith('\\')) {
      if (all.length > mostBytes - bytes.length) throw tooLong(mostBytes);
      for (const byte of Buffer.from(all, 'utf8')) bytes.push(byte);
    }
    if (bytes.length > mostBytes) throw tooLong(mostBytes);
  }
}

function byteOf(value: number, written: string): number {
  if (value <= 0xff) return value;
  throw new FormatError('C_STRING_FORMAT', `the escape ${written.slice(0, 12)} in a string is more than a byte`);
}

function notALiteral(source: string, at: number): FormatError {
  const isEscape = source[at] === '\\' && at + 1 < source.length;
  const what = isEscape ? 'a string has an escape that C does not have' : 'a string has no closing quote';
  return new FormatError('C_STRING_FORMAT', what);
}

function tooLong(mostBytes: number): FormatError {
  return new FormatError('C_STRING_FORMAT', `a string has more than ${mostBytes} bytes`);
}

function utf8(bytes: readonly number[]): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch (error) {
    throw new FormatError('C_STRING_FORMAT', 'a string is not UTF-8', { cause: error });
  }
}
