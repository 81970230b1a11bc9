/** Files are written whole or not at all, with the permissions that they were to have, and never over what the user did not mean. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { OutsideError, UsageError } from '../../cloud/protocol/errors.ts';
import { writeFiles } from '../../firmware-template/write-files.ts';

let [root, dir] = ['', ''];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mts-write-'));
  dir = join(root, 'a', 'b');
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

const FILES = [
  { name: 'security.h', text: 'secret', mode: 0o600 },
  { name: 'BUILD.md', text: 'steps ä\r\n', mode: 0o644 },
];
const calm = { force: false };
const text = (name: string): Promise<string> => readFile(join(dir, name), 'utf8');
const mode = async (name: string): Promise<number> => (await stat(join(dir, name))).mode & 0o777;

test('files are written with their permissions, whatever the umask', async () => {
  const before = process.umask(0o277);
  try {
    await mkdir(root, { recursive: true });
    // The umask would keep us out of folders that are made on the way.
    process.umask(0o077);
    expect(await writeFiles(dir, FILES, calm)).toEqual({ written: ['security.h', 'BUILD.md'], unchanged: [] });
    process.umask(0o277);
    await writeFiles(dir, [{ name: 'more', text: '', mode: 0o644 }], calm);
  } finally {
    process.umask(before);
  }
  expect([await mode('security.h'), await mode('BUILD.md'), await mode('more')]).toEqual([0o600, 0o644, 0o644]);
  expect([await text('security.h'), await text('BUILD.md')]).toEqual(['secret', 'steps ä\r\n']);
  expect((await readdir(dir)).toSorted()).toEqual(['BUILD.md', 'more', 'security.h']);
});

test('a folder is made with the permissions asked for, and one that is there keeps its own', async () => {
  await writeFiles(dir, FILES, { force: false, dirMode: 0o700 });
  expect((await stat(dir)).mode & 0o777).toBe(0o700);
  await chmod(dir, 0o750);
  await writeFiles(dir, FILES, { force: true, dirMode: 0o700 });
  expect((await stat(dir)).mode & 0o777).toBe(0o750);
});

test('the same bytes are left alone, to the time stamp and the inode', async () => {
  await writeFiles(dir, FILES, calm);
  await utimes(join(dir, 'BUILD.md'), 1, 1);
  const before = await lstat(join(dir, 'BUILD.md'), { bigint: true });
  for (const force of [false, true]) {
    expect(await writeFiles(dir, FILES, { force })).toEqual({ written: [], unchanged: ['security.h', 'BUILD.md'] });
  }
  const { ino, mtimeNs, ctimeNs } = await lstat(join(dir, 'BUILD.md'), { bigint: true });
  expect({ ino, mtimeNs, ctimeNs }).toEqual({ ino: before.ino, mtimeNs: before.mtimeNs, ctimeNs: before.ctimeNs });
});

test('a secret that others may read is closed to them, even if its bytes are right', async () => {
  await writeFiles(dir, FILES, calm);
  await chmod(join(dir, 'security.h'), 0o644);
  expect((await writeFiles(dir, FILES, calm)).written).toEqual([]);
  expect(await mode('security.h')).toBe(0o600);
});

test('other bytes are not replaced without force, and then nothing at all is written', async () => {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'BUILD.md'), 'mine');
  const refused = writeFiles(dir, FILES, calm);
  await expect(refused).rejects.toThrow(UsageError);
  await expect(refused).rejects.toThrow('holds BUILD.md already');
  expect(await readdir(dir)).toEqual(['BUILD.md']);
  expect(await writeFiles(dir, FILES, { force: true })).toEqual({ written: ['security.h', 'BUILD.md'], unchanged: [] });
  expect(await text('BUILD.md')).toBe('steps ä\r\n');
});

test('of the same length but other bytes is other', async () => {
  await writeFiles(dir, FILES, calm);
  await writeFile(join(dir, 'security.h'), 'secreT');
  await expect(writeFiles(dir, FILES, calm)).rejects.toThrow('holds security.h already');
});

test('a link in the place of a file is replaced, and what it points to is not touched', async () => {
  await mkdir(dir, { recursive: true });
  const elsewhere = join(root, 'elsewhere');
  // Even the very bytes: they would be at the mercy of whoever owns the target.
  await writeFile(elsewhere, 'secret', { mode: 0o644 });
  await symlink(elsewhere, join(dir, 'security.h'));
  await expect(writeFiles(dir, FILES, calm)).rejects.toThrow('holds security.h already');
  await writeFiles(dir, [{ ...FILES[0]!, text: 'new' }], { force: true });
  expect((await lstat(join(dir, 'security.h'))).isFile()).toBe(true);
  expect([await text('security.h'), await readFile(elsewhere, 'utf8')]).toEqual(['new', 'secret']);
});

test.each(['folder', 'link to a folder'])('a %s in the place of a file is refused, force or not', async (what) => {
  await mkdir(join(dir, 'target'), { recursive: true });
  if (what === 'folder') await mkdir(join(dir, 'security.h'));
  else await symlink(join(dir, 'target'), join(dir, 'security.h'));
  await expect(writeFiles(dir, FILES, { force: true })).rejects.toThrow('security.h in');
  expect(await readdir(dir)).not.toContain('BUILD.md');
});

test('a link to nowhere is replaced', async () => {
  await mkdir(dir, { recursive: true });
  await symlink(join(root, 'nowhere'), join(dir, 'security.h'));
  await writeFiles(dir, FILES, { force: true });
  expect(await text('security.h')).toBe('secret');
});

test('where no folder can be made the system is quoted, as an error of what is outside', async () => {
  await writeFile(join(root, 'a'), 'a file');
  await expect(writeFiles(dir, FILES, calm)).rejects.toThrow(OutsideError);
  await expect(writeFiles(dir, FILES, calm)).rejects.toThrow(/cannot be written into .*: ENOTDIR|EEXIST/);
});

test.each(['../up', 'a/b', '..', '.', '', 'a\0b', 'a\\b'])('%j is no name of a file', async (name) => {
  await expect(writeFiles(dir, [{ name, text: '', mode: 0o644 }], calm)).rejects.toThrow('not a plain name');
});

test('killed at any moment, each file is one of the two that were written, whole', async () => {
  const [one, two] = ['1'.repeat(300_000), '2'.repeat(200_000)];
  const source = `
    import { writeFiles } from ${JSON.stringify(fileURLToPath(new URL('../../firmware-template/write-files.ts', import.meta.url)))};
    process.stdout.write('ready');
    for (;;) for (const [digit, length] of [['1', 300000], ['2', 200000]]) {
      const text = digit.repeat(length);
      const files = ['a', 'b'].map((name) => ({ name, text, mode: 0o600 }));
      await writeFiles(${JSON.stringify(dir)}, files, { force: true });
      process.stdout.write('.');
    }`;
  for (let round = 0; round < 4; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // Some way into a write: after so many signs of life.
    for (let signs = 0; signs < 3 + round; signs++) await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'close');
    for (const name of ['a', 'b']) expect([one, two].includes(await text(name))).toBe(true);
  }
});
