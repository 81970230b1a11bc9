/** The name of the receiver's session: the same for a folder, whoever asks, and nobody else's. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { checkClientId, clientIdOf } from '../../scripts/mqtt-client-id.ts';
import { inFolder } from '../e2e/run-mts.ts';

test('one a folder, also for two that begin at once', () =>
  inFolder(async (dir) => {
    const first = await clientIdOf(dir);
    expect(first).toMatch(/^mts-ingest-[0-9a-f]{12}$/);
    expect(await clientIdOf(dir)).toBe(first);
    await inFolder(async (other) => {
      expect(await clientIdOf(other)).not.toBe(first);
    });
    await inFolder(async (other) => {
      const ids = await Promise.all(Array.from({ length: 20 }, () => clientIdOf(other)));
      expect(new Set(ids).size).toBe(1);
      expect(await readdir(other)).toEqual(['mqtt-client-id']);
    });
  }));

test('a file that holds something else, and a folder that is none', () =>
  inFolder(async (dir) => {
    await writeFile(join(dir, 'mqtt-client-id'), 'x');
    await expect(clientIdOf(dir)).rejects.toMatchObject({ code: 'FILE', fix: expect.stringContaining('--client-id') });
    await expect(clientIdOf(join(dir, 'none'))).rejects.toMatchObject({ code: 'FILE' });
  }));

test.each(['', 'a\u0000', 'x'.repeat(129), '\ud800'])('%j is no client id', (id) => {
  expect(() => checkClientId(id)).toThrow('--client-id is no client id');
});
