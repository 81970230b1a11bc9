/** Imports run one way: which folder may import which, read from the sources themselves. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Folders by path, the longest that fits decides; each may import itself and these. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'firmware-template': ['cloud/protocol'],
  simulator: ['cloud/protocol'],
  'cloud/protocol': [],
  'cloud/connector': ['cloud/protocol'],
  'cloud/ingest': ['cloud/protocol'],
  'cloud/platforms': ['cloud/ingest', 'cloud/protocol'],
  'cloud/dashboard': ['cloud/ingest', 'cloud/protocol'],
  scripts: ['firmware-template', 'simulator', 'cloud'],
  test: ['firmware-template', 'simulator', 'cloud', 'scripts'],
};

/** A codec is pure: no sockets, no files, no clock of Node's. */
const WITHOUT_NODE = ['cloud/protocol', 'simulator/board', 'simulator/client', 'simulator/schedule'];

const TOP_FOLDERS = new Set([...Object.keys(MAY_IMPORT).map((path) => path.split('/')[0]!), 'node_modules', 'dist']);
const NAMES_THAT_SAY_NOTHING = /(^|[/.-])(utils?|helpers?|common|manager|misc)([/.-]|$)/i;

interface Import {
  readonly file: string;
  readonly specifier: string;
}

test('imports are found', async () => {
  const specifiers = (await imports())
    .filter(({ file }) => file === 'scripts/verbs/up.ts')
    .map(({ specifier }) => specifier);
  expect(specifiers).toEqual(expect.arrayContaining(['yargs', '../words.ts', '../serve.ts']));
});

test('every import runs the way of the table', async () => {
  const wrong = (await imports())
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ file, specifier }) => ({ file, target: relative(ROOT, join(ROOT, dirname(file), specifier)) }))
    .filter(({ file, target }) => !allowed(file, target));
  expect(wrong).toEqual([]);
});

test('a platform does not import another', async () => {
  const platform = (path: string) => /^cloud\/platforms\/([^/]+)\//.exec(path)?.[1];
  const wrong = (await imports())
    .map(({ file, specifier }) => ({ file, target: relative(ROOT, join(ROOT, dirname(file), specifier)) }))
    .filter(({ file, target }) => platform(file) && platform(target) && platform(file) !== platform(target));
  expect(wrong).toEqual([]);
});

test('what is pure imports nothing of Node', async () => {
  const wrong = (await imports()).filter(({ file, specifier }) => {
    return WITHOUT_NODE.some((folder) => file.startsWith(`${folder}/`)) && !specifier.startsWith('.');
  });
  expect(wrong).toEqual([]);
});

test('every package that is imported is a dependency; what is shipped needs no development package', async () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
    await readFile(join(ROOT, 'package.json'), 'utf8'),
  );
  const shipped = { ...dependencies, ...optionalDependencies };
  // A package of types alone is imported by the name of what it describes.
  const forTests = (name: string): boolean => name in devDependencies || `@types/${name}` in devDependencies;
  const wrong = (await imports())
    .filter(({ specifier }) => !/^(\.|node:)/.test(specifier))
    .map(({ file, specifier }) => ({ file, name: /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier }))
    .filter(({ file, name }) => !(name in shipped || (file.startsWith('test/') && forTests(name))));
  expect(wrong).toEqual([]);
});

test('the top holds the folders of the design, configuration, README.md and LICENSE', async () => {
  const entries = await readdir(ROOT, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
  expect(folders.filter((name) => !TOP_FOLDERS.has(name))).toEqual([]);
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  expect(files.filter((name) => !/^(README\.md|LICENSE|\..+|.+\.(json|mjs|tgz))$/.test(name))).toEqual([]);
});

test('files are named for their content', async () => {
  expect((await sources()).filter((file) => NAMES_THAT_SAY_NOTHING.test(file))).toEqual([]);
});

function allowed(file: string, target: string): boolean {
  const home = folderOf(file);
  if (home === undefined) return false;
  return [home, ...MAY_IMPORT[home]!].some((folder) => target.startsWith(`${folder}/`));
}

function folderOf(file: string): string | undefined {
  const fitting = Object.keys(MAY_IMPORT).filter((folder) => file.startsWith(`${folder}/`));
  return fitting.sort((a, b) => b.length - a.length)[0];
}

/** A statement that names a module, or an import() of one. */
const IMPORT =
  /^(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"\n]+)['"]|\bimport\s*\(\s*['"]([^'"\n]+)['"]\s*\)|^import\s*['"]([^'"\n]+)['"]/gm;

async function imports(): Promise<Import[]> {
  const found: Import[] = [];
  for (const file of await sources()) {
    const text = await readFile(join(ROOT, file), 'utf8');
    for (const [, ...specifiers] of text.matchAll(IMPORT)) {
      const specifier = specifiers.find((one) => one !== undefined);
      if (specifier !== undefined) found.push({ file, specifier });
    }
  }
  return found;
}

async function sources(): Promise<string[]> {
  const found: string[] = [];
  for (const folder of new Set(Object.keys(MAY_IMPORT).map((path) => path.split('/')[0]!))) {
    if (!existsSync(join(ROOT, folder))) continue;
    const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (entry.isFile() && /\.m?ts$/.test(entry.name)) found.push(relative(ROOT, join(entry.parentPath, entry.name)));
    }
  }
  return found;
}
