/** `mts graphite schemas`: the lines, the verdict on a folder and on a server, and the exit status. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import yargs, { type ArgumentsCamelCase } from 'yargs';
import { aggregationLines, schemaLines } from '../../../cloud/platforms/graphite/conf/wanted.ts';
import type { Io } from '../../../scripts/cli.ts';
import { schemasAction } from '../../../scripts/graphite/schemas.ts';
import { graphiteVerb } from '../../../scripts/verbs/graphite.ts';

const DEBIAN = '[default]\npattern = .*\nretentions = 60s:1d,5m:30d,1h:3y\n';

let folder: string;
let server: Server;
let url: string;
let answer: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carbon-conf-'));
  answer = '[]';
  server = createServer((request, response) => {
    request.resume().on('end', () => response.end(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

async function run(...words: readonly string[]): Promise<{ out: string; status: number }> {
  let [out, status] = ['', 0];
  const io = {
    out: async (text: string) => {
      out += text;
    },
    err: () => undefined,
    now: Date.now,
  } as unknown as Io;
  const { builder, handler } = schemasAction(io, (chosen) => {
    status = chosen;
  });
  const args = await builder(
    yargs([...words])
      .strict()
      .exitProcess(false),
  ).parseAsync();
  await handler(args as ArgumentsCamelCase<typeof args>);
  return { out, status };
}

async function conf(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

test('the verb has it', async () => {
  expect(await graphiteVerb.actions.find(({ command }) => command === 'schemas')?.load()).toBe(schemasAction);
});

test('without more, the lines for both files', async () => {
  const { out, status } = await run();
  expect(status).toBe(0);
  expect(out).toContain(`storage-schemas.conf, at the top:\n\n${schemaLines('mbed.button_presses')}`);
  expect(out).toContain(`storage-aggregation.conf, at the top:\n\n${aggregationLines('mbed.button_presses')}`);
  expect((await run('--graphite-prefix', 'a.b')).out).toContain('pattern = ^a\\.b\\.\nretentions = 1h:5y\n');
  expect(JSON.parse((await run('--json')).out)).toEqual({
    ...{ prefix: 'mbed.button_presses', schemas: schemaLines('mbed.button_presses') },
    aggregation: aggregationLines('mbed.button_presses'),
  });
});

test('a folder that is right', async () => {
  await conf({
    'storage-schemas.conf': `${schemaLines('mbed.button_presses')}${DEBIAN}`,
    'storage-aggregation.conf': aggregationLines('mbed.button_presses'),
    'carbon.conf': '[cache]\nMAX_CREATES_PER_MINUTE = inf\nMAX_UPDATES_PER_SECOND = inf\n',
  });
  expect(await run('--carbon-conf-dir', folder)).toEqual({ out: 'Presses are kept by the hour.\n', status: 0 });
  expect(JSON.parse((await run('--carbon-conf-dir', folder, '--json')).out)).toMatchObject({ ok: true, findings: [] });
});

test('a folder that is wrong: exit 1, what is wrong of which file, and the lines', async () => {
  await conf({ 'storage-schemas.conf': DEBIAN, 'carbon.conf': '[cache]\nMAX_CREATES_PER_MINUTE = 50\n' });
  const { out, status } = await run('--carbon-conf-dir', folder);
  expect(status).toBe(1);
  expect(out).toMatch(/^wrong {2}storage-schemas\.conf: \[default\], line 1/m);
  expect(out).toMatch(/^wrong {2}carbon\.conf: \[cache\] MAX_CREATES_PER_MINUTE is 50/m);
  expect(out).toContain(schemaLines('mbed.button_presses'));
  const json = await run('--carbon-conf-dir', folder, '--json');
  expect(json.status).toBe(1);
  expect(JSON.parse(json.out)).toMatchObject({
    ok: false,
    findings: expect.arrayContaining([expect.objectContaining({ of: 'carbon.conf' })]),
  });
});

test('a note alone is no fault', async () => {
  await conf({ 'storage-schemas.conf': schemaLines('mbed.button_presses') });
  const { out, status } = await run('--carbon-conf-dir', folder);
  expect([status, out]).toEqual([0, expect.stringMatching(/^note {2}storage-aggregation\.conf/m)]);
});

test('a file that is none: wrong, with the line; signs that would move the cursor are not printed', async () => {
  await conf({ 'storage-schemas.conf': '[a\u001b[2J]\npattern = .\nretentions = 60:1d\n', 'carbon.conf': 'nothing' });
  const { out, status } = await run('--carbon-conf-dir', folder);
  expect([status, out]).toEqual([1, expect.stringMatching(/^wrong {2}carbon\.conf: line 1: it is in no section/m)]);
  expect(out).not.toContain('\u001b');
});

test('a folder without it: OutsideError FILE', async () => {
  await expect(run('--carbon-conf-dir', folder)).rejects.toMatchObject({ code: 'FILE' });
  await conf({ 'storage-schemas.conf': DEBIAN });
  await rm(join(folder, 'storage-schemas.conf'));
  await expect(run('--carbon-conf-dir', join(folder, 'none'))).rejects.toMatchObject({ code: 'FILE' });
});

test('a server: what it has is judged by how far apart its points are', async () => {
  const series = (step: number): string =>
    JSON.stringify([
      {
        target: 'mbed.button_presses.a',
        datapoints: [
          [null, 3_600],
          [1, 3_600 + step],
        ],
      },
    ]);
  answer = series(3_600);
  expect(await run('--graphite-url', url)).toEqual({ out: 'Presses are kept by the hour.\n', status: 0 });
  answer = series(60);
  const { out, status } = await run('--graphite-url', url);
  expect([status, out]).toEqual([1, expect.stringContaining('mbed.button_presses.a (60 s)')]);
  answer = '<html>';
  await expect(run('--graphite-url', url)).rejects.toMatchObject({ code: 'SERVER' });
});

test('a login without a server: UsageError', async () => {
  await expect(run('--graphite-login-file', 'x')).rejects.toMatchObject({ code: 'USAGE' });
});
