/** The functions as Azure gets them: the same each time, loadable by themselves, and registered as they should be. */

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bundleFunctions } from '../../../../../cloud/platforms/azure/template/bundle.ts';
import { SETTINGS_EXAMPLE } from '../handlers/settings-example.ts';

/** Bytes. Azure loads the whole of it before the first message. */
const MOST = 1_400_000;
const run = promisify(execFile);

let dir: string;
let functions: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-bundle-'));
  functions = join(dir, 'one');
  await bundleFunctions(functions);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const json = async (name: string) => JSON.parse(await readFile(join(functions, name), 'utf8'));

test('three files, and package.json names the one that is loaded', async () => {
  expect((await readdir(functions)).sort()).toEqual(['functions.js', 'host.json', 'package.json']);
  expect(await json('package.json')).toMatchObject({ main: 'functions.js', type: 'commonjs', private: true });
  expect(await json('host.json')).toMatchObject({ version: '2.0', functionTimeout: '00:05:00' });
});

test('it is below 1.4 MB, and names no path of this machine', async () => {
  const bytes = await readFile(join(functions, 'functions.js'));
  expect(bytes.length).toBeLessThan(MOST);
  expect(bytes.includes(process.cwd())).toBe(false);
});

test('bundling again, elsewhere, gives the same bytes', async () => {
  const again = join(dir, 'elsewhere', 'deeper');
  await bundleFunctions(again);
  for (const name of await readdir(functions)) {
    expect((await readFile(join(again, name))).equals(await readFile(join(functions, name)))).toBe(true);
  }
});

/** Loads it as Azure's worker does, which gives `@azure/functions-core` to whoever requires it, and prints what is registered. */
async function load(
  env: Readonly<Record<string, string>>,
): Promise<{ name: string; bindings: Record<string, object> }[]> {
  const worker = join(dir, 'worker.cjs');
  await writeFile(worker, WORKER);
  const { stdout } = await run(process.execPath, [worker, join(functions, 'functions.js')], { cwd: dir, env });
  return JSON.parse(stdout);
}

const WORKER = `
const Module = require('node:module');
const before = Module.prototype.require;
const registered = [];
const core = {
  version: '1.0.0', hostVersion: '4.0.0', setProgrammingModel() {}, registerHook: () => ({ dispose() {} }),
  registerFunction: ({ name, bindings }, handler) => {
    registered.push({ name, bindings, handler: typeof handler });
    return { dispose() {} };
  },
};
Module.prototype.require = function (name) { return name === '@azure/functions-core' ? core : before.call(this, name); };
require(process.argv[2]);
process.stdout.write(JSON.stringify(registered));
`;

test('it loads where there is nothing else, and registers a webhook with a key and a timer', async () => {
  const registered = await load({ ...SETTINGS_EXAMPLE });
  expect(registered).toMatchObject([
    { name: 'webhook', handler: 'function' },
    { name: 'sweep', handler: 'function' },
  ]);
  const [webhook, timer] = registered.map(({ bindings }) => Object.values(bindings)[0]);
  const methods = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
  expect(webhook).toMatchObject({ type: 'httpTrigger', route: 'webhook', authLevel: 'function', methods });
  const schedule = '0 * * * * *';
  expect(timer).toMatchObject({ type: 'timerTrigger', schedule, useMonitor: true, runOnStartup: false });
});

test('without a setting it says which, and does not begin', async () => {
  const { MTS_TABLE_URL: _missing, ...rest } = SETTINGS_EXAMPLE;
  await expect(load(rest)).rejects.toThrow('the setting MTS_TABLE_URL is missing');
  await expect(load({ ...SETTINGS_EXAMPLE, MTS_TABEL: 'x' })).rejects.toThrow('there is no setting MTS_TABEL');
});
