import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import { FILE_NAME, openDatabase } from '../../../../cloud/platforms/local/database.ts';
import { openLocalStore } from '../../../../cloud/platforms/local/store.ts';
import { collect, MAX_ASIDE, type StoreUnderTest, storeConformance } from '../../../conformance/store.ts';

storeConformance('local', startLocal);

async function startLocal(): Promise<StoreUnderTest> {
  const dir = await mkdtemp(join(tmpdir(), 'mts-store-'));
  const openIn = async (name: string) => openLocalStore({ dir: join(dir, name), create: true, maxAside: MAX_ASIDE });
  return {
    open: () => openIn('data'),
    openEmpty: () => openIn('empty'),
    throttle: async (ms) => {
      const blocker = new DatabaseSync(join(dir, 'data', FILE_NAME));
      blocker.exec('BEGIN IMMEDIATE');
      setTimeout(() => {
        blocker.exec('ROLLBACK');
        blocker.close();
      }, ms);
    },
    dispose: () => rm(dir, { recursive: true }),
  };
}

async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'mts-store-'));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

const options = { create: true, maxAside: MAX_ASIDE };
const pressed = (endpoint: string, value: number) => {
  return {
    endpoint,
    body: `${endpoint}-${value}`,
    receivedAt: 0,
    events: [{ kind: 'value', boot: 1, value } as const],
  };
};

