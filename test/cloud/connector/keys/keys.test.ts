/** API keys: made, checked, expired, removed, and seen by a connector that runs while another process changes them. */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import type { Keys } from '../../../../cloud/connector/keys/keys.ts';
import { OutsideError, UsageError } from '../../../../cloud/protocol/errors.ts';
import { NOON } from '../events/virtual-time.ts';
import { keyFolder } from './key-files.ts';

const ADDER = fileURLToPath(new URL('adder.main.ts', import.meta.url));

describe('a key', () => {
  test('is ak_ and 32 random bytes, told once; the file holds only its SHA-256, for its owner', async () => {
    await using it = await keyFolder();
    const keys = it.open();
    const { id, text: secret } = keys.add({ name: 'web' });
    expect(secret).toMatch(/^ak_[\w-]{43}$/);
    expect(id).toMatch(/^k[0-9a-z]{8}$/);
    expect(keys.check(secret)).toEqual({ id });
    expect(keys.list()).toEqual([{ id, name: 'web', createdMs: NOON }]);
    expect(readFileSync(it.path, 'utf8')).not.toContain(secret.slice(3));
    expect(statSync(it.path).mode & 0o777).toBe(0o600);
    expect(it.open().check(secret)).toEqual({ id });
    for (const name of readdirSync(it.folder)) expect(['keys.json', 'keys.json.lock']).toContain(name);
  });

  test('is nobody else: every other text is unknown', async () => {
    await using it = await keyFolder();
    const keys = it.open();
    const { text: secret } = keys.add({ name: 'web' });
    for (const other of ['', secret.slice(0, -1), `${secret} `, secret.toUpperCase(), `x${secret}`, 'k'.repeat(1e6)]) {
      expect(keys.check(other)).toBe('unknown');
    }
  });

  test('of its owner’s own choosing', async () => {
    await using it = await keyFolder();
    const keys = it.open();
    const old = 'x'.repeat(16);
    const { id, text: told } = keys.add({ name: 'old', text: old });
    expect(told).toBe(old);
    expect(keys.check(old)).toEqual({ id });
    expect(() => keys.add({ name: 'other', text: old })).toThrow(/is there already, as old/);
    for (const bad of ['x'.repeat(15), 'x'.repeat(257), `${'x'.repeat(20)} y`, 'ü'.repeat(20)]) {
      expect(() => keys.add({ name: 'bad', text: bad })).toThrow(UsageError);
    }
    expect(keys.list()).toHaveLength(1);
  });

  test('expires', async () => {
    await using it = await keyFolder();
    const keys = it.open();
    const { id, text: secret } = keys.add({ name: 'web', expiresMs: NOON + 60_000 });
    expect(keys.check(secret)).toEqual({ id });
    await it.world.pass(60_000);
    expect(keys.check(secret)).toBe('expired');
    expect(() => keys.add({ name: 'late', expiresMs: NOON })).toThrow(/expired already/);
    expect(() => keys.add({ name: 'never', expiresMs: Number.NaN })).toThrow(UsageError);
  });

  test.each(['', 'x'.repeat(65), 'a b', 'a\n', '\u200b', '\ud800'])('cannot have the name %j', async (name) => {
    await using it = await keyFolder();
    expect(() => it.open().add({ name })).toThrow(UsageError);
  });

  test('has a name that no other has, and is removed by it or by its id', async () => {
    await using it = await keyFolder();
    const keys = it.open();
    const web = keys.add({ name: 'web' });
    const app = keys.add({ name: 'größer.1-α' });
    expect(() => keys.add({ name: 'web' })).toThrow(UsageError);
    expect(() => keys.add({ name: app.id })).toThrow(UsageError);
    expect(keys.remove('nobody')).toBe(false);
    expect(keys.remove('web')).toBe(true);
    expect(keys.remove('web')).toBe(false);
    expect(keys.remove(app.id)).toBe(true);
    expect([keys.check(web.text), keys.check(app.text)]).toEqual(['unknown', 'unknown']);
    expect(keys.list()).toEqual([]);
  });

  test('gets another id where chance gives one that is taken', async () => {
    await using it = await keyFolder();
    let calls = 0;
    // The text of the second is another one; its id is the same at first.
    const randomBytes = (size: number) => new Uint8Array(size).fill(size === 8 ? Math.floor(calls++ / 2) : calls);
    const keys = it.open({ randomBytes });
    const ids = ['a', 'b', 'c'].map((name) => keys.add({ name }).id);
    expect(ids).toEqual(['k00000000', 'k11111111', 'k22222222']);
  });
});

