/** Hourly counts as text, piece by piece, so that a million rows pass through without being held. */
import type { HourlyCount } from '../cloud/ingest/store.ts';
import { printable } from './printable.ts';

export interface Tail {
  /** Things set aside, in the whole store. */
  readonly setAside: number;
  /** Values that added nothing. */
  readonly stale: number;
}

/** `{"hours":[{"endpoint","hour","count"}],"setAside":N,"stale":N}` */
export async function* jsonOf(hours: AsyncIterable<HourlyCount>, { setAside, stale }: Tail): AsyncIterable<string> {
  let before = '{"hours":[';
  for await (const { endpoint, hour, count } of hours) {
    yield `${before}${JSON.stringify({ endpoint, hour, count })}`;
    before = ',\n';
  }
  yield `${before === ',\n' ? '' : before}],"setAside":${setAside},"stale":${stale}}\n`;
}

/** RFC 4180, with a head line. */
export async function* csvOf(hours: AsyncIterable<HourlyCount>): AsyncIterable<string> {
  yield 'endpoint,hour,count\r\n';
  for await (const { endpoint, hour, count } of hours) yield `${quoted(endpoint)},${hour},${count}\r\n`;
}

/**
 * A name as text to a spreadsheet too: what it would take for a formula has an apostrophe in front, since a stranger may have chosen
 * the name. https://owasp.org/www-community/attacks/CSV_Injection
 */
function quoted(name: string): string {
  const text = /^[=+\-@]/.test(name) ? `'${name}` : name;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const HOUR_WIDTH = 16;
const COUNT_WIDTH = 9;

/** A table with a bar a row, as wide as the terminal. Rows are held: their widest name and greatest count come first. */
export async function* tableOf(hours: AsyncIterable<HourlyCount>, tail: Tail, columns: number): AsyncIterable<string> {
  const rows: HourlyCount[] = [];
  let [widest, greatest, presses] = ['board'.length, 0, 0];
  for await (const row of hours) {
    rows.push(row);
    widest = Math.max(widest, row.endpoint.length);
    greatest = Math.max(greatest, row.count);
    presses += row.count;
  }
  const nameWidth = Math.min(widest, Math.max(12, columns - 60));
  const barWidth = Math.max(8, columns - HOUR_WIDTH - nameWidth - COUNT_WIDTH - 6);
  if (rows.length > 0)
    yield `${'hour (UTC)'.padEnd(HOUR_WIDTH)}  ${'board'.padEnd(nameWidth)}  ${'presses'.padStart(COUNT_WIDTH)}\n`;
  for (const { endpoint, hour, count } of rows) {
    const bar = barOf((count / greatest) * barWidth);
    yield `${hour.slice(0, HOUR_WIDTH)}  ${toWidth(endpoint, nameWidth)}  ${String(count).padStart(COUNT_WIDTH)}  ${bar}\n`;
  }
  yield `${presses} presses in ${rows.length} rows; ${tail.stale} stale values; ${tail.setAside} set aside`;
  yield tail.setAside > 0 ? ' (see `mts aside list` with the same words)\n' : '\n';
}

function barOf(width: number): string {
  const eighths = Math.max(1, Math.round(width * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}

function toWidth(name: string, width: number): string {
  const characters = [...printable(name)];
  if (characters.length > width) return `${characters.slice(0, width - 1).join('')}…`;
  return characters.join('') + ' '.repeat(width - characters.length);
}
