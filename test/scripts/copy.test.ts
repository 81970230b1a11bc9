/** `mts copy`: words to places, and what it says. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openLocalStore } from '../../cloud/platforms/local/store.ts';
import { placeOf } from '../../scripts/copy-places.ts';
import { azuriteHere, azuriteWanted } from '../cloud/platforms/azure/azurite-here.ts';
import { body } from '../conformance/fed-store.ts';
import { runVerb } from './run-verb.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-copy-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function storeWith(name: string, ...bodies: ReturnType<typeof body>[]): Promise<string> {
  const store = openLocalStore({ dir: join(dir, name), create: true, maxAside: 1_000 });
  for (const one of bodies) await store.apply([one]);
  await store.close();
  return `local:${join(dir, name)}`;
}

test('copies, says so, and does it again without doing anything', async () => {
  const from = await storeWith('old', body('a', 5), body('b', 3));
  const to = `local:${join(dir, 'new')}`;
  const first = await runVerb(['copy', '--from', from, '--to', to]);
  expect(first).toMatchObject({
    status: 0,
    out: '2 boards copied, with 8 presses in 2 hours; 0 were the same already; 0 refused; 0 set aside\n',
  });
  const again = await runVerb(['copy', '--from', from, '--to', to, '--json']);
  expect(again.status).toBe(0);
  expect(JSON.parse(again.out)).toEqual({
    copied: 0,
    hours: 0,
    presses: 0,
    same: 2,
    refused: [],
    aside: 0,
    stopped: false,
  });
  const report = (data: string) => runVerb(['report', '--data', join(dir, data), '--csv']);
  expect((await report('new')).out).toBe((await report('old')).out);
});

test('what is newer there is refused with 1 and the reason, and replaced when that is asked for', async () => {
  const from = await storeWith('old', body('a', 5));
  const to = await storeWith('new', body('a', 5), body('a', 7));
  expect(await runVerb(['copy', '--from', from, '--to', to])).toMatchObject({
    status: 1,
    out: expect.stringContaining('a: the target has counted more of it'),
  });
  expect(await runVerb(['copy', '--from', from, '--to', to, '--replace'])).toMatchObject({ status: 0 });
});

test('a dry run makes nothing, not even a folder', async () => {
  const from = await storeWith('old', body('a', 5));
  const there = await storeWith('there');
  const none = join(dir, 'none');
  for (const to of [there, `local:${none}`]) {
    const ran = await runVerb(['copy', '--from', from, '--to', to, '--dry-run']);
    expect(ran).toMatchObject({ status: 0, out: expect.stringContaining('1 boards would be copied') });
  }
  expect(existsSync(none)).toBe(false);
});

(azuriteWanted ? test : test.skip)('nor a table, on Azurite', async () => {
  const from = await storeWith('old', body('a', 5));
  const file = join(dir, 'connection');
  await writeFile(file, (await azuriteHere()).connectionString, { mode: 0o600 });
  const words = ['copy', '--from', from, '--to', 'table:notmadeyet', '--azure-connection-file', file, '--dry-run'];
  // Twice, since the first might have made it.
  for (let times = 0; times < 2; times += 1) {
    const ran = await runVerb(words);
    expect(ran).toMatchObject({ status: 0, out: expect.stringContaining('1 boards would be copied') });
  }
  expect(await runVerb([...words.slice(0, -1), '--json'])).toMatchObject({ status: 0 });
  expect((await runVerb(words)).out).toContain('1 were the same already');
});

test('stopped it says how to go on', async () => {
  const from = await storeWith('old', body('a', 5));
  const stop = AbortSignal.abort();
  const ran = await runVerb(['copy', '--from', from, '--to', `local:${join(dir, 'new')}`], { stop });
  expect(ran).toMatchObject({ status: 1, err: expect.stringContaining('the same command goes on') });
});

test.each([
  ['a place that is none', ['--from', 'nowhere', '--to', 'local:x']],
  ['a folder without a name', ['--from', 'local', '--to', 'local:x']],
  ['nothing after the colon', ['--from', 'local:', '--to', 'table']],
  ['the same twice', ['--from', 'local:x', '--to', 'local:x']],
])('%s is refused', async (_what, words) => {
  expect(await runVerb(['copy', ...words])).toMatchObject({ status: 2 });
});

test.each(['influxdb:./presses', 'graphite'])('%s keeps no counts', (text) => {
  expect(() => placeOf('--to', text)).toThrow(
    expect.objectContaining({ code: 'USAGE', fix: expect.stringContaining('local:') }),
  );
});

test('a platform stands for its store; a colon in a folder stays', () => {
  expect(placeOf('--to', 'azure')).toEqual({ store: 'table', which: undefined });
  expect(placeOf('--to', 'aws:test_')).toEqual({ store: 'dynamodb', which: 'test_' });
  expect(placeOf('--to', 'local:C:/x')).toEqual({ store: 'local', which: 'C:/x' });
});
