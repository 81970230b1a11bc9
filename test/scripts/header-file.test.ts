/** The file that holds a webhook's static header. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readHeaderFile } from '../../scripts/header-file.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-header-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function read(text: string): Promise<{ name: string; value: string }> {
  const path = join(dir, 'header');
  await writeFile(path, text);
  return await readHeaderFile(path);
}

test.each([
  ['Authorization: Bearer abc', 'Authorization', 'Bearer abc'],
  ['x-key:k\n', 'x-key', 'k'],
  ['\r\nX-Key: \t a b\tc  \r\n\r\n', 'X-Key', 'a b\tc'],
])('%j', async (text, name, value) => {
  expect(await read(text)).toEqual({ name, value });
});

test.each(['', '\n', 'no colon', 'a b: c', 'Key:', 'Key: ', 'A: 1\nB: 2', 'Key: sch\u00f6n', 'Key: a\u0000b', ': v'])(
  '%j holds no header; what it holds is not told',
  async (text) => {
    const refused = read(text);
    await expect(refused).rejects.toMatchObject({ code: 'USAGE' });
    if (text.trim() !== '') await expect(refused).rejects.not.toThrow(text.trim());
  },
);

test('the header itself in place of the file is not repeated', async () => {
  const slip = readHeaderFile('Authorization: Bearer s3cret');
  await expect(slip).rejects.toMatchObject({ code: 'USAGE' });
  await expect(slip).rejects.not.toThrow('s3cret');
});

test('a file that is not there', async () => {
  await expect(readHeaderFile(join(dir, 'none'))).rejects.toMatchObject({ code: 'FILE' });
});
