/**
 * carbon's configuration files as sections of names and values. Pure, and strict: FormatError CARBON_CONF_FORMAT, with the line,
 * for what Python's ConfigParser, which carbon reads them with, would refuse, or read in a way that nobody means.
 *
 *   [section]
 *   # or ; begins a comment, at the beginning of a line alone
 *   name = value, or name: value
 *     what is indented continues the value above
 *
 * https://docs.python.org/3/library/configparser.html#supported-ini-file-structure
 */
import { FormatError } from '../../../protocol/errors.ts';

export interface Section {
  readonly name: string;
  /** Line of its name, from 1. */
  readonly line: number;
  /** By name in small letters, as ConfigParser keeps them. */
  readonly values: ReadonlyMap<string, string>;
}

/** In the order of the file, which decides for carbon. */
export function parseIni(text: string): Section[] {
  const sections: { name: string; line: number; values: Map<string, string> }[] = [];
  /** Of the value that an indented line would continue. */
  let [open, indent]: [string | undefined, number] = [undefined, 0];
  for (const [index, whole] of text.split(/\r\n|\r|\n/).entries()) {
    const [line, content] = [index + 1, whole.trim()];
    if (/^[#;]/.test(content)) continue;
    const section = sections.at(-1);
    if (content === '') {
      // Within a value that goes on below it is a line of it.
      if (section !== undefined && open !== undefined) section.values.set(open, `${section.values.get(open)}\n`);
      continue;
    }
    const deep = whole.length - whole.trimStart().length;
    if (section !== undefined && open !== undefined && deep > indent) {
      // Python takes it for a part of the value above, and carbon for a section.
      if (/^\[.*\]$/.test(content)) throw wrong(line, 'a section is indented');
      section.values.set(open, `${section.values.get(open)}\n${content}`);
      continue;
    }
    const name = /^\[(.+)\]/.exec(content)?.[1];
    if (name !== undefined) {
      refuseSection(name, line, content, sections);
      sections.push({ name, line, values: new Map() });
      open = undefined;
      continue;
    }
    if (section === undefined) throw wrong(line, 'it is in no section');
    [open, indent] = [addValue(content, line, section.values), deep];
  }
  return sections.map(({ values, ...section }) => ({ ...section, values: withoutPerCents(values, section.line) }));
}

function refuseSection(name: string, line: number, content: string, before: readonly { name: string }[]): void {
  if (content !== `[${name}]`) throw wrong(line, 'something follows the name of a section');
  if (name === 'DEFAULT') throw wrong(line, 'a section DEFAULT means something to Python that carbon does not expect');
  if (before.some((one) => one.name === name)) throw wrong(line, `there are two sections ${JSON.stringify(name)}`);
}

function addValue(content: string, line: number, values: Map<string, string>): string {
  const [, option = '', value = ''] = /^(.*?)\s*[=:]\s*(.*)$/.exec(content) ?? [];
  const name = option.toLowerCase();
  if (name === '') throw wrong(line, 'it is no name and value');
  if (values.has(name)) throw wrong(line, `${JSON.stringify(option)} is there twice`);
  values.set(name, value);
  return name;
}

/** `%%` is one per cent sign; any other has Python look for another value, or fail. */
function withoutPerCents(values: ReadonlyMap<string, string>, line: number): Map<string, string> {
  const plain = new Map<string, string>();
  for (const [name, whole] of values) {
    const value = whole.trimEnd();
    if (/%/.test(value.replaceAll('%%', ''))) throw wrong(line, `in its section, ${JSON.stringify(name)} has a lone %`);
    plain.set(name, value.replaceAll('%%', '%'));
  }
  return plain;
}

function wrong(line: number, problem: string): FormatError {
  return new FormatError('CARBON_CONF_FORMAT', `line ${line}: ${problem}`);
}
