/** Reads the static header of a webhook from its file: a secret does not belong on a command line. */
import { readFile } from 'node:fs/promises';
import { OutsideError, UsageError } from '../cloud/protocol/errors.ts';

export interface StaticHeader {
  readonly name: string;
  readonly value: string;
}

const EXAMPLE = 'Write one line like `Authorization: Bearer 5f1c…` in it.';

/** The one header in the file, `Name: value`. RFC 9110 §5.1 (token) and §5.5 (visible characters and spaces). */
export async function readHeaderFile(path: string): Promise<StaticHeader> {
  // An easy slip, and what was given is a secret then: it is not repeated.
  if (/^[\w-]+:\s/.test(path)) throw new UsageError('--header-file takes a file, not the header itself', EXAMPLE);
  const lines = (await read(path)).split(/\r?\n/).filter((line) => line.trim() !== '');
  const [, name, value] =
    /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?)[ \t]*$/.exec(lines[0] ?? '') ??
    [];
  if (lines.length !== 1 || name === undefined || value === undefined) {
    throw new UsageError(`${path} does not hold one header`, EXAMPLE);
  }
  return { name, value };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new OutsideError('FILE', `the header file ${path} cannot be read: ${why}`, EXAMPLE, { cause: error });
  }
}
