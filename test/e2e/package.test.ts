/** The package as npm would publish it, installed in an empty folder: its commands run, its page is served. */
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { MTS } from './ingest-process.ts';
import { inFolder } from './run-mts.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** It asks a registry for hundreds of packages. */
const LONGEST_MS = 600_000;

test(
  'npm pack, npm install in an empty folder: mts --help, synth of each cloud, firmware generate and up --duration 5s',
  () =>
    inFolder(async (dir) => {
      await run('npm', ['pack', '--silent', '--pack-destination', dir], { cwd: ROOT });
      const [tarball] = await readdir(dir);
      await writeFile(join(dir, 'package.json'), '{"private":true}');
      await run('npm', ['install', '--silent', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`], {
        cwd: dir,
      });
      const mts = (...words: string[]) => run(join(dir, 'node_modules/.bin/mts'), words, { cwd: dir });
      expect((await mts('--help')).stdout).toContain('mts <verb>');
      expect((await run(join(dir, 'node_modules/.bin/mbed-time-series'), ['--version'])).stdout).toMatch(
        /^\d+\.\d+\.\d+\n$/,
      );
      // The handlers are bundled from what was built, and the template is made of it.
      const template = JSON.parse((await mts('aws', 'synth', '--json')).stdout);
      expect(Object.keys(template.Resources).length).toBeGreaterThan(30);
      // So are the functions of the other clouds.
      for (const cloud of ['azure', 'google']) {
        expect(Object.keys(JSON.parse((await mts(cloud, 'synth', '--json')).stdout)).length).toBeGreaterThan(2);
        await mts(cloud, 'bundle', '--out', cloud);
        expect((await readdir(join(dir, cloud), { recursive: true })).some((name) => name.endsWith('js'))).toBe(true);
      }
      expect(JSON.parse((await mts('platforms', '--json')).stdout).platforms).toHaveLength(6);
      expect(JSON.parse((await mts('dashboard', 'grafana', '--platform', 'influxdb')).stdout)).toHaveProperty('panels');
      // Templates are files beside the code.
      await mts('credentials', 'init', '--out', 'c');
      await mts('credentials', 'issue', '--credentials', 'c', '--endpoint', 'board-1');
      const words = ['--credentials', 'c', '--endpoint', 'board-1', '--server', '192.168.1.10', '--out', 'fw'];
      await mts('firmware', 'generate', ...words);
      expect((await readdir(join(dir, 'fw'))).sort()).toEqual(['BUILD.md', 'mbed_app.json', 'security.h']);
      const up = mts('up', '--duration', '5s', '--rate', '20', '--port', '0', '--json');
      const page = new Promise<string>((resolve, reject) => {
        up.catch(reject);
        up.child.stderr?.on('data', (text: Buffer) => {
          const [, origin] = /Page +(http\S+)\//.exec(String(text)) ?? [];
          if (origin !== undefined) resolve(origin);
        });
      });
      const origin = await page;
      const html = await (await fetch(`${origin}/`)).text();
      for (const [, path] of html.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)) {
        expect((await fetch(`${origin}/${path}`)).status).toBe(200);
      }
      const { stdout, stderr } = await up;
      expect(JSON.parse(stdout)).toMatchObject({ boards: 3, pressed: 100, counted: 100, lost: 0, doubled: 0 });
      expect(stderr).not.toContain('Warning');
    }),
  LONGEST_MS,
);

test('on a Node.js that is too old, the command says so and which one it needs', async () => {
  // A Node.js that calls itself old stands for one: the check is the first thing that runs.
  const old = "Object.defineProperty(process.versions, 'node', { value: '20.20.2' })";
  const words = ['--import', `data:text/javascript,${encodeURIComponent(old)}`, MTS, '--help'];
  const ended = run(process.execPath, words);
  await expect(ended).rejects.toMatchObject({ code: 3, stderr: expect.stringContaining('needs Node.js 22.18') });
});

test('what is loaded before that check names nothing that an old Node.js lacks', async () => {
  const source = await readFile(MTS, 'utf8');
  const imported = [...source.matchAll(/^import (.*) from/gm)].map(([, names]) => names);
  expect(imported).toEqual(['* as nodeModule']);
});
