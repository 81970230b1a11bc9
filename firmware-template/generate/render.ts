/**
 * Fills in a template beside this file (templates/*.hbs).
 *
 * Values are texts, escaped by the caller for the language of the file: handlebars' own escaping is for HTML. A value is
 * never a template itself, nothing of an object's prototype is found, and a name that a template has and the values lack
 * is an error.
 */
import { readFile } from 'node:fs/promises';
import type { TemplateDelegate } from 'handlebars';

export type Values = Readonly<Record<string, string | boolean>>;

const compiled = new Map<string, Promise<TemplateDelegate>>();

/** The file that the template makes, its lines ending in a line feed. */
export async function render(template: string, values: Values): Promise<string> {
  let ready = compiled.get(template);
  if (ready === undefined) {
    ready = compile(template);
    compiled.set(template, ready);
  }
  return (await ready)(values);
}

async function compile(template: string): Promise<TemplateDelegate> {
  const { default: handlebars } = await import('handlebars');
  const source = await readFile(new URL(`./templates/${template}.hbs`, import.meta.url), 'utf8');
  // Git may have checked it out with the line ends of Windows.
  const text = source.replaceAll('\r\n', '\n');
  return handlebars.create().compile(text, { noEscape: true, strict: true, knownHelpersOnly: true });
}
