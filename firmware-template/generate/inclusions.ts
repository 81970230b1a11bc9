/**
 * What is defined after the client has included a security.h: twice, as its main.cpp does.
 *
 *   main.cpp:  #include "security.h"  (1)     easy-connect.h defines MBED_SERVER_ADDRESS, the closed service's
 *              simpleclient.h ─► the client's headers, then "security.h" again (2)     main() expands MBED_SERVER_ADDRESS
 *
 * A small part of a C preprocessor (ISO C99 §6.10): #ifdef, #ifndef, #else, #endif, #define of names, #undef, #pragma once.
 * For what it does not know it says so, and guesses nothing. Read in mbed-os-example-client's main.cpp and simpleclient.h,
 * and easy-connect's easy-connect.h; a test has a real compiler agree.
 */
import { FormatError } from '../../cloud/protocol/errors.ts';

/** What easy-connect.h defines, unless its network is a mesh. */
export const OLD_SERVER_ADDRESS = '"coap://api.connector.mbed.com:5684"';

export interface Inclusions {
  /** Names and what they stand for, comments removed, as main() sees them. */
  readonly macros: ReadonlyMap<string, string>;
  /** The same while the client's own headers are read: after the first inclusion. */
  readonly early: ReadonlyMap<string, string>;
  /** Names that were given another meaning without #undef: compilers warn of it. */
  readonly redefined: ReadonlySet<string>;
  /** The file says that it is to be read once. */
  readonly once: boolean;
}

/** FormatError for what only a compiler could tell, or a compiler would refuse. `predefined` comes from mbed_app.json. */
export function includeTwice(text: string, predefined: ReadonlyMap<string, string> = new Map()): Inclusions {
  const state: State = { macros: new Map(predefined), redefined: new Set(), once: false };
  const lines = logicalLines(text.replace(/^\uFEFF/, ''));
  include(lines, state);
  const early = new Map(state.macros);
  define(state, 'MBED_SERVER_ADDRESS', OLD_SERVER_ADDRESS);
  if (!state.once) include(lines, state);
  return { ...state, early };
}

interface State {
  readonly macros: Map<string, string>;
  readonly redefined: Set<string>;
  once: boolean;
}

function include(lines: readonly string[], state: State): void {
  /** Of each condition that is open: whether its lines count, and whether its #else was seen. */
  const open: { active: boolean; otherwise: boolean; seenElse: boolean }[] = [];
  for (const line of lines) {
    const [, name, rest = ''] = /^\s*#\s*([a-z_]*)(.*)$/s.exec(line) ?? [];
    if (name === undefined) continue;
    const active = open.at(-1)?.active ?? true;
    if (name === 'ifdef' || name === 'ifndef') {
      const holds = state.macros.has(identifier(rest, name)) === (name === 'ifdef');
      open.push({ active: active && holds, otherwise: active && !holds, seenElse: false });
    } else if (name === 'else' || name === 'endif') {
      const condition = open.at(-1);
      if (condition === undefined || (name === 'else' && condition.seenElse)) throw format(`an #${name} too many`);
      if (name === 'endif') open.pop();
      else open[open.length - 1] = { active: condition.otherwise, otherwise: false, seenElse: true };
    } else if (/^(if|elif)/.test(name)) throw format(`an #${name}, so that only a compiler could tell what it says`);
    else if (active) obey(name, rest, state);
  }
  if (open.length > 0) throw format('an #ifdef or #ifndef without its #endif');
}

function obey(name: string, rest: string, state: State): void {
  if (name === 'error') throw format('an #error');
  if (name === 'undef') state.macros.delete(identifier(rest, name));
  if (name === 'pragma' && rest.trim() === 'once') state.once = true;
  if (name !== 'define') return;
  const [, macro, value] = /^\s+([A-Za-z_]\w*)(?=\s|$)(.*)$/s.exec(rest) ?? [];
  // With arguments it may stand for anything; nothing that is asked for here has any.
  if (macro !== undefined) define(state, macro, (value ?? '').trim());
  else if (!/^\s+[A-Za-z_]\w*\(/.test(rest)) throw format('a #define of no name');
}

function define({ macros, redefined }: State, name: string, value: string): void {
  if ((macros.get(name) ?? value) !== value) redefined.add(name);
  macros.set(name, value);
}

function identifier(rest: string, directive: string): string {
  const name = /^\s+([A-Za-z_]\w*)\s*$/.exec(rest)?.[1];
  if (name === undefined) throw format(`an #${directive} without a name`);
  return name;
}

/** Lines joined at backslashes, each comment one space (§5.1.1.2, phases 2 and 3). Literals are kept as they are. */
function logicalLines(text: string): string[] {
  const source = text.replace(/\\\r?\n/g, '').replaceAll('\r\n', '\n');
  const piece = /[^"'/\n]+|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|\/\/[^\n]*|\n|\//y;
  const lines: string[] = [];
  let line = '';
  for (let at = 0; at < source.length; ) {
    if (source.startsWith('/*', at)) {
      const end = source.indexOf('*/', at + 2);
      if (end === -1) throw format('a comment that is not closed');
      line += ' ';
      at = end + 2;
      continue;
    }
    piece.lastIndex = at;
    const [found] = piece.exec(source)!;
    at += found.length;
    if (found === '\n') {
      lines.push(line);
      line = '';
    } else line += found.startsWith('//') ? ' ' : found;
  }
  lines.push(line);
  return lines;
}

function format(what: string): FormatError {
  return new FormatError('C_FORMAT', `there is ${what}`);
}
