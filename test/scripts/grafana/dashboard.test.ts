/** `mts dashboard grafana`: what it prints, what it writes, and what it refuses. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { OutsideError, UsageError } from '../../../cloud/protocol/errors.ts';
import { grafanaAction } from '../../../scripts/grafana/dashboard.ts';
import { withBuilders } from '../../../scripts/grafana/optional.ts';
import { GRAFANA_PLATFORMS } from '../../../scripts/grafana/words.ts';
import { dashboardVerb } from '../../../scripts/verbs/dashboard.ts';
import { RESOURCE } from '../../cloud/dashboard/grafana/made.ts';
import { runAction } from './run-action.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grafana-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** What a platform cannot do without, if its data source is written too. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  aws: ['--region', 'eu-west-1'],
  azure: ['--resource', RESOURCE],
  google: ['--project', 'lab'],
};

const words = (platform: string, ...more: string[]): string[] => [
  '--platform',
  platform,
  ...(NEEDED[platform] ?? []),
  ...more,
];

async function yaml(...path: string[]): Promise<unknown> {
  return parse(await readFile(join(folder, ...path), 'utf8'));
}

/** The data source that was written, of a platform. */
async function source(platform: string): Promise<Record<string, unknown>> {
  const { datasources } = (await yaml('provisioning', 'datasources', `mbed-${platform}.yaml`)) as {
    datasources: Record<string, unknown>[];
  };
  expect(datasources).toHaveLength(1);
  return datasources[0]!;
}

describe.each(GRAFANA_PLATFORMS)('%s', (platform) => {
  test('prints the dashboard: one JSON document, and nothing else', async () => {
    const { out, err } = await runAction(grafanaAction, words(platform));
    expect(JSON.parse(out)).toMatchObject({ uid: `mbed-presses-${platform}`, timezone: 'utc' });
    expect(err).toBe('');
    const line = await runAction(grafanaAction, words(platform, '--json'));
    expect(line.out.split('\n')).toHaveLength(2);
    expect(JSON.parse(line.out)).toEqual(JSON.parse(out));
  });

  test('--out: dashboard, data source, and where dashboards are; the dashboard shows that data source', async () => {
    const { out, err } = await runAction(grafanaAction, words(platform, '--out', folder));
    expect(await readFile(join(folder, 'dashboards', `mbed-presses-${platform}.json`), 'utf8')).toBe(out);
    expect(err.match(/^written: /gm)).toHaveLength(3);
    const { uid, name, type } = await source(platform);
    const [variable] = JSON.parse(out).templating.list;
    expect(variable).toMatchObject({ query: type, current: { text: name, value: uid } });
    const { providers } = (await yaml('provisioning', 'dashboards', 'mbed-time-series.yaml')) as {
      providers: object[];
    };
    expect(providers).toMatchObject([{ type: 'file', options: { path: join(folder, 'dashboards') } }]);
  });

  test('what is secret is a name of an environment variable', async () => {
    await runAction(grafanaAction, words(platform, '--out', folder, ...(platform === 'influxdb' ? ['--token'] : [])));
    const { secureJsonData = {} } = (await source(platform)) as { secureJsonData?: Record<string, string> };
    for (const value of Object.values(secureJsonData)) expect(value).toMatch(/^(Token )?\$[A-Z_]+$/);
    const secrets = { influxdb: 1, graphite: 0, aws: 0, azure: 1, google: 1 };
    expect(Object.keys(secureJsonData)).toHaveLength(secrets[platform]);
  });
});

test('the data source of InfluxDB: address, database, and who logs in', async () => {
  const at = ['--url', 'http://db:8086/a$b', '--database', 'lab'];
  await runAction(grafanaAction, words('influxdb', ...at, '--user', 'reader', '--out', folder));
  expect(await source('influxdb')).toMatchObject({
    type: 'influxdb',
    // Grafana would look for a variable `b`.
    url: 'http://db:8086/a$$b',
    user: 'reader',
    jsonData: { version: 'InfluxQL', dbName: 'lab' },
    secureJsonData: { password: '$INFLUXDB_PASSWORD' },
  });
});

test('the data source of CloudWatch knows the namespace and the region', async () => {
  await runAction(grafanaAction, words('aws', '--prefix', 'test_', '--out', folder));
  expect(await source('aws')).toMatchObject({
    type: 'cloudwatch',
    jsonData: { authType: 'default', defaultRegion: 'eu-west-1', customMetricsNamespaces: 'test_MbedButtonPressHour' },
  });
});

