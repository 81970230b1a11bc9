/** Words that choose a store and a sink: presets, either by itself, and what belongs to another. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openStore, presetOf, refuseForeign } from '../../scripts/platforms.ts';
import { openSink, shownSinkOf, sinkNameOf } from '../../scripts/sinks.ts';
import { runVerb } from './run-verb.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-words-'));
});
afterEach(() => rm(dir, { recursive: true }));

const usage = expect.objectContaining({ code: 'USAGE' });
const noMemory = () => ({ read: async () => new Map(), write: async () => undefined, close: async () => undefined });

test('a platform is a store and a sink; either may be another', () => {
  expect(presetOf({ platform: 'influxdb' })).toEqual({ store: 'local', sink: 'influxdb', shows: 'influxdb' });
  expect(presetOf({ platform: 'influxdb', store: 'dynamodb' }).store).toBe('dynamodb');
  expect(sinkNameOf({ platform: 'azure' })).toBe('none');
  expect(sinkNameOf({ platform: 'azure', sink: 'graphite' })).toBe('graphite');
  expect(sinkNameOf({ platform: 'influxdb', sink: 'none' })).toBe('none');
});

test('what shows the counts of a cloud is its own monitor; the local platform has none', () => {
  expect(shownSinkOf({ platform: 'azure', sink: '' })).toBe('azure-monitor');
  expect(shownSinkOf({ platform: 'google' })).toBe('cloud-monitoring');
  expect(shownSinkOf({ platform: 'local', sink: 'influxdb' })).toBe('influxdb');
  expect(() => shownSinkOf({ platform: 'local' })).toThrow(usage);
});

test.each([
  ['a platform', { platform: 'oracle' }],
  ['a store', { platform: 'local', store: 'mysql' }],
])('%s that is none is refused', (_what, words) => {
  expect(() => presetOf(words)).toThrow(usage);
});

test('a sink that is none is refused', () => {
  expect(() => sinkNameOf({ platform: 'local', sink: 'prometheus' })).toThrow(usage);
});

test.each([
  ['influxUrl', 'influxdb', 'influx-url'],
  ['carbon', 'graphite', 'carbon'],
  ['azureTable', 'azure', 'azure-table'],
  ['googleProject', 'google', 'google-project'],
  ['awsPrefix', 'aws', 'aws-prefix'],
])(
  '--%s is refused where nothing of its platform is used, and which one it is of is said',
  (word, platform, option) => {
    const words = { platform: 'local', [word]: 'x' };
    expect(() => refuseForeign(words, ['local', 'none'])).toThrow(
      expect.objectContaining({ code: 'USAGE', message: `--${option} is of the ${platform} platform` }),
    );
  },
);

test('a folder is of the local store, or of what a sink was told', async () => {
  const options = { create: true, now: Date.now, env: {} };
  await expect(openStore({ platform: 'azure', data: dir }, options)).rejects.toMatchObject({ code: 'USAGE' });
  await expect(openStore({ platform: 'local' }, options)).rejects.toMatchObject({ code: 'USAGE' });
  const env = { AZURE_STORAGE_CONNECTION_STRING: 'AccountName=x;AccountKey=eA==;TableEndpoint=http://127.0.0.1:9/x' };
  // It gets as far as the server that is not there.
  const fed = openStore({ platform: 'azure', sink: 'influxdb', data: dir }, { ...options, env });
  await expect(fed).rejects.toMatchObject({ code: 'SERVER' });
});

test('each sink has a place that says where it is', async () => {
  const deps = { io: { now: Date.now, sleep: async () => undefined }, env: {}, told: noMemory };
  const places = new Set<string>();
  for (const influxDatabase of ['a', 'b']) {
    const words = { platform: 'influxdb', influxUrl: 'http://127.0.0.1:9', influxDatabase };
    const { place, sink } = await openSink('influxdb', words, deps);
    places.add(place);
    await sink.close();
  }
  expect(places.size).toBe(2);
});

test('words of a sink that is not used are refused by the verb', async () => {
  const ran = await runVerb(['ingest', '--data', dir, '--port', '0', '--influx-url', 'http://127.0.0.1:8086']);
  expect(ran).toMatchObject({ status: 2, err: expect.stringContaining('--influx-url is of the influxdb platform') });
});

test('up takes platforms by name, and says what cannot be', async () => {
  expect(await runVerb(['up', '--platform', 'oracle'])).toMatchObject({ status: 2 });
  expect(await runVerb(['up', '--platform', 'azure', '--via', 'mqtt'])).toMatchObject({ status: 2 });
});
