/** What the local stack takes of its surroundings: the user's services and credentials, its folder and its key. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { keptApiKey, newApiKey } from '../../../../../cloud/platforms/aws/local/api-key.ts';
import {
  elsewhere,
  functionSurroundings,
  isAwsItself,
  regionOf,
} from '../../../../../cloud/platforms/aws/local/elsewhere.ts';
import { Ending } from '../../../../../cloud/platforms/aws/local/ending.ts';
import { lockFolder } from '../../../../../cloud/platforms/aws/local/folder-lock.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-folder-'));
});
afterEach(() => rm(dir, { recursive: true }));

const USER = {
  AWS_ACCESS_KEY_ID: 'AKIA',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'token',
  OTHER: 'x',
  HOME: '/h',
};

test("without a service of the user's, no credential of theirs reaches a function", () => {
  expect(functionSurroundings({ ...USER, AWS_PROFILE: 'work' })).toEqual({
    ...{ AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', HOME: '/h' },
  });
});

test("with a service of the user's, their credentials do, and nothing else of theirs", () => {
  const environment = { ...USER, AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1', AWS_LAMBDA_RUNTIME_API: 'x' };
  const { OTHER: _, ...expected } = USER;
  expect(functionSurroundings(environment)).toEqual(expected);
  const { AWS_ENDPOINT_URL_SQS } = environment;
  expect(functionSurroundings({ AWS_ENDPOINT_URL_SQS })).toEqual({
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
});

test('the addresses of services, and of the streams beside the table', () => {
  const own = 'http://127.0.0.1:8000';
  expect(elsewhere({}, 'S3')).toBeUndefined();
  expect(elsewhere({ AWS_ENDPOINT_URL_S3: '' }, 'S3')).toBeUndefined();
  expect(elsewhere({ AWS_ENDPOINT_URL_DYNAMODB: own }, 'DYNAMODB_STREAMS')).toBe(own);
  expect(
    elsewhere({ AWS_ENDPOINT_URL_DYNAMODB: own, AWS_ENDPOINT_URL_DYNAMODB_STREAMS: 'http://s' }, 'DYNAMODB_STREAMS'),
  ).toBe('http://s');
  const addresses = [
    'https://dynamodb.eu-west-1.amazonaws.com',
    'https://dynamodb.cn-north-1.amazonaws.com.cn',
    own,
    'https://amazonaws.com.evil.test',
    'x',
  ];
  expect(addresses.map(isAwsItself)).toEqual([true, true, false, false, false]);
  expect([
    regionOf({}),
    regionOf({ AWS_DEFAULT_REGION: 'a' }),
    regionOf({ AWS_REGION: 'b', AWS_DEFAULT_REGION: 'a' }),
  ]).toEqual(['us-east-1', 'a', 'b']);
});

test('a key is made once, kept, and refused when the file is something else', async () => {
  const { key, file } = keptApiKey(dir);
  expect(key).toMatch(/^[A-Za-z0-9]{40}$/);
  expect(keptApiKey(dir)).toEqual({ key, file });
  expect(await readFile(file, 'utf8')).toBe(`x-api-key: ${key}\n`);
  expect(newApiKey()).not.toBe(newApiKey());
  for (const text of ['', 'short', `x-api-key: ${key}\nmore\n`]) {
    await chmod(file, 0o600);
    await writeFile(file, text);
    expect(() => keptApiKey(dir)).toThrow(expect.objectContaining({ code: 'FILE' }));
    expect(await readFile(file, 'utf8')).toBe(text);
  }
  expect(() => keptApiKey(join(dir, 'missing'))).toThrow(
    expect.objectContaining({ code: 'FILE', message: expect.stringMatching('ENOENT') }),
  );
});

test('a folder is had by one at a time', () => {
  const unlock = lockFolder(dir);
  expect(() => lockFolder(dir)).toThrow(
    expect.objectContaining({ code: 'FILE', message: expect.stringMatching('another stack') }),
  );
  unlock();
  lockFolder(dir)();
  expect(() => lockFolder(join(dir, 'missing'))).toThrow(expect.objectContaining({ code: 'FILE' }));
});

test('what was started last ends first, all of it even when one fails, and only once', async () => {
  const ended: number[] = [];
  const ending = new Ending();
  for (const n of [1, 2, 3]) {
    ending.first(async () => {
      ended.push(n);
      if (n === 2) throw new Error('stuck');
    });
  }
  await expect(ending.end()).rejects.toThrow('stuck');
  await ending.end();
  expect(ended).toEqual([3, 2, 1]);
});
