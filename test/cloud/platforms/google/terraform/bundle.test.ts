/** The functions as Cloud Build gets them: the same each time, with no path of this machine, and served by Google's framework. */
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  bundleFunctions,
  FUNCTIONS,
  type FunctionName,
} from '../../../../../cloud/platforms/google/terraform/bundle.ts';
import { FRAMEWORK, FRAMEWORK_FOLDER, installFramework, serving } from './serving.ts';

/** Bytes. Cloud Run loads the whole of it before the first message. */
const MOST = 6_000_000;

let dir: string;
let bundles: Readonly<Record<FunctionName, string>>;
beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'mts-bundle-')));
  bundles = await bundleFunctions(join(dir, 'one'));
  await installFramework(dir);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const read = (folder: string): Promise<Buffer> => readFile(join(folder, 'index.js'));

test.each(FUNCTIONS)('%s is below 6 MB, and beside it is only its package.json', async (name) => {
  expect((await read(bundles[name])).length).toBeLessThan(MOST);
  expect((await readdir(bundles[name])).sort()).toEqual(['index.js', 'package.json']);
});

test('bundling again, elsewhere, gives the same bytes', async () => {
  const again = await bundleFunctions(join(dir, 'elsewhere', 'deep'));
  for (const name of FUNCTIONS) expect((await read(again[name])).equals(await read(bundles[name]))).toBe(true);
});

test.each(FUNCTIONS)('%s names no path of this machine', async (name) => {
  expect((await read(bundles[name])).includes(process.cwd())).toBe(false);
});

test('the package.json names the framework alone, in the version of the tests', async () => {
  const { version } = JSON.parse(await readFile(join(FRAMEWORK_FOLDER, 'package.json'), 'utf8'));
  const manifest = JSON.parse(await readFile(join(bundles.webhook, 'package.json'), 'utf8'));
  expect(manifest).toMatchObject({ type: 'module', main: 'index.js', dependencies: { [FRAMEWORK]: version } });
  expect(Object.keys(manifest.dependencies)).toHaveLength(1);
});

const STORE = {
  PROJECT: 'p',
  DATABASE: 'counts',
  METRIC_TYPE: 'custom.googleapis.com/mbed/button_presses',
  FIRESTORE_EMULATOR_HOST: '127.0.0.1:9',
  GOOGLE_CLOUD_PROJECT: 'p',
};
const ENVIRONMENTS: Readonly<Record<FunctionName, Record<string, string>>> = {
  webhook: {
    ...{ ...STORE, ASIDE_BUCKET: 'shelf', FAILURE_TOPIC: 'failures', DEMANDED_HEADER: 'X-Mts-Key: 5f1c' },
    ...{ STORAGE_EMULATOR_HOST: 'http://127.0.0.1:9', PUBSUB_EMULATOR_HOST: '127.0.0.1:9' },
  },
  sweep: { ...STORE, MONITORING_ENDPOINT: 'http://127.0.0.1:9' },
};

test.each<[FunctionName, string, Record<string, string>, number]>([
  ['webhook', 'GET', {}, 200],
  ['webhook', 'PUT', { 'content-type': 'application/json' }, 401],
  ['sweep', 'GET', {}, 405],
])("%s is served by Google's framework, as Google starts it: %s", async (name, method, headers, expected) => {
  await serving(name, bundles[name], ENVIRONMENTS[name], async (url) => {
    const response = await fetch(url, { method, headers, ...(method === 'PUT' ? { body: 'no JSON' } : {}) });
    expect(response.status).toBe(expected);
  });
});

test('without its environment it does not start, and says what is missing', async () => {
  await expect(
    serving('webhook', bundles.webhook, { ...ENVIRONMENTS.webhook, DEMANDED_HEADER: '' }, async () => undefined),
  ).rejects.toThrow('DEMANDED_HEADER is not set');
});
