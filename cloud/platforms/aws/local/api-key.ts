/** The API key of the gateway: made once for a data folder, and kept there in a file that its owner alone can read. */
import { randomInt } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OutsideError } from '../../../protocol/errors.ts';

const FILE_NAME = 'api-key';
const SIGNS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** As API Gateway makes them. */
const LENGTH = 40;

export function newApiKey(): string {
  return Array.from({ length: LENGTH }, () => SIGNS[randomInt(SIGNS.length)]).join('');
}

export interface KeptKey {
  readonly key: string;
  /** `x-api-key: …` on one line: what `--header-file` takes. */
  readonly file: string;
}

/** OutsideError FILE if the file is no such key, or cannot be used. */
export function keptApiKey(dir: string): KeptKey {
  const file = join(dir, FILE_NAME);
  const half = `${file}.${process.pid}.part`;
  try {
    writeFileSync(half, `x-api-key: ${newApiKey()}\n`, { mode: 0o600, flag: 'wx' });
    try {
      // Whole, and only if there is none: another process may be as far.
      linkSync(half, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const [, key] = /^x-api-key: ([\x21-\x7e]{20,128})\r?\n$/i.exec(readFileSync(file, 'utf8')) ?? [];
    if (key === undefined) throw new Error('it is no line like `x-api-key: …`');
    return { key, file };
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new OutsideError(
      'FILE',
      `the API key in ${file} cannot be used: ${why}`,
      'Remove the file, or give another folder.',
      {
        cause: error,
      },
    );
  } finally {
    rmSync(half, { force: true });
  }
}
