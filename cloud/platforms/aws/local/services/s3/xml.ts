/** XML as S3 writes it. */

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** One element of text; characters that XML cannot hold are written as references, as S3 does. */
export function element(name: string, text: string | number | boolean): string {
  return `<${name}>${escaped(String(text))}</${name}>`;
}

function escaped(text: string): string {
  return text
    .replace(/[&<>"]/g, (one) => ESCAPES[one]!)
    .replace(/[^\P{Cc}\t\n]/gu, (one) => `&#x${one.charCodeAt(0).toString(16)};`);
}

export function document(root: string, inside: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.replace(/^(\w+)(.*)$/, '<$1$2>')}${inside}</${root.split(' ')[0]}>`;
}
