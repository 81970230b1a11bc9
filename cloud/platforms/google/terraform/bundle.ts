/**
 * The functions' source as Cloud Build takes it: for each a folder with one minified file, by esbuild, and a package.json that names
 * the Functions Framework alone. That one cannot be inside: it is what loads the file, and knows functions registered with itself.
 *
 * The same sources make the same bytes, so that a deployment without a change changes nothing. Works on the sources and on
 * what is built of them: the handlers are beside this file, with this file's own ending.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { RUNTIME } from './settings.ts';

const FRAMEWORK = '@google-cloud/functions-framework';
const ENDING = extname(fileURLToPath(import.meta.url));
const beside = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const FUNCTIONS = ['webhook', 'sweep'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** Writes `index.js` and `package.json` of each function into a folder of its own under `dir`, which is made if it is missing. */
export async function bundleFunctions(dir: string): Promise<Readonly<Record<FunctionName, string>>> {
  const packageJson = await manifest();
  const entries = await Promise.all(
    FUNCTIONS.map(async (name) => {
      const folder = join(dir, name);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'index.js'), await bundle(beside(`../handlers/${name}.main${ENDING}`)));
      await writeFile(join(folder, 'package.json'), packageJson);
      return [name, folder] as const;
    }),
  );
  return Object.fromEntries(entries) as Record<FunctionName, string>;
}

async function manifest(): Promise<string> {
  const content = {
    name: 'mbed-time-series-functions',
    private: true,
    type: 'module',
    main: 'index.js',
    engines: { node: RUNTIME.replace('nodejs', '') },
    dependencies: { [FRAMEWORK]: await frameworkVersion() },
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** The version that the tests ran with. */
async function frameworkVersion(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve(FRAMEWORK);
  // Its package.json is not exported: it lies above build/src.
  const text = await readFile(join(dirname(entry), '../../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** The bytes of one entry's bundle. */
async function bundle(entry: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    target: RUNTIME.replace('nodejs', 'node'),
    format: 'esm',
    mainFields: ['module', 'main'],
    external: [FRAMEWORK],
    minify: true,
    // Errors' names go into logs.
    keepNames: true,
    legalComments: 'none',
    // No tsconfig.json around it changes what comes out.
    tsconfigRaw: {},
    // Names of files must not depend on where this is.
    absWorkingDir: beside('../../../..'),
    // CommonJS packages still ask for Node's own modules, and for where they are, in their way.
    banner: {
      js: "import{createRequire as mtsRequire}from'node:module';import{dirname as mtsDirname}from'node:path';import{fileURLToPath as mtsPath}from'node:url';const require=mtsRequire(import.meta.url),__filename=mtsPath(import.meta.url),__dirname=mtsDirname(__filename);",
    },
    logLevel: 'silent',
  });
  return outputFiles[0]!.contents;
}
