/**
 * Platforms beside one another as text: a table with wrapped cells where the terminal has room for its columns, else a block a
 * platform. No line is wider than the terminal, but for a word that is.
 */
import type { PlatformFacts } from '../cloud/ingest/platform-facts.ts';

const GAP = 2;
/** A column of sentences is no use below this width. */
const LEAST_COLUMN = 22;
/** Text in longer lines is hard to read. */
const MOST_LINE = 120;

/** What is told of a platform: each text begins a line of its own. */
type Parts = readonly (readonly [label: string, texts: readonly string[]])[];

function partsOf(one: PlatformFacts): Parts {
  return [
    ['counts', [one.store]],
    ['graph', [one.sink]],
    ['needs', [one.needs]],
    ['exact', [one.exact]],
    ['costs', [one.cost]],
    ['limits', one.limits],
    ['start', one.start.map((words) => `mts ${words}`)],
  ];
}

/** All of them, for a terminal of `columns` characters. */
export function comparison(platforms: readonly PlatformFacts[], columns: number): string {
  const labels = platforms.slice(0, 1).flatMap((one) => partsOf(one).map(([label]) => label));
  const nameWidth = Math.max('platform'.length, ...platforms.map(({ name }) => name.length));
  const width = Math.floor((columns - nameWidth) / labels.length) - GAP;
  if (width < LEAST_COLUMN) return platforms.map((one) => described(one, columns)).join('\n');
  const widths = [nameWidth, ...labels.map(() => width)];
  const rows = platforms.map((one) => row([[one.name], ...partsOf(one).map(([, texts]) => texts)], widths));
  return [row([['platform'], ...labels.map((label) => [label])], widths), ...rows].join('\n');
}

/** One of them: a label and its texts, each in as many lines as it takes. */
export function described(one: PlatformFacts, columns: number): string {
  const parts = partsOf(one);
  const labelWidth = Math.max(...parts.map(([label]) => label.length));
  const width = Math.max(LEAST_COLUMN, Math.min(columns, MOST_LINE) - GAP - labelWidth - GAP);
  const block = parts.map(([label, texts]) => {
    const lines = texts.flatMap((text) => wrapped(text, width));
    return lines.map((text, index) => `  ${(index === 0 ? label : '').padEnd(labelWidth)}  ${text}\n`).join('');
  });
  return `${one.name}\n${block.join('')}`;
}

/** A row of cells, as many lines as its fullest cell takes. */
function row(cells: readonly (readonly string[])[], widths: readonly number[]): string {
  const columns = cells.map((texts, index) => texts.flatMap((text) => wrapped(text, widths[index]!)));
  const height = Math.max(...columns.map((lines) => lines.length));
  const lineAt = (at: number): string =>
    columns.map((lines, index) => (lines[at] ?? '').padEnd(widths[index]! + GAP)).join('');
  return Array.from({ length: height }, (_, at) => `${lineAt(at).trimEnd()}\n`).join('');
}

/** Lines of at most `width` characters, broken between words; a word that is longer is broken within. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    const last = lines.at(-1)!;
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
    while (lines.at(-1)!.length > width) {
      const long = lines.pop()!;
      lines.push(long.slice(0, width), long.slice(width));
    }
  }
  return lines;
}