test('a key that expires ends within a second, once, and is told of again at the next start', async () => {
  await using it = await keyFolder();
  const [keys, ended]: [Keys, string[]] = [it.open(), []];
  const listener = (id: string, why: string): void => void ended.push(`${id} ${why}`);
  keys.onEnded(listener);
  const { id } = keys.add({ name: 'web', expiresMs: it.world.wall() + 5_000 });
  keys.add({ name: 'other' });
  await it.world.pass(4_900);
  expect(ended).toEqual([]);
  await it.world.pass(60_000);
  expect(ended).toEqual([`${id} expired`]);
  it.open().onEnded(listener);
  expect(ended).toEqual([`${id} expired`, `${id} expired`]);
});

describe('what another process does', () => {
  test('is seen within a second: a new key, and one that is gone', async () => {
    await using it = await keyFolder();
    const serving = it.open();
    const removed: string[] = [];
    serving.onEnded((id) => removed.push(id));
    const { id, text: secret } = it.open().add({ name: 'web' });
    await it.world.pass(1_000);
    expect(serving.check(secret)).toEqual({ id });
    it.open().remove('web');
    expect(serving.check(secret)).toEqual({ id });
    await it.world.pass(1_000);
    expect(serving.check(secret)).toBe('unknown');
    expect(removed).toEqual([id]);
    await it.world.pass(60_000);
    expect(removed).toEqual([id]);
  });

  test('is told of a key that came and went between two looks, and of what was removed before', async () => {
    await using it = await keyFolder();
    const serving = it.open();
    const removed: string[] = [];
    const stop = serving.onEnded((id) => removed.push(id));
    const other = it.open();
    const { id } = other.add({ name: 'web' });
    other.remove(id);
    await it.world.pass(1_000);
    expect(removed).toEqual([id]);
    const later: string[] = [];
    it.open().onEnded((gone) => later.push(gone));
    expect(later).toEqual([id]);
    stop();
    const { id: second } = other.add({ name: 'web' });
    other.remove(second);
    await it.world.pass(1_000);
    expect(removed).toEqual([id]);
  });

  test('cannot make a change get lost, whoever is at it at once', async () => {
    await using it = await keyFolder();
    const adders = ['a', 'b', 'c'].map((name) => {
      const flags = ['--disable-warning=ExperimentalWarning', ADDER, it.path, name, '12'];
      return text(spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] }).stdout);
    });
    const ids = (await Promise.all(adders))
      .join('')
      .split('\n')
      .filter((line) => line !== '');
    expect(ids).toHaveLength(24);
    const keys = it.open();
    expect(
      keys
        .list()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(ids.toSorted());
    const removed: string[] = [];
    keys.onEnded((id) => removed.push(id));
    expect(new Set(removed).size).toBe(12);
  });
});

describe('trouble with the file', () => {
  const bad = [
    '',
    'x',
    '[]',
    '{}',
    '{"version":1}',
    '{"version":1,"keys":[{}]}',
    '{"version":1,"keys":[],"removed":[1]}',
  ];
  test.each(bad)('%j is refused, with what to do, and not written over', async (content) => {
    await using it = await keyFolder();
    writeFileSync(it.path, content);
    expect(() => it.open()).toThrow(OutsideError);
    expect(() => it.open()).toThrow(expect.objectContaining({ code: 'FILE', fix: expect.stringMatching(/copy/) }));
    expect(readFileSync(it.path, 'utf8')).toBe(content);
  });

  test('from a newer version is said to be so', async () => {
    await using it = await keyFolder();
    writeFileSync(it.path, '{"version":2,"keys":[]}');
    expect(() => it.open()).toThrow(/newer version/);
  });

  test('while it is served: the keys go on, it is told once, and no key is removed', async () => {
    await using it = await keyFolder();
    const keys = it.open();
    const removed: string[] = [];
    keys.onEnded((id) => removed.push(id));
    const { id, text: secret } = keys.add({ name: 'web' });
    const content = readFileSync(it.path);
    writeFileSync(it.path, '{"version":1,"keys":[{"id":"');
    await it.world.pass(10_000);
    expect(keys.check(secret)).toEqual({ id });
    expect(it.problems).toHaveLength(1);
    expect(() => keys.add({ name: 'other' })).toThrow(OutsideError);
    rmSync(it.path);
    await it.world.pass(1_000);
    expect(keys.check(secret)).toBe('unknown');
    writeFileSync(it.path, content);
    await it.world.pass(1_000);
    expect(keys.check(secret)).toEqual({ id });
    expect(removed).toEqual([]);
  });

  test('in a folder that cannot be written to', async () => {
    await using it = await keyFolder();
    const keys = it.open();
    rmSync(it.folder, { recursive: true });
    expect(() => keys.add({ name: 'web' })).toThrow(expect.objectContaining({ code: 'FILE' }));
    mkdirSync(it.path, { recursive: true });
    expect(() => it.open()).toThrow(expect.objectContaining({ code: 'FILE' }));
  });
});
