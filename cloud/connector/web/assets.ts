/** Everything that the page loads, read once, under a folder that is named by a hash of it all. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';

export interface PageAsset {
  readonly type: string;
  readonly body: string;
}

export interface PageAssets {
  readonly version: string;
  /** By file name. */
  readonly files: ReadonlyMap<string, PageAsset>;
  readonly page: PageAsset;
}

/** In the package compiled, in the repository stripped of their types here. */
const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const [HTML, CSS, JS] = ['text/html; charset=utf-8', 'text/css; charset=utf-8', 'text/javascript; charset=utf-8'];

export async function loadPageAssets(): Promise<PageAssets> {
  const read = (name: string): Promise<string> => readFile(new URL(name, import.meta.url), 'utf8');
  const files = new Map<string, PageAsset>([['page.css', { type: CSS, body: await read('page.css') }]]);
  for (const name of await readdir(new URL('browser/', import.meta.url))) {
    if (!name.endsWith(EXTENSION) || name.endsWith('.d.ts')) continue;
    const source = await read(`browser/${name}`);
    files.set(name, { type: JS, body: EXTENSION === '.ts' ? stripTypeScriptTypes(source) : source });
  }
  const version = createHash('sha256')
    .update([...files].map(([name, { body }]) => `${name}\n${body}`).join('\n'))
    .digest('base64url')
    .slice(0, 16);
  const html = (await read('page.html'))
    .replaceAll('{{assets}}', `assets/${version}`)
    .replaceAll('{{entry}}', `main${EXTENSION}`);
  return { version, files, page: { type: HTML, body: html } };
}
