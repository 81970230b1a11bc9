/** Folders on this machine, made for their owner alone. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { OutsideError } from '../protocol/errors.ts';

/** Makes a folder of what somebody named, if it is not there. OutsideError FILE. */
export function ownFolder(dir: string): void {
  try {
    makeFolder(resolve(dir));
    if (!statSync(dir).isDirectory()) throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' });
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new OutsideError('FILE', `${dir} cannot be made: ${why}`, 'Give a folder of yours.', { cause });
  }
}

/** Level by level: Node's own recursion does not end where a parent exists and refuses (/proc). */
export function makeFolder(dir: string): void {
  if (existsSync(dir)) return;
  if (dirname(dir) !== dir) makeFolder(dirname(dir));
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    // Another process was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
