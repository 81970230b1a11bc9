/**
 * What is deployed into the app: all of the functions in one minified file, with host.json and package.json, by esbuild.
 *
 *   host.json   package.json   functions.js
 *
 * CommonJS, since Azure's worker gives its own package (`@azure/functions-core`) to whoever requires it. The same sources make the
 * same bytes. Works on the sources and on what is built of them: the handlers are beside this file, with this file's own ending.
 * https://learn.microsoft.com/azure/azure-functions/functions-reference-node and functions-host-json
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ENDING = extname(fileURLToPath(import.meta.url));
const beside = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const MAIN = 'functions.js';

/** HTTP and timers need no extension bundle. Only what went well may be left out of the log. */
const HOST = {
  version: '2.0',
  functionTimeout: '00:05:00',
  logging: {
    logLevel: { default: 'Warning', Function: 'Information', 'Host.Results': 'Information' },
    applicationInsights: { samplingSettings: { isEnabled: true, excludedTypes: 'Exception' } },
  },
};

const PACKAGE = {
  name: 'mbed-time-series-functions',
  version: '1.0.0',
  private: true,
  type: 'commonjs',
  main: MAIN,
};

/** Writes the three files into `dir`, made if it is missing. */
export async function bundleFunctions(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;
  await writeFile(join(dir, MAIN), await bundle());
  await writeFile(join(dir, 'host.json'), json(HOST));
  await writeFile(join(dir, 'package.json'), json(PACKAGE));
}

async function bundle(): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [beside(`../handlers/functions.main${ENDING}`)],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: ['@azure/functions-core'],
    // ES modules among the packages ask where they are.
    banner: { js: "const mtsUrl=require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': 'mtsUrl' },
    minify: true,
    // Errors' names go into logs.
    keepNames: true,
    legalComments: 'none',
    tsconfigRaw: {},
    // Names of files must not depend on where this is.
    absWorkingDir: beside('../../../..'),
    logLevel: 'silent',
  });
  return outputFiles[0]!.contents;
}
