/** `mts google synth`, `dashboard` and `bundle`: what they print and write, and which words they refuse. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import yargs, { type ArgumentsCamelCase } from 'yargs';
import { OutsideError, UsageError } from '../../../cloud/protocol/errors.ts';
import type { Io, Verb } from '../../../scripts/cli.ts';
import { bundleAction } from '../../../scripts/google/bundle.ts';
import { dashboardAction } from '../../../scripts/google/dashboard.ts';
import { synthAction } from '../../../scripts/google/synth.ts';
import { googleVerb } from '../../../scripts/verbs/google.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mts-google-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run<Args>(action: Verb<Args>, ...words: readonly string[]): Promise<string> {
  let out = '';
  const io = {
    out: async (text: string) => {
      out += text;
    },
  } as unknown as Io;
  const { builder, handler } = action(io, () => undefined);
  const args = await builder(
    yargs([...words])
      .strict()
      .exitProcess(false)
      .fail(false),
  ).parseAsync();
  await handler(args as ArgumentsCamelCase<Args>);
  return out;
}

interface Synth {
  readonly resource: Record<string, Record<string, Record<string, unknown>>>;
  readonly variable: Record<string, { default?: unknown }>;
}

describe('synth', () => {
  test('one document: for people on many lines, for programs on one', async () => {
    const text = await run(synthAction);
    expect(text).toContain('\n  "terraform"');
    const line = await run(synthAction, '--json');
    expect(line.trimEnd()).not.toContain('\n');
    expect(JSON.parse(line)).toEqual(JSON.parse(text));
  });

  test('its words are in it', async () => {
    const text = await run(
      synthAction,
      '--json',
      '--prefix',
      'test-',
      '--region',
      'us-central1',
      '--max-aside',
      '5000',
    );
    const { resource, variable } = JSON.parse(text) as Synth;
    expect(variable.region?.default).toBe('us-central1');
    const webhook = resource.google_cloudfunctions2_function!.webhook!;
    expect(webhook.name).toBe('test-mbed-time-series-webhook');
    expect(webhook.service_config).toMatchObject({ environment_variables: { MAX_ASIDE_BYTES: '5000' } });
  });

  test.each([
    ['--prefix', 'Test_'],
    ['--region', 'somewhere'],
    ['--max-aside', 'much'],
  ])('%s %s is refused', async (option, value) => {
    await expect(run(synthAction, option, value)).rejects.toThrow(UsageError);
  });

  test('words that nobody knows are refused', async () => {
    await expect(run(synthAction, '--retention', '3')).rejects.toThrow();
  });
});

test('dashboard prints what is in the configuration', async () => {
  const alone = JSON.parse(await run(dashboardAction, '--prefix', 'test-'));
  const { resource } = JSON.parse(await run(synthAction, '--prefix', 'test-')) as Synth;
  const inside = String(resource.google_monitoring_dashboard!.presses!.dashboard_json);
  expect(JSON.parse(inside.replaceAll('$${', () => '${'))).toEqual(alone);
});

describe('bundle', () => {
  test('writes both functions where the configuration looks for them, and says so', async () => {
    const out = join(folder, 'deep', 'bundle');
    const folders = JSON.parse(await run(bundleAction, '--out', out, '--json'));
    expect(folders).toEqual({ webhook: join(out, 'webhook'), sweep: join(out, 'sweep') });
    const manifest = JSON.parse(await readFile(join(out, 'sweep', 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ type: 'module', main: 'index.js', engines: { node: '24' } });
  });

  test.each([[[]], [['--out', '']]])('without a folder it is refused: %j', async (words) => {
    await expect(run(bundleAction, ...words)).rejects.toThrow(UsageError);
  });

  test('a folder that cannot be written is said', async () => {
    await writeFile(join(folder, 'file'), '');
    const error = await run(bundleAction, '--out', join(folder, 'file')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OutsideError);
    expect(error).toMatchObject({ code: 'FILE' });
  });
});

test('every action is there, with an example that begins with its name', async () => {
  const names = googleVerb.actions.map(({ command }) => command);
  expect(names).toEqual(['synth', 'bundle', 'dashboard']);
  for (const { command, load } of googleVerb.actions) {
    const action = (await load()) as Verb<object>;
    for (const [line] of action({} as Io, () => undefined).examples)
      expect(line).toMatch(new RegExp(`^google ${command}`));
  }
});

/** Whether Terraform is here: `providers` reads the whole configuration without a network. */
const terraform = spawnSync('terraform', ['version'], { encoding: 'utf8' });
const isThere = terraform.error === undefined && terraform.status === 0;

(isThere ? test : test.skip)('Terraform reads it', async () => {
  const config = join(folder, 'config');
  await mkdir(config);
  await writeFile(join(config, 'mbed-time-series.tf.json'), await run(synthAction));
  const env = { ...process.env, CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: join(folder, 'none') };
  const { status, stdout, stderr } = spawnSync('terraform', ['providers', '-no-color'], {
    cwd: config,
    env,
    encoding: 'utf8',
  });
  expect([status, stderr.replace(/Warning.*?╵/gs, '')]).toEqual([0, expect.not.stringContaining('Error')]);
  expect(stdout).toContain('hashicorp/google');
});
