/** The file that holds the API key of a service. */
import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ApiKey, readKeyFile } from '../../scripts/key-file.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-key-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function read(text: string, mode = 0o600): Promise<ApiKey> {
  const path = join(dir, 'key');
  await writeFile(path, text);
  await chmod(path, mode);
  return await readKeyFile(path);
}

test.each(['ak_1MDE2', 'ak_1MDE2\n', '\r\n ak_1MDE2 \r\n'])('%j', async (text) => {
  expect(await read(text)).toEqual({ key: 'ak_1MDE2', open: false });
});

test.each([0o640, 0o604, 0o644])('mode %i is open to others', async (mode) => {
  expect(await read('ak_1MDE2', mode)).toEqual({ key: 'ak_1MDE2', open: true });
});

test.each([
  '',
  '\n',
  'ak_one ak_two',
  'ak_one\nak_two',
  'Authorization: Bearer ak_1',
  'schl\u00fcssel',
  'a\u0000b',
  'x'.repeat(16_384),
])('no key: %#; what it holds is not told', async (text) => {
  const refused = read(text);
  await expect(refused).rejects.toMatchObject({ code: 'USAGE' });
  if (text.trim() !== '') await expect(refused).rejects.not.toThrow(text);
});

test('the key itself in place of the file is not repeated', async () => {
  const key = 'ak_1MDE5secretsecretsecretsecret';
  await expect(readKeyFile(key)).rejects.toMatchObject({ code: 'FILE' });
  await expect(readKeyFile(key)).rejects.not.toThrow(key);
});

test('a file that is not there, and a folder', async () => {
  await expect(readKeyFile(join(dir, 'none'))).rejects.toMatchObject({
    code: 'FILE',
    message: expect.stringMatching(/the key file .*none cannot be read: ENOENT/),
  });
  await expect(readKeyFile(dir)).rejects.toThrow('EISDIR');
});

test('a file without an end, and a pipe', async () => {
  await expect(readKeyFile('/dev/zero')).rejects.toMatchObject({ code: 'USAGE' });
  const pipe = join(dir, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const [{ key, open }] = await Promise.all([readKeyFile(pipe), writeFile(pipe, 'ak_1MDE2\n')]);
  expect({ key, open }).toEqual({ key: 'ak_1MDE2', open: false });
});
