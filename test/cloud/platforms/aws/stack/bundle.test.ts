/** The functions as Lambda gets them: small, the same each time, and loadable by themselves. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Bundles, bundleHandlers, HANDLERS } from '../../../../../cloud/platforms/aws/stack/bundle.ts';
import { run } from './run.ts';

/** Bytes. Lambda loads the whole of it before the first message. */
const MOST = 400_000;

let dir: string;
let bundles: Bundles;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-bundle-'));
  bundles = await bundleHandlers(join(dir, 'one'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const read = (folder: string): Promise<Buffer> => readFile(join(folder, 'index.mjs'));

test.each(HANDLERS)('%s is below 400,000 bytes', async (name) => {
  expect((await read(bundles[name])).length).toBeLessThan(MOST);
});

test('bundling again, elsewhere, gives the same bytes', async () => {
  const again = await bundleHandlers(join(dir, 'elsewhere'));
  for (const name of HANDLERS) expect((await read(again[name])).equals(await read(bundles[name]))).toBe(true);
});

test.each(HANDLERS)('%s names no path of this machine', async (name) => {
  expect((await read(bundles[name])).includes(process.cwd())).toBe(false);
});

test.each(HANDLERS)('%s loads where there is nothing else, and exports its handler', async (name) => {
  const source = `const { handler } = await import('./index.mjs'); console.log(typeof handler);`;
  const env = {
    AWS_REGION: 'eu-west-1',
    TABLE: 'table',
    ASIDE_BUCKET: 'bucket',
    FAILURE_QUEUE_URL: 'https://queue.invalid/failures',
  };
  expect(await run(['--input-type=module', '--eval', source], { cwd: bundles[name], env })).toBe('function\n');
});

test.each(HANDLERS)('%s finds credentials in its environment, and carries no other way to them', async (name) => {
  expect((await read(bundles[name])).toString('utf8')).not.toMatch(/sso_start_url|role_arn|credential_process/);
});

/** Their actions are in the functions' roles (roles.ts), but for these, which the store has for other programs. */
const UNUSED = ['BatchWriteItemCommand', 'DescribeEndpointsCommand'];
const COUNTING = [
  'BatchGetItemCommand',
  'PutItemCommand',
  'QueryCommand',
  'TransactWriteItemsCommand',
  'UpdateItemCommand',
];

test.each([
  ['webhook', [...COUNTING, 'SendMessageBatchCommand']],
  ['iot', [...COUNTING, 'SendMessageBatchCommand']],
  ['stream', ['PutMetricDataCommand', 'SendMessageBatchCommand']],
] as const)('%s asks AWS for nothing that its role does not allow', async (name, allowed) => {
  const found = new Set((await read(bundles[name])).toString('utf8').match(/\b[A-Z][A-Za-z]+Command\b/g));
  expect([...found].filter((command) => !UNUSED.includes(command)).sort()).toEqual([...allowed].sort());
});
