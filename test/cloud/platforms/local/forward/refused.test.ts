/** What sinks refused is kept beside a folder's counts, of each sink apart, and can be read while it is written. */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { RefusedCount } from '../../../../../cloud/ingest/sink.ts';
import { REFUSED_FILE, RefusedFile } from '../../../../../cloud/platforms/local/forward/refused.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-refused-'));
});
afterEach(() => rm(dir, { recursive: true }));

const refusal = (endpoint: string, count: number, reason = 'no such name'): RefusedCount => ({
  count: { endpoint, hour: '2026-03-01 12:00:00', count },
  reason,
});

test('it is there for readers at once, with its newest total, of each sink apart; told again it is forgotten', async () => {
  expect(RefusedFile.read(dir, 'one')).toEqual([]);
  const file = RefusedFile.open(dir);
  file.put('one', [refusal('a', 1), refusal('b', 2)]);
  file.put('one', [refusal('a', 3, 'still none')]);
  file.put('other', []);
  expect(RefusedFile.read(dir, 'one')).toEqual([refusal('a', 3, 'still none'), refusal('b', 2)]);
  expect(RefusedFile.read(dir, 'other')).toEqual([]);
  file.close();
  const again = RefusedFile.open(dir);
  again.forget('one');
  again.close();
  expect(RefusedFile.read(dir, 'one')).toEqual([]);
  expect((await stat(join(dir, REFUSED_FILE))).mode & 0o777).toBe(0o600);
});

test('a file that is none is said', async () => {
  await writeFile(join(dir, REFUSED_FILE), 'no database, but longer than its head: '.repeat(100));
  for (const use of [() => RefusedFile.read(dir, 'one'), () => RefusedFile.open(dir)])
    expect(use).toThrow(expect.objectContaining({ code: 'FILE', message: expect.stringContaining(REFUSED_FILE) }));
});
