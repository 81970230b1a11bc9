/** What is named for a platform's own programs to keep things in, and cannot be made: told at once, whichever platform it is. */
import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ownFolder } from '../../../cloud/platforms/folders.ts';
import { runVerb } from '../../scripts/run-verb.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-folders-'));
  await writeFile(join(dir, 'file'), '');
  await symlink(join(dir, 'none', 'at-all'), join(dir, 'broken'));
});
afterEach(() => rm(dir, { recursive: true }));

test('a folder is made with those above it, for its owner alone; one that is there is left', async () => {
  const folder = join(dir, 'a', 'b');
  ownFolder(folder);
  ownFolder(folder);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test.each(['file', 'file/below', 'broken', 'broken/below'])('%s is refused', (name) => {
  expect(() => ownFolder(join(dir, name))).toThrow(expect.objectContaining({ code: 'FILE' }));
});

test('so is what refuses to hold a folder, and it ends', () => {
  expect(() => ownFolder('/proc/none/data')).toThrow(expect.objectContaining({ code: 'FILE' }));
});

test.each(['up --platform aws', 'up --platform azure', 'up --platform google', 'aws local'])(
  '%s says so, as something outside',
  async (words) => {
    const data = join(dir, 'broken', 'below');
    const { status, err } = await runVerb([...words.split(' '), '--data', data, '--port', '0']);
    expect({ status, err }).toEqual({ status: 3, err: expect.stringMatching(/cannot be/) });
  },
);