test('two platforms share a folder, and writing the same again is no replacement', async () => {
  for (const platform of ['influxdb', 'graphite', 'influxdb'])
    await runAction(grafanaAction, words(platform, '--out', folder));
  expect((await readdir(join(folder, 'provisioning', 'datasources'))).sort()).toEqual([
    'mbed-graphite.yaml',
    'mbed-influxdb.yaml',
  ]);
});

test('a file with other content stays, and nothing is written beside it, unless --force', async () => {
  const file = join(folder, 'dashboards', 'mbed-presses-graphite.json');
  await mkdir(join(folder, 'dashboards'));
  await writeFile(file, 'mine');
  const refused = runAction(grafanaAction, words('graphite', '--out', folder));
  await expect(refused).rejects.toThrow(UsageError);
  await expect(refused).rejects.toThrow(/mbed-presses-graphite\.json: there already/);
  expect(await readFile(file, 'utf8')).toBe('mine');
  expect(existsSync(join(folder, 'provisioning'))).toBe(false);
  const { out } = await runAction(grafanaAction, words('graphite', '--out', folder, '--force'));
  expect(await readFile(file, 'utf8')).toBe(out);
});

test('a folder that is a file is an error of the outside', async () => {
  await writeFile(join(folder, 'file'), '');
  const refused = runAction(grafanaAction, words('graphite', '--out', join(folder, 'file')));
  await expect(refused).rejects.toMatchObject({ code: 'FILE' });
});

test.each([
  ['no platform', []],
  ['the local platform', ['--platform', 'local']],
  ['a word of another platform', words('graphite', '--region', 'eu-west-1')],
  ['a switch of another platform', words('graphite', '--token')],
  ['an empty word', words('influxdb', '--database', '')],
  ['an address that is none', words('influxdb', '--url', 'db:8086')],
  ['an address with a password', words('influxdb', '--url', 'http://me:secret@db:8086')],
  ['two ways to log in', words('influxdb', '--user', 'me', '--token')],
  ['a prefix that Graphite cannot have', words('graphite', '--prefix', 'a..b')],
  ['a prefix that a deployment cannot have', words('aws', '--prefix', 'No')],
  ['a region that is none', ['--platform', 'aws', '--region', 'Ireland']],
  ['no resource', ['--platform', 'azure']],
  ['a resource that is none', ['--platform', 'azure', '--resource', '/subscriptions/1']],
  ['a word that is none', words('graphite', '--colour', 'red')],
])('refused: %s', async (_, line) => {
  await expect(runAction(grafanaAction, line)).rejects.toThrow(UsageError);
});

test.each([
  ['a region', ['--platform', 'aws']],
  ['a project', ['--platform', 'google']],
])('a data source needs %s, the dashboard does not', async (_, line) => {
  await runAction(grafanaAction, line);
  await expect(runAction(grafanaAction, [...line, '--out', folder])).rejects.toThrow(
    /is missing: a data source needs one/,
  );
});

test('a resource that is missing and one that is wrong are told apart', async () => {
  const refused = (...more: string[]) => runAction(grafanaAction, ['--platform', 'azure', ...more]);
  await expect(refused()).rejects.toThrow(/--resource is missing/);
  await expect(refused('--resource', `${RESOURCE}/slots/a`)).rejects.toThrow(/--resource is no id/);
});

test('a password in an address is not printed', async () => {
  const refused = runAction(grafanaAction, words('influxdb', '--url', 'http://me:secret@db:8086'));
  await expect(refused).rejects.toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret') }));
});

test('a missing package is said with the way to get it; any other error passes', async () => {
  const missing = withBuilders(async () => {
    throw Object.assign(new Error("Cannot find package '@grafana/grafana-foundation-sdk' imported from /a/b.js"), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
  });
  await expect(missing).rejects.toThrow(OutsideError);
  await expect(missing).rejects.toMatchObject({ code: 'TOOL', fix: expect.stringContaining('npm install @grafana/') });
  const other = Object.assign(new Error("Cannot find package 'left-pad'"), { code: 'ERR_MODULE_NOT_FOUND' });
  await expect(withBuilders(() => Promise.reject(other))).rejects.toBe(other);
});

test('the examples are words that it takes', async () => {
  const examples = [...dashboardVerb.examples, ...grafanaAction({} as never, () => undefined).examples];
  for (const [line] of examples) {
    const [verb, action, ...rest] = line.replace(/ > .*/, '').split(' ');
    expect([verb, action]).toEqual(['dashboard', 'grafana']);
    const filled = rest.map((word) => ({ './grafana': folder, '/subscriptions/…': RESOURCE })[word] ?? word);
    await runAction(grafanaAction, [...filled, ...(filled.includes(folder) ? ['--force'] : [])]);
  }
});
