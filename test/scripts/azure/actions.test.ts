/** The words of `mts azure`: what is printed and written, and what is refused. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import yargs from 'yargs';
import { CONTAINER, QUEUE, TABLE } from '../../../cloud/platforms/azure/template/names.ts';
import { bundleAction } from '../../../scripts/azure/bundle.ts';
import { synthAction } from '../../../scripts/azure/synth.ts';
import { DEFAULT_CONTAINER, DEFAULT_TABLE } from '../../../scripts/azure/words.ts';
import type { Io } from '../../../scripts/cli.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mts-azure-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ACTIONS = { synth: synthAction, bundle: bundleAction };

/** Runs an action through its own strict parser. */
async function run(name: keyof typeof ACTIONS, ...words: string[]): Promise<string> {
  let out = '';
  const print = async (text: string): Promise<void> => {
    out += text;
  };
  const io = { out: print } as unknown as Io;
  const { builder, handler } = ACTIONS[name](io, () => {}) as ReturnType<typeof synthAction>;
  const args = await builder(yargs(words) as never)
    .strict()
    .exitProcess(false)
    .fail(false)
    .parseAsync();
  await handler(args as never);
  return out;
}

test('synth prints a template, whole or on one line', async () => {
  const { parameters, resources } = JSON.parse(await run('synth'));
  expect(parameters.nodeVersion.defaultValue).toBe('22');
  expect(parameters.demandedHeader.defaultValue).toBe('');
  expect(resources.length).toBeGreaterThan(15);
  const line = await run('synth', '--json', '--node', '24', '--retention', '90d');
  expect(line.trimEnd()).not.toContain('\n');
  expect(JSON.parse(line).parameters).toMatchObject({
    nodeVersion: { defaultValue: '24' },
    retentionDays: { defaultValue: 90 },
  });
});

test('a demanded header goes in as a digest', async () => {
  const file = join(folder, 'header.txt');
  await writeFile(file, 'X-Key: 5f1c-secret\n', { mode: 0o600 });
  const text = await run('synth', '--header-file', file);
  expect(JSON.parse(text).parameters.demandedHeader.defaultValue).toMatch(/^x-key:[0-9a-f]{64}$/);
  expect(text).not.toContain('secret');
});

test.each([
  ['synth', '--node', '20'],
  ['synth', '--retention', '10d'],
  ['synth', '--retention', '30.5d'],
  ['synth', '--retention', 'long'],
  ['bundle', '--out', ''],
  ['bundle', '--json'],
] as const)('%s %s %s is refused', async (name, ...words) => {
  await expect(run(name, ...words)).rejects.toMatchObject({ code: 'USAGE' });
});

test('bundle writes the three files, and says where', async () => {
  const out = join(folder, 'functions');
  expect(JSON.parse(await run('bundle', '--out', out, '--json'))).toEqual({ folder: out });
  expect((await readdir(out)).sort()).toEqual(['functions.js', 'host.json', 'package.json']);
});

test('bundle into what is no folder', async () => {
  const file = join(folder, 'file');
  await writeFile(file, 'kept');
  await expect(run('bundle', '--out', file)).rejects.toMatchObject({ code: 'FILE' });
  expect(await readFile(file, 'utf8')).toBe('kept');
});

test('the words look where the template puts things', () => {
  expect([TABLE, CONTAINER, QUEUE]).toEqual([DEFAULT_TABLE, DEFAULT_CONTAINER, DEFAULT_CONTAINER]);
});