test('the folder and the file are private', () =>
  inFolder(async (dir) => {
    const store = openLocalStore({ ...options, dir: join(dir, 'new', 'data') });
    expect((await stat(join(dir, 'new', 'data'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(dir, 'new', 'data', FILE_NAME))).mode & 0o777).toBe(0o600);
    await store.close();
  }));

test('reading where there is no store is told, and makes none', () =>
  inFolder(async (dir) => {
    expect(() => openLocalStore({ ...options, create: false, dir })).toThrow(`there is no store in ${dir}`);
    await expect(stat(join(dir, FILE_NAME))).rejects.toMatchObject({ code: 'ENOENT' });
  }));

test.each([
  [
    'newer than this program',
    'PRAGMA user_version = 99; PRAGMA application_id = 0x6d747331',
    'Update mbed-time-series.',
  ],
  ['of another program', 'PRAGMA user_version = 1; CREATE TABLE theirs (x)', 'Give another folder with --data.'],
  ['of another program without a version', 'CREATE TABLE theirs (x)', 'Give another folder with --data.'],
])('a file %s is refused and left alone', (_what, sql, fix) =>
  inFolder(async (dir) => {
    const theirs = new DatabaseSync(join(dir, FILE_NAME));
    theirs.exec(sql);
    theirs.close();
    const before = await readFile(join(dir, FILE_NAME));
    expect(() => openLocalStore({ ...options, dir })).toThrow(expect.objectContaining({ code: 'STORE_SCHEMA', fix }));
    expect((await readFile(join(dir, FILE_NAME))).equals(before)).toBe(true);
  }),
);

test('a file that is no database is refused with the reason', () =>
  inFolder(async (dir) => {
    await writeFile(join(dir, FILE_NAME), 'x'.repeat(5_000));
    expect(() => openLocalStore({ ...options, dir })).toThrow(expect.objectContaining({ code: 'FILE' }));
  }));

test('every acknowledged write is flushed: WAL, synchronous FULL', () =>
  inFolder(async (dir) => {
    const db = openDatabase(dir, true);
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(db.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    db.close();
  }));

test('while another process holds the file: writers give up in time, all of them, and readers do not wait', () =>
  inFolder(async (dir) => {
    const store = openLocalStore({ ...options, dir, busyLimitMs: 2_000 });
    await store.apply([pressed('board', 1)]);
    const blocker = new DatabaseSync(join(dir, FILE_NAME));
    blocker.exec('BEGIN IMMEDIATE');
    const started = performance.now();
    const writers = [2, 3, 4, 5, 6].map((value) => store.apply([pressed('board', value)]));
    const reader = openLocalStore({ ...options, dir, create: false });
    expect(await reader.totals()).toMatchObject({ presses: 1 });
    expect(await collect(reader.export())).toHaveLength(2);
    await reader.close();
    for (const writer of writers) await expect(writer).rejects.toMatchObject({ code: 'STORE_DOWN' });
    // Five in a line wait no longer than one.
    expect(performance.now() - started).toBeLessThan(5 * 2_000);
    blocker.exec('ROLLBACK');
    blocker.close();
    await store.apply([pressed('board', 7)]);
    expect(await store.totals()).toMatchObject({ presses: 7 });
    await store.close();
  }));

test('a folder that cannot be made is told, at once', () => {
  expect(() => openLocalStore({ ...options, dir: '/proc/none/data' })).toThrow(
    expect.objectContaining({ code: 'FILE' }),
  );
});

test('an error in the middle of a batch leaves nothing of it', () =>
  inFolder(async (dir) => {
    const store = openLocalStore({ ...options, dir });
    const broken = { ...pressed('broken', 1), events: undefined as never };
    await expect(store.apply([pressed('board', 3), broken])).rejects.toThrow(TypeError);
    expect(await store.totals()).toMatchObject({ endpoints: 0, presses: 0 });
    await store.apply([pressed('board', 3)]);
    expect(await store.totals()).toMatchObject({ endpoints: 1, presses: 3 });
    await store.close();
  }));

test('what another connection wrote, or an undone batch changed, is not remembered wrongly', () =>
  inFolder(async (dir) => {
    const [one, other] = [openLocalStore({ ...options, dir }), openLocalStore({ ...options, dir })];
    for (const [store, value] of [
      [one, 1],
      [other, 2],
      [one, 3],
      [one, 4],
      [other, 4],
      [other, 6],
      [one, 6],
    ] as const) {
      await store.apply([{ ...pressed('board', value), body: `${Math.random()}` }]);
    }
    expect(await one.totals()).toMatchObject({ presses: 6 });
    const broken = { ...pressed('broken', 1), events: undefined as never };
    await expect(one.apply([pressed('board', 9), broken])).rejects.toThrow(TypeError);
    await one.apply([pressed('board', 9)]);
    expect(await other.totals()).toMatchObject({ presses: 9 });
    await one.close();
    await other.close();
  }));

test('changes: each changed hour once, with its absolute count, from any cursor, in pages', () =>
  inFolder(async (dir) => {
    const store = openLocalStore({ ...options, dir });
    for (const value of [1, 2, 3]) await store.apply([pressed('a', value), pressed('b', value)]);
    const first = await store.changes(0, 1);
    const rest = await store.changes(first.cursor, 10);
    const hour = '1970-01-01 00:00:00';
    expect([...first.counts, ...rest.counts]).toEqual([
      { endpoint: 'a', hour, count: 3 },
      { endpoint: 'b', hour, count: 3 },
    ]);
    expect(rest.cursor).toBe(await store.now());
    expect(await store.changes(rest.cursor, 10)).toEqual({ counts: [], cursor: rest.cursor });
    await store.apply([pressed('a', 4)]);
    expect((await store.changes(rest.cursor, 10)).counts).toEqual([{ endpoint: 'a', hour, count: 4 }]);
    await store.close();
  }));

test('an export is one moment, whatever is written meanwhile', () =>
  inFolder(async (dir) => {
    const store = openLocalStore({ ...options, dir });
    await store.apply([pressed('a', 1), pressed('b', 1)]);
    const items = store.export()[Symbol.asyncIterator]();
    const first = await items.next();
    await store.apply([pressed('b', 9), pressed('c', 9)]);
    const rest = await collect({ [Symbol.asyncIterator]: () => items });
    const counts = [first.value, ...rest]
      .filter(({ kind }) => kind === 'hour')
      .map(({ endpoint, count }) => [endpoint, count]);
    expect(counts).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    await store.close();
  }));
