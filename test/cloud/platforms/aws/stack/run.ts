/** Runs Node itself, in a folder and an environment of their own. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What it printed; rejects where it ends with anything but 0. */
export async function run(
  words: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<string> {
  return (await promisify(execFile)(process.execPath, words, { cwd, env })).stdout;
}
