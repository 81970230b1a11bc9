/** The file that holds what boards log in to a broker with. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UsageError } from '../../cloud/protocol/errors.ts';
import { readLogin } from '../../scripts/login-file.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-login-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function read(text: string): Promise<{ user: string; password: string }> {
  const path = join(dir, 'login');
  await writeFile(path, text);
  return await readLogin(path);
}

test.each([
  ['boards:5f1c', 'boards', '5f1c'],
  ['a b: p w \n', 'a b', ' p w '],
  ['\r\nüser:a:b:c\r\n\r\n', 'üser', 'a:b:c'],
])('%j', async (text, user, password) => {
  expect(await read(text)).toEqual({ user, password });
});

test.each(['', '\n', 'none', ':pw-only', 'user:', 'a:1\nb:2', 'u:p\u0000w', 'u\tser:pw'])(
  '%j holds no login; what it holds is not told',
  async (text) => {
    const refused = read(text);
    await expect(refused).rejects.toMatchObject({ code: 'USAGE' });
    if (text.trim() !== '') await expect(refused).rejects.not.toThrow(text.trim());
  },
);

test('any text is a login or a UsageError', async () => {
  const pieces = fc.constantFrom(':', '\n', '\r', 'a', ' ', '\u0000', 'é');
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join('')),
  );
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      try {
        const { user, password } = await read(text);
        expect(`${text}\n`).toContain(`${user}:${password}`);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('the login itself in place of the file is not repeated', async () => {
  const slip = readLogin('boards:s3cret');
  await expect(slip).rejects.toMatchObject({ code: 'USAGE' });
  await expect(slip).rejects.not.toThrow('s3cret');
});

test('a file that is not there', async () => {
  await expect(readLogin(join(dir, 'none'))).rejects.toMatchObject({ code: 'FILE' });
});
