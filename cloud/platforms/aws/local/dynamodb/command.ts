/** Runs a program of this machine to its end, without a shell: npm, tar, Java. */
import { spawn } from 'node:child_process';
import { OutsideError } from '../../../../protocol/errors.ts';

/** 57 MB over a slow line. */
const TIMEOUT_MS = 600_000;

export interface Run {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program without a shell to its end. OutsideError TOOL if it is not there. */
export function run(
  command: string,
  words: readonly string[],
  options: { readonly cwd?: string; readonly signal?: AbortSignal } = {},
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const tooLong = setTimeout(() => child.kill(), TIMEOUT_MS);
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(tooLong);
      reject(missing(command, error));
    });
    child.on('close', (status) => {
      clearTimeout(tooLong);
      resolve({ status, out, err });
    });
  });
}

function missing(command: string, error: NodeJS.ErrnoException): Error {
  if (error.name === 'AbortError') return error;
  return new OutsideError('TOOL', `${command} cannot be run: ${error.code ?? error.message}`, `Install ${command}.`, {
    cause: error,
  });
}
