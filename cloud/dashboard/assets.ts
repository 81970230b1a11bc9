/**
 * Everything the browser loads, read once: nothing comes from elsewhere.
 *
 * The files lie under a folder named by a hash of them all, so that a browser may keep them for ever and still has
 * the new ones after an update. Only the page itself is asked for each time.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { browserModules, ENTRY_MODULE } from './browser-modules.ts';

export interface Asset {
  readonly type: string;
  readonly body: string;
  /** Strong entity tag, with its quotes. */
  readonly etag: string;
}

export interface Assets {
  readonly version: string;
  /** By file name. */
  readonly files: ReadonlyMap<string, Asset>;
  readonly page: Asset;
}

const TYPES = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

/** Reads them from this folder and from the installed uPlot. `texts` fill the page's gaps of the same names. */
export async function loadAssets(texts: Readonly<Record<'title' | 'receiver', string>>): Promise<Assets> {
  const require = createRequire(import.meta.url);
  const own = (name: string): Promise<string> => readFile(new URL(name, import.meta.url), 'utf8');
  const installed = (name: string): Promise<string> => readFile(require.resolve(`uplot/dist/${name}`), 'utf8');
  const files = new Map<string, Asset>([
    ['page.css', asset('css', await own('page.css'))],
    ['icon.svg', asset('svg', await own('icon.svg'))],
    ['uPlot.min.css', asset('css', await installed('uPlot.min.css'))],
    ['uPlot.esm.js', asset('js', await installed('uPlot.esm.js'))],
  ]);
  for (const [name, source] of await browserModules()) files.set(name, asset('js', source));
  const version = hash([...files].map(([name, { etag }]) => name + etag).join()).slice(0, 16);
  const page = fill(await own('page.html'), { ...texts, assets: `assets/${version}`, entry: ENTRY_MODULE });
  return { version, files, page: asset('html', page) };
}

/** Replaces each `{{name}}` by the text of that name, made harmless for HTML. */
export function fill(template: string, texts: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => escapeHtml(texts[name] ?? ''));
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function asset(type: keyof typeof TYPES, body: string): Asset {
  return { type: TYPES[type], body, etag: `"${hash(body)}"` };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
