/**
 * DynamoDB Local for tests: one server a test file, in memory. Without Java its tests are named and not run; under CI=true
 * they run all the same, and fail.
 *
 *   (dynamoDbWanted ? describe : describe.skip)('…', …)
 */
import { spawnSync } from 'node:child_process';
import { afterAll } from '@jest/globals';
import { fetchDynamoDbLocal } from '../../../../cloud/platforms/aws/local/dynamodb/fetch.ts';
import { type DynamoDbLocal, startDynamoDbLocal } from '../../../../cloud/platforms/aws/local/dynamodb/start.ts';
import { cacheFolder, javaCommand, npmCommand } from '../../../../scripts/own-tools.ts';

export const JAVA = javaCommand(process.env);

/** Whether tests that need it are to be run. */
export const dynamoDbWanted = process.env.CI === 'true' || spawnSync(JAVA, ['-version']).status === 0;

/** What the SDK's clients need to talk to it. */
export const LOCAL_CLIENT = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
} as const;

/** The folder of the jar, fetched by the first test that needs it. */
export function fetchedDynamoDbLocal(): Promise<string> {
  return fetchDynamoDbLocal({ cache: cacheFolder(process.env), npm: npmCommand(process.env) });
}

let shared: Promise<DynamoDbLocal> | undefined;

/** The test file's server; ended after its last test. */
export function dynamoDbLocal(): Promise<DynamoDbLocal> {
  shared ??= fetchedDynamoDbLocal().then((home) => startDynamoDbLocal({ home, java: JAVA }));
  return shared;
}

afterAll(async () => {
  await (await shared?.catch(() => undefined))?.close();
});
