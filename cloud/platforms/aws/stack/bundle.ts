/**
 * The functions as Lambda loads them: one minified ESM file each, by esbuild, without Docker or a network.
 *
 * The same sources make the same bytes, so that a deployment without a change changes nothing. Works on the sources and on
 * what is built of them: the handlers are beside this file, with this file's own ending.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const HANDLERS = ['webhook', 'stream', 'iot'] as const;
export type HandlerName = (typeof HANDLERS)[number];

/** A folder for each function, that holds `index.mjs` and nothing else. */
export type Bundles = Readonly<Record<HandlerName, string>>;

const ENDING = extname(fileURLToPath(import.meta.url));
const beside = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Bundles every handler into a folder of its own under `dir`. */
export async function bundleHandlers(dir: string): Promise<Bundles> {
  const entries = await Promise.all(
    HANDLERS.map(async (name) => {
      const folder = join(dir, name);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'index.mjs'), await bundle(beside(`../handlers/${name}.main${ENDING}`)));
      return [name, folder] as const;
    }),
  );
  return Object.fromEntries(entries) as Record<HandlerName, string>;
}

/** The bytes of one entry's bundle. */
export async function bundle(entry: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // Packages' ESM first: what nobody calls can be left out of it.
    mainFields: ['module', 'main'],
    minify: true,
    // Errors' names go into logs.
    keepNames: true,
    legalComments: 'none',
    // No tsconfig.json around it changes what comes out.
    tsconfigRaw: {},
    // Names of files must not depend on where this is.
    absWorkingDir: beside('../../../..'),
    alias: { '@aws-sdk/credential-provider-node': beside(`./lambda-credentials${ENDING}`) },
    // CommonJS packages still ask for Node's own modules in their way.
    banner: {
      js: "import{createRequire as mtsRequire}from'node:module';const require=mtsRequire(import.meta.url);",
    },
    logLevel: 'silent',
  });
  return outputFiles[0]!.contents;
}
