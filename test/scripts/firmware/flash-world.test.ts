/** The files of a drive as flashing touches them: what is missing means nothing without the drive, and no link is followed. */
import { lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { testWorld } from '../../firmware-template/flash/world.ts';

let [home, drive] = ['', ''];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'mts-world-'));
  drive = join(home, 'DAPLINK');
  await mkdir(drive);
  await writeFile(join(drive, 'DETAILS.TXT'), 'Unique ID: 0240\r\n');
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe('reading', () => {
  test('a file that is there, and one that is not', async () => {
    await writeFile(join(drive, 'FAIL.TXT'), 'error: no\r\n');
    expect(await testWorld(home).read(drive, 'FAIL.TXT')).toBe('error: no\r\n');
    expect(await testWorld(home).read(drive, 'ASSERT.TXT')).toBeUndefined();
  });

  test('from a drive that has gone, or a folder that is left of it, no FAIL.TXT is no good news', async () => {
    await rm(join(drive, 'DETAILS.TXT'));
    await expect(testWorld(home).read(drive, 'FAIL.TXT')).rejects.toMatchObject({ code: 'ENOENT' });
    await rm(drive, { recursive: true });
    await expect(testWorld(home).read(drive, 'FAIL.TXT')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a file without end is read to a limit', async () => {
    await writeFile(join(drive, 'FAIL.TXT'), 'x'.repeat(1_000_000));
    expect((await testWorld(home).read(drive, 'FAIL.TXT'))?.length).toBe(4096);
  });
});

describe('writing', () => {
  test('begins anew', async () => {
    await writeFile(join(drive, 'MTS.BIN'), 'longer than what comes');
    const file = await testWorld(home).create(drive, 'MTS.BIN');
    expect(await file.write(Buffer.from('new'))).toBe(3);
    await file.datasync();
    await file.close();
    expect(await readFile(join(drive, 'MTS.BIN'), 'utf8')).toBe('new');
  });

  test('never goes through a link to somewhere else', async () => {
    const elsewhere = join(home, 'precious');
    await writeFile(elsewhere, 'precious');
    await symlink(elsewhere, join(drive, 'MTS.BIN'));
    await expect(testWorld(home).create(drive, 'MTS.BIN')).rejects.toMatchObject({ code: 'ELOOP' });
    expect(await readFile(elsewhere, 'utf8')).toBe('precious');
    expect((await lstat(join(drive, 'MTS.BIN'))).isSymbolicLink()).toBe(true);
  });
});
