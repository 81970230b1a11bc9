/**
 * The page's own modules as JavaScript: in the package compiled, in the repository stripped of their types here.
 *
 * Which of the two it is, this file's own name says. Names and imports stay as they are in both, so that the browser
 * asks for what is there.
 */
import { readdir, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';

const OWN_EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** The module that starts the page. */
export const ENTRY_MODULE = `page${OWN_EXTENSION}`;

/** All modules by file name. Rejects if the folder is not there: then the installation is broken. */
export async function browserModules(): Promise<Map<string, string>> {
  const folder = new URL('browser/', import.meta.url);
  const names = (await readdir(folder)).filter((name) => name.endsWith(OWN_EXTENSION) && !name.endsWith('.d.ts'));
  const sources = await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')));
  return new Map(names.map((name, index) => [name, javaScript(sources[index]!)]));
}

function javaScript(source: string): string {
  return OWN_EXTENSION === '.ts' ? stripTypeScriptTypes(source) : source;
}
