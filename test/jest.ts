/**
 * `npm run jest`: Jest, and once more for test files whose process crashed.
 *
 * Node.js 24 now and then crashes in its garbage collection while vm modules come and go, which is what Jest makes of ESM
 * (https://github.com/nodejs/node/issues/62393). Such a file says nothing of what it tests: it is run again, once. A test that
 * fails, or a file that crashes again, fails the run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const JEST = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
const FLAGS = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules'];
const CRASHED =
  /A jest worker process \(pid=\d+\) was terminated by another process: signal=SIG(SEGV|BUS|ILL|TRAP|ABRT)\b/;

interface Results {
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly name: string; readonly status: string; readonly message: string }[];
}

const words = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'mts-jest-'));
try {
  const status = await jest(words);
  const crashed = status === 0 ? [] : await onlyCrashed();
  if (crashed.length === 0) process.exitCode = status;
  else {
    process.stderr.write(`Node.js crashed in these, which are run again:\n${crashed.join('\n')}\n`);
    process.exitCode = await jest(['--runTestsByPath', ...crashed]);
  }
} finally {
  await rm(folder, { recursive: true });
}

/** Its exit status. */
async function jest(more: readonly string[]): Promise<number> {
  const results = ['--json', `--outputFile=${join(folder, 'results.json')}`];
  const child = spawn(process.execPath, [...FLAGS, JEST, ...results, ...more], {
    stdio: ['inherit', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'close');
  return typeof code === 'number' ? code : 1;
}

/** Test files whose process crashed, if nothing else went wrong. */
async function onlyCrashed(): Promise<string[]> {
  const { numFailedTests, testResults } = JSON.parse(
    await readFile(join(folder, 'results.json'), 'utf8').catch(() => '{"numFailedTests":0,"testResults":[]}'),
  ) as Results;
  const failed = testResults.filter(({ status }) => status === 'failed');
  if (numFailedTests > 0 || !failed.every(({ message }) => CRASHED.test(message))) return [];
  return failed.map(({ name }) => name);
}
